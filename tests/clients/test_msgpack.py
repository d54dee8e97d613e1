"""The checks of js/checks.js with socket.io-msgpack-parser over every transport: clients 3 and 4 with version 3 of the
package, clients 2 with version 2, which writes another format.
"""

import pytest

from tests.clients.cells import TRANSPORTS, Cells, every_check
from tests.clients.jar import Jar

pytestmark = pytest.mark.node

PARSERS = {"2": "socket.io-msgpack-parser-2", "3": "socket.io-msgpack-parser", "4": "socket.io-msgpack-parser"}
# What cannot work: (version, check) -> reason.
SURROGATES = "notepack takes it and the next character for a pair, before it sends"
DEVIATIONS = {(version, "a lone surrogate arrives as it was sent"): SURROGATES for version in PARSERS} | {
    ("2", "a refused connection gets its message and its data"): "version 2 takes a text alone, so it is the message",
}


@pytest.fixture(scope="session")
def msgpack_cells(msgpack_server):
    """Every cell of this matrix, by the version of the client."""
    ada = Jar(msgpack_server.url)
    ada.login("ada")
    running = {}
    for version, parser in PARSERS.items():
        wanted = [("daphne", msgpack_server.url, version, transport, ()) for transport in TRANSPORTS]
        running[version] = Cells(wanted, CHECK_SECONDS="15", ADAS_COOKIE=ada.cookie, CLIENT_PARSER=parser)
    yield running
    for cells in running.values():
        cells.close()


@pytest.mark.parametrize(("version", "transport", "title"), every_check(PARSERS))
def test_javascript_client(msgpack_cells, version, transport, title):
    result = msgpack_cells[version].result("daphne", version, transport, title)
    deviation = DEVIATIONS.get((version, title))
    if deviation is not None:
        assert not result["ok"], f"this works now, although the table says: {deviation}"
    else:
        assert result["ok"], result["error"]


def test_a_deviation_is_of_a_check_that_there_is():
    assert set(DEVIATIONS) <= {(version, title) for version, _, title in every_check(PARSERS)}
