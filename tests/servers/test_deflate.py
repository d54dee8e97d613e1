"""permessage-deflate of ``manage.py socketio_serve``: only where it was asked for, and only for what is large."""

import subprocess

import pytest
import websockets

from tests.clients.fixtures import client_database, environment_of
from tests.harness import ServerProcess
from tests.harness.node import node_command, node_environment

__all__ = ["client_database"]
PLAIN = "tests.servers.plain_app:application"
ECHO = """
const [version, url, wanted] = process.argv.slice(2);
const socket = require(`socket.io-client-${version}`)(url, { transports: ["websocket"] });
const large = "0123456789".repeat(50000);
socket.on("connect", () => {
  const { ws } = socket.io.engine.transport;
  const compressed = JSON.stringify(Object.keys(ws._extensions ?? {}));
  const before = ws._socket.bytesRead;
  socket.emit("ack", large, (back) => {
    console.log(compressed, back === large, ws._socket.bytesRead - before < 50000);
    process.exit(0);
  });
});
"""


@pytest.mark.node
@pytest.mark.parametrize("version", ["2", "4"])
@pytest.mark.parametrize(("args", "said"), [([], "[] true false"), (["--per-message-deflate"], None)])
def test_a_javascript_client_and_the_server_compress_what_is_large(client_database, tmp_path, version, args, said):
    (tmp_path / "echo.js").write_text(ECHO)
    application, env = "tests.clients.app:application", environment_of(client_database)
    with ServerProcess(application, server="socketio_serve", args=args, env=env) as server:
        command = node_command(tmp_path / "echo.js", version, server.url)
        ran = subprocess.run(command, capture_output=True, text=True, timeout=30, env=node_environment())
    assert ran.stdout.strip() == (said or '["permessage-deflate"] true true'), ran.stderr


async def test_what_is_small_goes_as_it_is_and_what_is_huge_once_inflated_ends_the_websocket(client_database):
    application, env = "tests.clients.app:application", environment_of(client_database)
    with ServerProcess(application, server="socketio_serve", args=["--per-message-deflate"], env=env) as server:
        url = f"{server.ws_url}/socket.io/?EIO=4&transport=websocket"
        async with websockets.connect(url, compression="deflate") as websocket:
            assert (await websocket.recv()).startswith("0")
            await websocket.send("40")
            assert (await websocket.recv()).startswith("40")
            with pytest.raises(websockets.ConnectionClosed):
                await websocket.send('42["echo","' + "x" * 5_000_000 + '"]')
                while True:
                    assert len(await websocket.recv()) < 1_000_000
