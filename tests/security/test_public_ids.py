"""Clients of protocol 3 have a public id that is their transport's too: what somebody else can do with it."""

import pytest

from tests.engine.asgi import Request, WebSocket, open_polling, open_websocket
from tests.engine.namespaces import Apps, server

VICTIM = {"cookie": "victim"}


def app():
    return server(Apps(), identify=lambda scope, headers: headers.get("cookie"))


@pytest.mark.parametrize("stranger", [{}, {"cookie": "stranger"}], ids=["anonymous", "with a session"])
async def test_with_a_session_cookie_the_id_is_of_no_use_to_others(stranger):
    engine = app()
    session = await open_polling(engine, eio=3, headers=VICTIM)
    for body in (None, b'6:42["a"]'):
        status, answer = await Request(engine, session.query, body, headers=stranger).answer()
        assert (status, answer) == (400, b'{"code":1,"message":"Session ID unknown"}')
    websocket = WebSocket(engine, session.query.replace("polling", "websocket"), headers=stranger)
    assert (await websocket.next())["type"] == "websocket.close"
    assert (await session.poll())[0] == 200


async def test_without_a_cookie_a_websocket_cannot_be_taken_over():
    engine = app()
    victim = await open_websocket(engine, eio=3)
    query = f"EIO=3&transport=polling&sid={victim.sid}"
    for body in (None, b'6:42["a"]'):
        assert (await Request(engine, query, body).answer())[0] == 400
    second = await WebSocket(engine, query.replace("polling", "websocket")).accepted()
    assert (await second.read())[0] == "closed"
    assert victim.client.session.state.name == "OPEN"


async def test_the_public_id_of_protocol_4_is_no_session():
    engine = app()
    websocket = await open_websocket(engine)
    websocket.write("40")
    public = (await websocket.read()).split('"')[3]
    assert public != websocket.sid
    status, answer = await Request(engine, f"EIO=4&transport=polling&sid={public}").answer()
    assert (status, answer) == (400, b'{"code":1,"message":"Session ID unknown"}')
