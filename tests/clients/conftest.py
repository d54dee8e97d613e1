from tests.clients.fixtures import browser, client_database, server

__all__ = ["browser", "client_database", "server"]
