"""From CONNECT to the application's answer: what is held, who leaves meanwhile, how a refusal or a failure ends."""

import asyncio

import pytest
from django.urls.exceptions import Resolver404

from tests.engine.asgi import open_websocket, turns
from tests.engine.namespaces import Apps, Pending, join, server, until


async def test_emits_and_broadcasts_are_held_until_connect_went_out():
    apps = Pending("x")
    app = server(apps)
    websocket = await open_websocket(app)
    websocket.write("40")
    await (await apps.call()).socket.hub.broadcast("/", ("early",), ("x",))
    await turns()
    await app.hub.broadcast("/", ("room", 2), ("x",))
    await app.hub.broadcast("/", ("everybody",))
    assert len(websocket.sent) == websocket.taken
    apps.answer.set()
    assert (await websocket.read()).startswith('40{"sid":"')
    heard = await websocket.read_many(3)
    assert heard == ['42["own",1]', '42["early"]', '42["room",2]'], (
        "who has not been accepted is in rooms, and not in the namespace"
    )


async def test_events_wait_until_the_application_has_accepted():
    apps = Pending()
    websocket = await open_websocket(server(apps))
    websocket.write("40", '42["a",1]', '42["b"]')
    await turns()
    assert apps.calls[0].events() == []
    apps.answer.set()
    await until(lambda: len(apps.calls[0].events()) == 2)
    assert apps.calls[0].events() == [("a", 1), ("b",)]


async def test_a_client_that_leaves_while_pending_cancels_the_application_and_undoes_its_joins(unraised):
    apps = Pending("x", "y")
    app = server(apps)
    websocket = await open_websocket(app)
    websocket.write("40")
    await turns()
    assert app.hub.rooms
    websocket.cut()
    await (await apps.call()).done()
    assert apps.calls[0].cancelled == 1 and apps.calls[0].reasons() == []
    assert app.hub.rooms == app.hub.namespaces == {} and app.clients == {}


async def test_a_client_may_leave_a_namespace_while_pending_and_come_back():
    apps = Pending()
    websocket = await open_websocket(server(apps))
    websocket.write("40")
    await turns()
    websocket.write("41")
    await (await apps.call()).done()
    apps.answer.set()
    await join(websocket)
    assert len(apps.calls) == 2


async def test_an_application_that_survives_being_cancelled_is_cancelled_again(clock):
    class Stubborn(Apps):
        async def connect(self, call):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                await asyncio.Event().wait()

    apps = Stubborn()
    websocket = await open_websocket(server(apps))
    websocket.write("40")
    await turns()
    websocket.write("41")
    await turns()
    assert apps.calls[0].cancelled == 0
    await clock.advance(10.1)
    await apps.calls[0].done()


async def test_a_refusal_drops_what_was_held_and_undoes_the_joins():
    class Refusing(Apps):
        async def connect(self, call):
            await call.join("x")
            await call.emit("never heard")
            await call.send({"type": "socketio.reject", "message": "no", "data": {"code": 1}})

    apps = Refusing()
    app = server(apps)
    websocket = await open_websocket(app)
    websocket.write("40")
    assert await websocket.read() == '44{"message":"no","data":{"code":1}}'
    assert app.hub.rooms == app.hub.namespaces == {}
    websocket.write('42["crossed"]', "41")
    await turns()
    assert app.clients, "packets that crossed the refusal are ignored"


async def test_an_application_that_stays_after_its_refusal_is_cancelled(clock):
    class Staying(Apps):
        async def connect(self, call):
            await call.send({"type": "socketio.reject", "message": "no"})

    apps = Staying()
    websocket = await open_websocket(server(apps))
    websocket.write("40")
    assert await websocket.read() == '44{"message":"no"}'
    await clock.advance(10.1)
    assert apps.calls[0].cancelled == 1


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (Resolver404("no such path"), '44{"message":"Invalid namespace"}'),
        (KeyError("a bug"), '44{"message":"Internal error"}'),
        (None, '44{"message":"Internal error"}'),
    ],
)
async def test_an_application_that_fails_before_it_accepts_is_answered_for(error, answer, caplog):
    class Failing(Apps):
        async def run(self, call):
            await call.join("x")
            await call.emit("never heard")
            if error is not None:
                raise error

    app = server(Failing())
    websocket = await open_websocket(app)
    websocket.write("40")
    assert await websocket.read() == answer
    assert app.hub.rooms == {} and bool(caplog.messages) == (type(error) is not Resolver404)


async def test_what_is_held_for_a_pending_client_has_a_bound():
    apps = Pending("x")
    app = server(apps, max_outbox_bytes=1000)
    websocket = await open_websocket(app)
    websocket.write("40")
    await turns()
    for _ in range(20):
        await app.hub.broadcast("/", ("flood", "x" * 100), ("x",))
    await (await apps.call()).done()
    assert app.clients == {} and app.hub.rooms == {}
