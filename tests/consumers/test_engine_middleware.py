"""Middleware around the engine's requests, and the hooks that see their headers."""

import asyncio

import pytest
from channels.routing import ProtocolTypeRouter
from django.core import checks

from realtime import EngineIO, NamespaceConsumer, on
from realtime.conf import options
from realtime.testing import EngineCommunicator


def stamp(word):
    """Middleware that leaves a word in the scope, and in the headers of the answer."""

    def middleware(app):
        async def stamped(scope, receive, send):
            async def sending(message):
                if message["type"] in ("http.response.start", "websocket.accept"):
                    message = {**message, "headers": [*message.get("headers", ()), (b"x-stamp", word.encode())]}
                await send(message)

            await app({**scope, "stamps": [*scope.get("stamps", ()), word]}, receive, sending)

        return stamped

    return middleware


def forbid(app):
    async def only_friends(scope, receive, send):
        if (b"x-friend", b"yes") not in scope["headers"]:
            await send({"type": "http.response.start", "status": 418, "headers": []})
            return await send({"type": "http.response.body", "body": b"no"})
        await app(scope, receive, send)

    return only_friends


class Stamped(NamespaceConsumer):
    @on("stamps")
    async def stamps(self):
        return self.scope["request"]["stamps"]


async def elsewhere(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(scope.get("stamps")).encode()})


def engine(**more):
    return EngineIO(ProtocolTypeRouter({"socketio": Stamped.as_asgi(), "http": elsewhere}), **more)


async def test_engine_middleware_is_around_polling_and_websocket_in_order():
    application = engine(middleware=[stamp("outer"), f"{__name__}.INNER"])
    client = EngineCommunicator(application)
    answer = await client.request("GET")
    assert answer.headers["x-stamp"] == "outer"  # it was added last
    await client.open()
    await client.post("40", '420["stamps"]')
    while not (frames := await client.poll())[-1].startswith("43"):
        pass
    assert frames[-1] == '430[["outer","inner"]]'
    socket = await EngineCommunicator(application).websocket()
    await socket.send("40", '420["stamps"]')
    await socket.receive()
    assert await socket.receive() == '430[["outer","inner"]]'
    await socket.close()


INNER = stamp("inner")


async def test_engine_middleware_may_refuse_and_leaves_other_paths_alone():
    application = engine(middleware=[forbid])
    assert (await EngineCommunicator(application).request("GET")).status == 418
    assert (await EngineCommunicator(application, headers=[(b"x-friend", b"yes")]).request("GET")).status == 200
    assert (await EngineCommunicator(application, "/other/").request("GET")).body == b"None"


def test_engine_middleware_is_made_once_and_again_when_the_setting_changes(settings):
    application = engine()
    settings.SOCKETIO = {"MIDDLEWARE": [stamp("a")]}
    application._start()
    first = application._engine_with_middleware()
    assert application._engine_with_middleware() is first
    settings.SOCKETIO = {"MIDDLEWARE": [stamp("b")]}
    assert application._engine_with_middleware() is not first


@pytest.mark.parametrize("wrong", [f"{__name__}.INNER", 3, [3], [stamp("a"), None]])
def test_a_wrong_engine_middleware_is_a_check_error(settings, wrong):
    settings.SOCKETIO = {"MIDDLEWARE": wrong}
    assert "realtime.E005" in {message.id for message in checks.run_checks()}


@pytest.mark.parametrize("right", [[], (), [INNER], [f"{__name__}.INNER", INNER]])
def test_a_list_of_callables_and_paths_is_none(settings, right):
    settings.SOCKETIO = {"MIDDLEWARE": right}
    assert "realtime.E005" not in {message.id for message in checks.run_checks()}
    assert all(map(callable, options().middleware))


async def accepted(client, **query):
    """The headers of a websocket's handshake."""
    scope = client._scope("websocket", {"transport": "websocket", **query}, ())
    incoming, outgoing = asyncio.Queue(), asyncio.Queue()
    incoming.put_nowait({"type": "websocket.connect"})
    task = asyncio.ensure_future(client.application(scope, incoming.get, outgoing.put))
    message = await outgoing.get()
    incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
    await task
    return message


async def test_header_hooks_reach_polling_websockets_and_upgrades():
    def first(headers, scope):
        headers.append((b"x-first", scope["type"].encode()))

    def each(headers, scope):
        headers.append((b"x-each", scope["type"].encode()))

    application = engine(initial_headers=first, headers=each)
    client = EngineCommunicator(application)
    answer = await client.request("GET")
    assert (answer.headers["x-first"], answer.headers["x-each"]) == ("http", "http")
    await client.open()
    await client.post("40")
    answer = await client.request("GET")
    assert (answer.headers.get("x-first"), answer.headers["x-each"]) == (None, "http")
    assert (await accepted(client))["headers"] == [(b"x-each", b"websocket")]
    both = [(b"x-first", b"websocket"), (b"x-each", b"websocket")]
    assert (await accepted(EngineCommunicator(application)))["headers"] == both


@pytest.mark.parametrize("allowed, polling, accepts", [(True, 200, True), (False, 403, False), ("go away", 403, False)])
async def test_allow_request_sees_headers_and_cookies_on_both_transports(allowed, polling, accepts):
    seen = []

    async def allow(scope):
        seen.append((scope["type"], dict(scope["headers"])[b"cookie"]))
        return allowed

    application = engine(allow_request=allow)
    client = EngineCommunicator(application, headers=[(b"cookie", b"a=1")])
    answer = await client.request("GET")
    assert answer.status == polling and (b"go away" in answer.body) == (allowed == "go away")
    assert ((await accepted(client))["type"] == "websocket.accept") is accepts
    assert seen == [("http", b"a=1"), ("websocket", b"a=1")]
