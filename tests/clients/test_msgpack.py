"""The checks of js/checks.js with socket.io-msgpack-parser 3.x, which clients 3 and 4 take, over every transport."""

import pytest

from tests.clients.cells import TRANSPORTS, Cells, every_check
from tests.clients.jar import Jar

pytestmark = pytest.mark.node

VERSIONS = ("3", "4")
PARSER = {"CLIENT_PARSER": "socket.io-msgpack-parser"}
# What cannot work: check -> reason.
DEVIATIONS = {
    "a lone surrogate arrives as it was sent": "notepack takes it and the next character for a pair, before it sends",
}


@pytest.fixture(scope="session")
def msgpack_cells(msgpack_server):
    """Every cell of this matrix."""
    ada = Jar(msgpack_server.url)
    ada.login("ada")
    wanted = [
        ("daphne", msgpack_server.url, version, transport, ()) for version in VERSIONS for transport in TRANSPORTS
    ]
    running = Cells(wanted, CHECK_SECONDS="15", ADAS_COOKIE=ada.cookie, **PARSER)
    yield running
    running.close()


@pytest.mark.parametrize(("version", "transport", "title"), every_check(VERSIONS))
def test_javascript_client(msgpack_cells, version, transport, title):
    result = msgpack_cells.result("daphne", version, transport, title)
    if title in DEVIATIONS:
        assert not result["ok"], f"this works now, although the table says: {DEVIATIONS[title]}"
    else:
        assert result["ok"], result["error"]


def test_a_deviation_is_of_a_check_that_there_is():
    assert set(DEVIATIONS) <= {title for _, _, title in every_check(VERSIONS)}
