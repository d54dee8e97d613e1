"""What an application says: to its client, to rooms, to one that is slow or gone."""

import asyncio

import pytest

from realtime.exceptions import EncodeError
from realtime.metrics import counters
from tests.engine.asgi import open_polling, open_websocket, turns
from tests.engine.namespaces import Apps, joined, server


async def test_what_cannot_be_said_to_the_client_is_the_applications_error():
    apps = Apps()
    websocket = await joined(server(apps))
    call = apps.calls[0]
    for deed in (call.emit("x", object()), call.emit("connect"), call.send({"type": "nonsense"}), call.send({})):
        with pytest.raises((EncodeError, ValueError)):
            await deed
    await call.emit("fine")
    assert await websocket.read() == '42["fine"]'


async def test_an_emit_may_be_for_rooms_less_some():
    apps = Apps()
    app = server(apps)
    clients = [await joined(app) for _ in range(3)]
    one, two, three = [await apps.call(number) for number in range(3)]
    for call in (one, two):
        await call.join("a", "b")
    await two.join("c")
    message = {"type": "socketio.emit", "event": "x"}
    await one.send({**message, "args": [1], "id": None, "rooms": ["a", "b"], "except": [one.scope["sid"]], "flags": {}})
    await one.send({**message, "args": [2], "rooms": ["a"], "except": ["c"]})
    await one.send({**message, "args": [3], "rooms": [], "except": ["a"], "flags": {"local": True}})
    await one.send({**message, "args": [4], "id": None, "rooms": [], "except": None, "flags": None})
    with pytest.raises(ValueError, match="id"):
        await one.send({**message, "args": [5], "id": 1, "rooms": ["a"]})
    heard = [['42["x",2]', '42["x",4]'], ['42["x",1]'], ['42["x",3]']]
    for client, frames in zip(clients, heard, strict=True):
        assert await client.read_many(len(frames)) == frames


async def test_a_room_reaches_its_members_over_every_transport():
    class Rooms(Apps):
        async def connect(self, call):
            await call.join("x")
            await call.accept()

    app = server(Rooms())
    one, old = await joined(app), await open_websocket(app, eio=3)
    await old.read()
    session = await open_polling(app)
    await session.say("40")
    assert (await session.poll())[1].startswith(b"40")
    await app.hub.broadcast("/", ("file", b"\x01"), ("x",), (one.public,))
    head = '451-["file",{"_placeholder":true,"num":0}]'
    assert await old.read_many(2) == [head, b"\x04\x01"]
    assert (await session.poll())[1].decode() == head + "\x1ebAQ=="
    assert len(one.sent) == one.taken


async def test_data_may_be_said_in_a_message():
    apps = Apps()
    await joined(server(apps))
    call = await apps.call()
    assert call.messages[0] == {
        "type": "socketio.connect", "auth": None, "recovered": False, "rooms": [], "data": {},
    }  # fmt: skip
    await call.send({"type": "socketio.data", "data": {"a": 1}})
    await call.send({"type": "socketio.data", "data": {"seat": 7}})
    assert call.socket.data == {"seat": 7}


async def test_a_volatile_emit_is_dropped_while_the_client_is_not_ready():
    apps, before = Apps(), counters["volatile_dropped"]
    websocket = await joined(server(apps))
    websocket.gate.clear()
    await apps.calls[0].emit("first", volatile=True)
    await apps.calls[0].emit("second", volatile=True)
    websocket.gate.set()
    await turns()
    await apps.calls[0].emit("third", volatile=True)
    assert await websocket.read_many(2) == ['42["first"]', '42["third"]']
    assert counters["volatile_dropped"] == before + 1


async def test_an_emit_waits_while_the_client_takes_too_little():
    apps = Apps()
    websocket = await joined(server(apps))
    websocket.gate.clear()
    await apps.calls[0].emit("x", "x" * 600_000)
    await apps.calls[0].emit("x", "x" * 600_000)
    third = asyncio.ensure_future(apps.calls[0].emit("x", "x" * 600_000))
    await turns()
    assert not third.done()
    websocket.gate.set()
    await asyncio.wait_for(third, 5)


async def test_emits_to_a_gone_socket_do_nothing_and_are_counted():
    apps, before = Apps(), counters["emits_to_gone_sockets"]
    websocket = await joined(server(apps))
    websocket.cut()
    await apps.calls[0].done()
    await apps.calls[0].emit("x")
    await apps.calls[0].join("x")
    assert counters["emits_to_gone_sockets"] == before + 1 and apps.calls[0].socket.hub.rooms == {}
