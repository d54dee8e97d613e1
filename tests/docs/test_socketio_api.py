"""The table of the API: nothing is left out, and what it says is shown is shown by a test that there is."""

import ast
import re

import pytest

from tests.harness.processes import ROOT

PAGE = (ROOT / "docs/reference/socketio-api.md").read_text()
ROWS = [[cell.strip() for cell in line.strip("|").split(" |")] for line in PAGE.splitlines() if line.startswith("| ")]
ROWS = [row for row in ROWS if row[0] != "Socket.IO"]
# The list of the 2.x reference, and what 4.8 has beyond it; "x" stands in the first column as `x`.
OF_2 = """
io.sockets io.serveClient io.path io.origins io.attach io.bind io.onconnection io.of io.close io.engine.generateId
namespace.name namespace.connected namespace.to namespace.in namespace.emit namespace.clients namespace.use
socket.id socket.rooms socket.client socket.conn socket.request socket.handshake socket.remoteAddress socket.use
socket.send socket.emit socket.on socket.once socket.removeListener socket.removeAllListeners socket.eventNames
socket.join socket.leave socket.to socket.in socket.compress socket.disconnect client.conn client.request
namespace.volatile namespace.binary namespace.local socket.broadcast socket.volatile socket.binary disconnecting error
""".split()
OF_4 = """
io.listen io.attachApp io.adapter io.engine.use io.engine.on io.engine.clientsCount namespace.sockets
namespace.except namespace.timeout namespace.emitWithAck namespace.fetchSockets namespace.allSockets
namespace.socketsJoin namespace.socketsLeave namespace.disconnectSockets namespace.serverSideEmit
namespace.serverSideEmitWithAck namespace.send namespace.write namespace.compress socket.nsp socket.data
socket.connected socket.recovered socket.timeout socket.emitWithAck socket.except socket.off socket.onAny
socket.prependAny socket.offAny socket.listenersAny socket.onAnyOutgoing socket.prependAnyOutgoing
socket.offAnyOutgoing socket.listenersAnyOutgoing socket.listeners
socket.prependListener socket.disconnected io.connectTimeout io.engine.handleUpgrade conn.id conn.protocol conn.on
socket.local socket.write socket.listenerCount RemoteSocket.id RemoteSocket.emit
RemoteSocket.join initial_headers headers connection_error new_namespace create-room join-room leave-room delete-room
handshake.headers handshake.time issued handshake.query handshake.auth handshake.address xdomain secure url
""".split()
OPTIONS = """
path serveClient adapter parser connectTimeout connectionStateRecovery cleanupEmptyChildNamespaces pingInterval
pingTimeout upgradeTimeout maxHttpBufferSize allowRequest transports allowUpgrades perMessageDeflate httpCompression
wsEngine initialPacket cookie cors allowEIO3 addTrailingSlash destroyUpgrade destroyUpgradeTimeout
""".split()


def names(cell):
    """Every name in backticks of a cell: `io.emit`, `socket.to(room)` -> emit, to, io.emit, socket.to."""
    found = {word for code in re.findall(r"`([^`]+)`", cell) for word in re.findall(r"[\w.-]+", code)}
    return found | {word.rpartition(".")[2] for word in found}


KINDS = {"io": "io", "namespace": "namespace|io", "socket": "socket|flag|conn", "client": "client"}


def has_a_row(name):
    kind, _, last = name.rpartition(".")
    rows = [cell for cell, *_ in ROWS if last in names(cell)]
    start = KINDS.get(kind.partition(".")[0], kind or "")
    return any(re.search(rf"\b({start})", cell) for cell in rows) if start else bool(rows)


@pytest.mark.parametrize("name", [*OF_2, *OF_4])
def test_everything_of_the_api_has_a_row(name):
    assert has_a_row(name)


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_has_a_row(option):
    assert [cell for cell, *_ in ROWS if cell.startswith("option") and f"`{option}`" in cell]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: re.sub(r"\W+", " ", row[0]).strip())
def test_each_row_is_shown_by_a_test_that_there_is(row):
    assert len(row) == 4
    said, test = row[1], row[3].strip("`")
    if test == "—":
        assert said.startswith("not needed, because")
        return
    path, _, name = test.partition("::")
    text = (ROOT / path).read_text()
    if path.endswith(".js"):
        assert f'check("{name}",' in text
    else:
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        assert name in {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, functions)}
