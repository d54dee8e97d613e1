"""Processes of all ASGI servers that we name, together behind one round robin."""

import contextlib

import pytest

from tests.clients.cells import TRANSPORTS, Cells, every_check
from tests.roundrobin.servers import round_robin
from tests.servers.test_servers import TITLES, VERSIONS

pytestmark = [pytest.mark.redis, pytest.mark.nginx, pytest.mark.node]


SERVERS = ("daphne", "uvicorn", "hypercorn", "granian")


@pytest.fixture(scope="module")
def together(client_database, redis_server, shared_cache):
    with contextlib.ExitStack() as stack:
        balanced = round_robin(client_database, redis_server, SERVERS, shared_cache, "together")
        url = stack.enter_context(balanced).url
        wanted = [("together", url, version, transport, TITLES) for version in VERSIONS for transport in TRANSPORTS]
        cells = Cells(wanted, CHECK_SECONDS="15")
        stack.callback(cells.close)
        yield cells


@pytest.mark.parametrize(("version", "transport", "title"), every_check(VERSIONS, TRANSPORTS, TITLES))
def test_servers_together(together, version, transport, title):
    result = together.result("together", version, transport, title)
    assert result["ok"], result["error"]
