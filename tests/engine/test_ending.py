"""How the call of a client and namespace ends: by the client, by the application, by neither."""

import asyncio

from tests.engine.asgi import open_polling, turns
from tests.engine.namespaces import Apps, join, joined, server, until


async def test_events_that_came_before_still_run_then_the_disconnect_comes():
    apps = Apps()
    websocket = await joined(server(apps))
    websocket.write('42["a"]', '42["b"]', "41", '42["late"]')
    call = apps.calls[0]
    await call.done()
    assert call.events() == [("a",), ("b",)] and call.reasons() == ["client namespace disconnect"]
    assert call.cancelled == 0


async def test_rooms_are_left_at_once_and_still_seen_by_the_handlers():
    seen = []

    class Rooms(Apps):
        async def connect(self, call):
            await call.join("x")
            await call.accept()

        async def handle(self, call, message):
            seen.append(call.socket.rooms)

    app = server(Rooms())
    websocket = await joined(app)
    websocket.cut()
    await until(lambda: seen)
    assert seen == [{websocket.public, "x"}] and app.hub.rooms == app.hub.namespaces == {}


async def test_a_join_that_is_under_way_when_the_client_leaves_keeps_nothing():
    class SlowLayer:
        def __init__(self):
            self.gate = asyncio.Event()

        async def new_channel(self):
            return "specific.x!y"

        async def receive(self, channel):
            await asyncio.Event().wait()

        async def group_add(self, group, channel):
            await self.gate.wait()

        async def group_discard(self, group, channel):
            await self.gate.wait()

    class Joining(Apps):
        async def handle(self, call, message):
            if message["type"] == "socketio.event":
                await call.join("x", "y", "z")
                await call.join("later")

    layer = SlowLayer()
    layer.gate.set()
    app = server(Joining(), layer)
    websocket = await joined(app)
    layer.gate.clear()
    websocket.write('42["join"]')
    await turns()
    websocket.cut()
    await turns()
    layer.gate.set()
    await turns(40)
    assert app.hub.rooms == app.hub.namespaces == {}
    assert len(app.hub.link._wanted) == len(app.hub.link._members) == 1, "the group of every hub"


async def test_a_hanging_application_is_cancelled_once_and_later_again(clock):
    class Hanging(Apps):
        async def connect(self, call):
            await call.accept()
            for _ in range(2):
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    call.cancelled += 1

    apps = Hanging()
    websocket = await joined(server(apps))
    websocket.cut()
    await turns()
    call = apps.calls[0]
    await clock.advance(9.9)
    assert call.cancelled == 0
    await clock.advance(0.2)
    assert call.cancelled == 1
    await clock.advance(9)
    assert call.cancelled == 1
    await clock.advance(1.1)
    assert call.cancelled == 2


async def test_who_ended_in_time_is_not_remembered_until_its_deadline():
    import gc
    import weakref

    apps = Apps()
    websocket = await joined(server(apps))
    socket = weakref.ref(apps.calls[0].socket)
    websocket.cut()
    await apps.calls[0].done()
    await websocket.done()
    apps.calls.clear()
    del websocket
    await turns()
    gc.collect()
    assert socket() is None


async def test_a_failure_after_the_accept_disconnects_that_namespace_alone(caplog):
    class Failing(Apps):
        async def handle(self, call, message):
            raise KeyError("a bug")

    websocket = await joined(server(Failing()))
    await join(websocket, "/chat")
    websocket.write('42["x"]')
    assert await websocket.read() == "41"
    websocket.write('42/chat,["x"]')
    assert await websocket.read() == "41/chat,"
    assert "failed" in caplog.text


async def test_disconnecting_one_namespace_leaves_the_others():
    apps = Apps()
    websocket = await joined(server(apps))
    await join(websocket, "/chat")
    await apps.calls[1].send({"type": "socketio.close"})
    assert await websocket.read() == "41/chat,"
    await apps.calls[1].done()
    assert apps.calls[1].reasons() == ["server namespace disconnect"]
    await apps.calls[0].emit("on")
    assert await websocket.read() == '42["on"]'


async def test_closing_the_client_says_so_to_each_namespace_and_closes():
    apps = Apps()
    app = server(apps)
    websocket = await joined(app)
    await join(websocket, "/chat")
    await apps.calls[1].send({"type": "socketio.close", "client": True})
    assert await websocket.read_many(3) == ["41", "41/chat,", ("closed", 1000)]
    for call in apps.calls:
        await call.done()
        assert call.reasons() == ["server namespace disconnect"]


async def test_closing_over_polling_keeps_the_packets_apart():
    apps = Apps()
    session = await open_polling(server(apps))
    await session.say("40")
    assert (await session.poll())[1].startswith(b"40")
    await apps.calls[0].send({"type": "socketio.close", "client": True})
    assert await session.poll() == (200, b"41")
    assert await session.poll() == (200, b"6\x1e1")
