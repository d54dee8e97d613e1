"""One application call for each client and namespace: its scope, how many there may be, what the protocol forbids."""

import pytest
from django.urls.exceptions import Resolver404

from realtime.metrics import counters
from tests.engine.asgi import open_websocket, turns
from tests.engine.namespaces import Apps, join, joined, server, until


async def test_each_namespace_has_a_call_of_its_own_with_its_own_auth_and_id():
    apps = Apps()
    websocket = await open_websocket(server(apps))
    await join(websocket, "/", '{"a":1}')
    first = websocket.public
    await join(websocket, "/chat")
    assert [call.scope["path"] for call in apps.calls] == ["/", "/chat"]
    assert [call.scope["handshake"]["auth"] for call in apps.calls] == [{"a": 1}, None]
    assert len({first, websocket.public, websocket.sid}) == 3


async def test_the_scope_has_a_scheme_where_the_server_says_none():
    apps = Apps()
    app = server(apps)
    await join(await open_websocket(app, scheme=None), "/")
    await join(await open_websocket(app, scheme="wss"), "/")
    assert [call.scope["scheme"] for call in apps.calls] == ["ws", "wss"]
    assert [call.scope["handshake"]["secure"] for call in apps.calls] == [False, True]


async def test_a_client_of_revision_3_is_in_the_main_namespace_without_asking():
    apps = Apps()
    websocket = await open_websocket(server(apps), eio=3)
    assert await websocket.read() == "40"
    websocket.write("40/chat?token=x%20y&a=,")
    assert await websocket.read() == "40/chat,"
    chat = apps.calls[1]
    assert chat.scope["handshake"]["auth"] == {"token": "x y", "a": ""}
    assert chat.scope["path"] == "/chat" and chat.scope["sid"] == f"/chat#{websocket.sid}"
    assert apps.calls[0].scope["sid"] == websocket.sid
    websocket.write("40", '42["on"]')
    await until(lambda: apps.calls[0].events())


async def test_a_query_of_too_many_fields_closes_the_client(caplog):
    app = server(Apps())
    websocket = await open_websocket(app, eio=3)
    await websocket.read()
    websocket.write("40/chat?" + "&a" * 200 + ",")
    assert (await websocket.read())[0] == "closed"
    assert app.clients == {} and "Traceback" not in caplog.text


async def test_too_many_namespaces_are_refused():
    app, before = server(Apps(), max_namespaces=2), counters["namespaces_refused"]
    websocket = await joined(app)
    await join(websocket, "/a")
    websocket.write("40/b,")
    assert await websocket.read() == '44/b,{"message":"Too many namespaces"}'
    websocket.write("41/a")
    await join(websocket, "/b")
    assert counters["namespaces_refused"] == before + 1


async def test_asking_for_too_many_that_are_refused_ends_the_connection():
    class Nowhere(Apps):
        async def run(self, call):
            raise Resolver404

    app = server(Nowhere(), max_connect_errors=3)
    websocket = await open_websocket(app)
    for number in range(5):
        websocket.write(f"40/{number},")
        await turns()
    assert [(await websocket.read())[:2] for _ in range(3)] == ["44"] * 3
    await until(lambda: app.clients == {})
    assert app.clients == {}


async def test_a_client_that_joins_nothing_is_closed_after_the_connect_timeout(clock):
    app = server(Apps(), ping_interval=1000)
    idle, busy = await open_websocket(app), await joined(app)
    await clock.advance(44.9)
    assert len(app.clients) == 2
    await clock.advance(0.2)
    assert await idle.read() == ("closed", 1000)
    assert list(app.clients) == [busy.sid]


@pytest.mark.parametrize(
    "frame",
    [
        "40",
        '42/other,["x"]',
        "44",
        '42["connect"]',
        "42{}",
        "4abc",
        "50-[]",
        "451-[]x",
        b"\x01",
        "43/x,1[]",
        "40[]",
        "42" + "[" * 99,
    ],
)
async def test_what_the_protocol_does_not_allow_closes_the_connection(frame, unraised):
    apps = Apps()
    app = server(apps)
    websocket = await joined(app)
    websocket.write(frame if isinstance(frame, bytes) else "4" + frame if frame[0] != "4" else frame)
    assert (await websocket.read())[0] == "closed"
    await apps.calls[0].done()
    assert apps.calls[0].events() == [] and apps.calls[0].reasons() == ["forced close"] and app.clients == {}
