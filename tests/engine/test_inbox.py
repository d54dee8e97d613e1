"""What waits for an application that takes nothing has a bound, and acknowledgements pass it."""

import asyncio

from realtime.metrics import counters
from tests.engine.asgi import turns
from tests.engine.namespaces import Apps, joined, server


class Slow(Apps):
    """Takes nothing more after it has accepted."""

    async def connect(self, call):
        await call.accept()
        await asyncio.Event().wait()


async def test_an_inbox_has_a_bound_in_events():
    apps, before = Slow(), counters["inbox_overflow"]
    app = server(apps, max_inbox_events=10)
    websocket = await joined(app)
    websocket.write(*['42["x"]'] * 10)
    await turns()
    assert app.clients
    websocket.write('42["x"]')
    assert (await websocket.read())[0] == "closed"
    assert app.clients == {} and counters["inbox_overflow"] == before + 1


async def test_an_inbox_has_a_bound_in_bytes_attachments_counted():
    app = server(Slow(), max_inbox_bytes=10_000)
    websocket = await joined(app)
    for _ in range(3):
        packet = '452-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'
        websocket.write(packet, b"x" * 4000, b"y")
    assert (await websocket.read())[0] == "closed"
    assert app.clients == {}


async def test_acks_pass_an_inbox_that_waits():
    apps = Slow()
    websocket = await joined(server(apps))
    calling = apps.calls[0].calling("ask")
    number = (await websocket.read()).removeprefix("42").partition("[")[0]
    websocket.write(*['42["x"]'] * 10, f"43{number}[1]")
    assert await calling == [1]
