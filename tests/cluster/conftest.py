from tests.clients.fixtures import client_database

__all__ = ["client_database"]
