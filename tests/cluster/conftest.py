"""The table at which several hubs sit, and the users of the servers."""

import pytest

from tests.clients.fixtures import client_database
from tests.cluster.seats import Table

__all__ = ["client_database"]


@pytest.fixture
async def table(clock):
    table = Table()
    yield table
    await table.close()
