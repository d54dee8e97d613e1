"""The same short suite of real-client checks on every ASGI server that we name."""

import contextlib

import pytest

from tests.clients.cells import TRANSPORTS, Cells, every_check
from tests.clients.fixtures import client_server
from tests.harness.processes import SERVERS

pytestmark = pytest.mark.node

VERSIONS = ("2", "4")
TITLES = (
    "it connects over the transport asked for",
    "several arguments of every JSON type come back",
    "the server acknowledges with several arguments",
    "the client acknowledges",
    "nested binary goes both ways",
    "empty binary goes both ways",
    "500 KB of text go both ways",
    "a room joins two clients, until one leaves",
    "a refused connection gets its message and its data",
    "a page of another site is refused",
    "1,000 messages arrive in order at the client",
    "nothing is lost or turned round across the upgrade",
    "the server closes a namespace",
    "the server closes the whole connection",
    "the server sees a connection cut",
)


@pytest.fixture(scope="session")
def server_cells(client_database, request):
    """All four servers at once, and the cells of the selected tests."""
    selected = sorted(
        {
            tuple(item.callspec.params[name] for name in ("server", "version", "transport"))
            for item in request.session.items
            if item.function is test_server
        }
    )
    with contextlib.ExitStack() as stack:
        urls = {
            name: stack.enter_context(client_server(client_database, server=name)).url
            for name in sorted({name for name, *_ in selected})
        }
        wanted = [(name, urls[name], version, transport, TITLES) for name, version, transport in selected]
        cells = Cells(wanted, CHECK_SECONDS="15")
        stack.callback(cells.close)
        yield cells


@pytest.mark.parametrize(("version", "transport", "title"), every_check(VERSIONS, TRANSPORTS, TITLES))
@pytest.mark.parametrize("server", SERVERS)
def test_server(server_cells, server, version, transport, title):
    result = server_cells.result(server, version, transport, title)
    assert result["ok"], result["error"]


def test_the_suite_asks_for_checks_that_there_are():
    assert set(TITLES) == {title for *_, title in every_check(VERSIONS, TRANSPORTS, TITLES)}
