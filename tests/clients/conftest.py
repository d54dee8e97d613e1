from tests.clients.fixtures import client_database, jar, server

__all__ = ["client_database", "jar", "server"]
