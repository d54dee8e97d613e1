"""Every check of js/checks.js with every generation of socket.io-client over every transport, against one daphne."""

import pytest

from tests.clients.cells import TRANSPORTS, VERSIONS, Cells, every_check
from tests.clients.jar import Jar

pytestmark = pytest.mark.node

UTF8_TWICE = (
    "Engine.IO 1.x encodes the text of a polling payload as UTF-8 twice, 2.x does not, and both say EIO=3: no server"
    " can tell them apart, and Node's follow 2.x as we do. Over websocket 1.x is right."
)
# What does not work, and why it cannot: (check, version, transport) -> reason.
DEVIATIONS = {
    ("text means the same on both sides", "1", "polling"): UTF8_TWICE,
    ("an event may have any name", "1", "polling"): UTF8_TWICE,
}


@pytest.fixture(scope="session")
def cells(server, request):
    """The cells of the selected tests."""
    selected = {
        (item.callspec.params["version"], item.callspec.params["transport"])
        for item in request.session.items
        if item.function is test_javascript_client
    }
    ada = Jar(server.url)
    ada.login("ada")
    order = [(version, transport) for version in VERSIONS for transport in TRANSPORTS]
    wanted = [("daphne", server.url, *cell, ()) for cell in order if cell in selected]
    running = Cells(wanted, CHECK_SECONDS="15", ADAS_COOKIE=ada.cookie)
    yield running
    running.close()


@pytest.mark.parametrize(("version", "transport", "title"), every_check())
def test_javascript_client(cells, version, transport, title):
    result = cells.result("daphne", version, transport, title)
    reason = DEVIATIONS.get((title, version, transport))
    if reason:
        assert not result["ok"], f"this works now, although the table says: {reason}"
    else:
        assert result["ok"], result["error"]


def test_a_deviation_is_of_a_check_that_there_is():
    assert set(DEVIATIONS) <= {(title, version, transport) for version, transport, title in every_check()}
