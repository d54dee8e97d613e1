"""What a client can make grow, and where it ends."""

import asyncio
import json

import pytest

from realtime.exceptions import RoomRefused
from realtime.metrics import counters
from realtime.socketio import rooms
from realtime.socketio.rooms import group_name
from tests.engine.asgi import open_websocket
from tests.engine.namespaces import Apps, joined, server, until


class Slow(Apps):
    """Accepts, and takes its time to end."""

    async def __call__(self, scope, receive, send):
        await super().__call__(scope, receive, send)
        await asyncio.Event().wait()


async def test_namespaces_that_were_left_count_too_until_their_applications_have_ended():
    app = Slow()
    engine, before = server(app, max_namespaces=2, max_connect_errors=5), counters["namespaces_refused"]
    websocket = await open_websocket(engine)
    for number in range(4):
        websocket.write(f"40/{number},")
        assert (await websocket.read()).startswith(f"40/{number},")
        websocket.write(f"41/{number},")
        await until(lambda: not websocket.handler._connection.joined)
    websocket.write("40/one-more,")
    answer = await websocket.read()
    assert json.loads(answer.partition(",")[2]) == {"message": "Too many namespaces"}
    assert len(app.calls) == 4
    assert counters["namespaces_refused"] == before + 1


async def test_namespaces_whose_applications_have_ended_can_be_joined_again_and_again():
    app = Apps()
    websocket = await open_websocket(server(app, max_namespaces=1))
    for number in range(10):
        websocket.write("40/a,")
        assert (await websocket.read()).startswith("40/a,")
        websocket.write("41/a,")
        await (await app.call(number)).done()
        await asyncio.sleep(0)


async def test_a_room_with_a_name_over_max_room_name_length_is_refused():
    app, before = Apps(), counters["rooms_refused"]
    await joined(server(app, max_room_name_length=300))
    call = await app.call()
    await call.join("x" * 300)
    with pytest.raises(RoomRefused, match="MAX_ROOM_NAME_LENGTH"):
        await call.join("ok", "x" * 301)
    assert counters["rooms_refused"] == before + 1
    assert call.socket.rooms == {call.socket.sid, "x" * 300}


def test_long_names_are_not_remembered_when_they_become_groups():
    before = rooms._remembered.cache_info().currsize
    assert group_name("/chat", "x" * 100_000) != group_name("/chat", "y" * 100_000)
    assert rooms._remembered.cache_info().currsize == before
