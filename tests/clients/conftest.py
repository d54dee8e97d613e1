from tests.clients.fixtures import client_database, jar, msgpack_server, server

__all__ = ["client_database", "jar", "msgpack_server", "server"]
