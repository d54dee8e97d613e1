"""Middleware at three places: around the engine's requests, before ``connect``, around each event. And permissions."""

import asyncio
import threading

import pytest
from channels.routing import ProtocolTypeRouter
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.core import checks

from realtime import ConnectionRefused, EngineIO, EventError, NamespaceConsumer, on, on_any, once
from realtime.conf import options
from realtime.testing import EngineCommunicator, NamespaceCommunicator


async def come(consumer, name="/chat", auth=None, **more):
    return await NamespaceCommunicator(consumer.as_asgi(), name, **more).connect(auth)


# -- the engine's requests ------------------------------------------------------------------------------------


async def stamp_too_little(socket, event, args):
    pass


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
    application = engine(middleware=[stamp("outer"), "tests.consumers.test_middleware.INNER"])
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


@pytest.mark.parametrize("wrong", ["tests.consumers.test_middleware.INNER", 3, [3], [stamp("a"), None]])
def test_a_wrong_engine_middleware_is_a_check_error(settings, wrong):
    settings.SOCKETIO = {"MIDDLEWARE": wrong}
    assert "realtime.E005" in {message.id for message in checks.run_checks()}


@pytest.mark.parametrize("right", [[], (), [INNER], ["tests.consumers.test_middleware.INNER", INNER]])
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


# -- before connect -------------------------------------------------------------------------------------------


async def test_namespace_middleware_runs_in_order_before_connect_and_may_refuse():
    order = []

    async def first(socket, auth):
        order.append(("first", auth))
        socket.data["first"] = True

    def second(socket, auth):
        order.append(("second", threading.current_thread() is threading.main_thread()))

    class Guarded(NamespaceConsumer):
        middleware = [first, second]

        async def connect(self, auth):
            order.append(("connect", self.data))

    class Child(Guarded):
        middleware = [*Guarded.middleware, lambda socket, auth: order.append("child")]

    client = await come(Guarded, auth={"a": 1})
    assert order == [("first", {"a": 1}), ("second", False), ("connect", {"first": True})]
    await client.disconnect()
    order.clear()
    with pytest.raises(ConnectionRefused, match="not with that") as refusal:
        await come(refusing(Guarded))
    assert refusal.value.data == {"code": 7} and order[-1][0] == "second"
    order.clear()
    await (await come(Child)).disconnect()
    assert order[2] == "child"


def refusing(consumer):
    def refuse(socket, auth):
        raise ConnectionRefused("not with that", data={"code": 7})

    class Refusing(consumer):
        middleware = [*consumer.middleware, refuse]

    return Refusing


async def test_a_door_whose_function_hides_that_it_is_a_coroutine_is_closed_all_the_same():
    async def refuse(consumer, auth):
        raise ConnectionRefused("not you")

    class Closed(NamespaceConsumer):
        middleware = [lambda consumer, auth: refuse(consumer, auth)]

    with pytest.raises(ConnectionRefused, match="not you"):
        await come(Closed)


async def test_namespace_middleware_that_fails_is_an_internal_error(caplog):
    async def fail(socket, auth):
        raise RuntimeError("between us")

    with pytest.raises(ConnectionRefused, match="Internal error"):
        await come(type("Failing", (NamespaceConsumer,), {"middleware": [fail]}))
    assert "between us" in caplog.text


# -- around events --------------------------------------------------------------------------------------------


async def count_up(socket, event, args, call_next):
    socket.data["events"] = [*socket.data.get("events", ()), event]
    return await call_next(event, args)


async def change_refuse_or_swallow(socket, event, args, call_next):
    match event:
        case "shout":
            return (await call_next("say", [args[0].upper()])) + "!"
        case "secret":
            raise EventError("not for you", code="forbidden", data={"event": event})
        case "swallow":
            return None
        case "instead":
            return "of", "the handler"
    return await call_next(event, args)


class Filtered(NamespaceConsumer):
    event_middleware = [count_up, change_refuse_or_swallow]
    handled = ()

    @on("say")
    async def say(self, text):
        self.handled = (*self.handled, text)
        return text

    @on("thread")
    def thread(self):
        return threading.current_thread() is threading.main_thread()

    @on("secret")
    @on("swallow")
    async def never(self):
        raise AssertionError

    @on("wait", concurrent=True)
    async def wait(self):
        return await self.call("question")

    @on("seen")
    async def seen(self):
        return self.data["events"], list(self.handled)


async def test_event_middleware_may_change_refuse_and_swallow_an_event():
    client = await come(Filtered)
    assert await client.call("say", "hi") == "hi"
    assert await client.call("shout", "hi") == "HI!"
    assert await client.call("secret") == {
        "error": {"code": "forbidden", "message": "not for you", "data": {"event": "secret"}}
    }
    assert await client.call("swallow") is None
    assert await client.call("instead") == ("of", "the handler")
    assert await client.call("thread") is False
    assert (await client.call("say"))["error"]["code"] == "bad_arguments"
    assert (await client.call("unknown"))["error"]["code"] == "not_found"
    events, handled = await client.call("seen")
    assert events == ["say", "shout", "secret", "swallow", "instead", "thread", "say", "unknown", "seen"]
    assert handled == ["hi", "HI"]
    await client.disconnect()


async def test_concurrent_handlers_stay_concurrent_behind_middleware():
    client = await come(Filtered)
    waiting = asyncio.ensure_future(client.call("wait"))
    question = await client.receive()
    assert await client.call("say", "meanwhile") == "meanwhile"
    await question.ack(42)
    assert await waiting == 42
    await client.disconnect()


async def test_event_middleware_that_fails_is_an_internal_error(caplog):
    async def fail(socket, event, args, call_next):
        await call_next(event, args)
        raise RuntimeError("between us")

    client = await come(type("Failing", (Filtered,), {"event_middleware": [fail]}))
    assert (await client.call("say", "hi"))["error"]["code"] == "internal_error"
    assert "between us" in caplog.text
    await client.disconnect()


async def test_a_subclass_may_drop_the_middleware():
    class Open(Filtered):
        event_middleware = ()

    assert Open._event is NamespaceConsumer._event is not Filtered._event


async def test_listeners_hear_what_the_middleware_lets_through():
    class Listening(Filtered):
        @on_any
        async def note(self, event, *args):
            self.handled = (*self.handled, event)

    client = await come(Listening)
    await client.call("swallow")
    await client.call("shout", "hi")
    assert (await client.call("seen"))[1] == ["say", "HI", "seen"]
    await client.disconnect()


WRONG = [
    ({"event_middleware": [lambda socket, event, args, call_next: None]}, "event_middleware takes coroutine functions"),
    ({"event_middleware": count_up}, "event_middleware is a list"),
    ({"middleware": [3]}, "middleware takes functions"),
    ({"middleware": [lambda consumer: None]}, "middleware takes functions"),
    ({"event_middleware": [stamp_too_little]}, "event_middleware takes coroutine functions"),
    ({"middleware": count_up}, "middleware is a list"),
    ({"permission_required": "moderate"}, "permission_required: a permission is named like"),
]


@pytest.mark.parametrize("declared, problem", WRONG)
def test_what_cannot_work_is_an_error_of_the_class_that_says_where(declared, problem):
    with pytest.raises(TypeError, match=rf"test_middleware\.py:\d+: in Wrong, {problem}"):
        type("Wrong", (NamespaceConsumer,), declared)


# -- permissions ----------------------------------------------------------------------------------------------


class Moderated(NamespaceConsumer):
    done = ()

    @on("kick", permission="auth.change_user")
    async def kick(self, who):
        return f"kicked {who}"

    @on("ban", permission=["auth.change_user", "auth.delete_user"])
    def ban(self, who):
        return f"banned {who}"


class Staff(Moderated):
    permission_required = "auth.change_user"


@pytest.fixture
def moderator(transactional_db):
    user = User.objects.create(username="mod")
    user.user_permissions.add(Permission.objects.get(codename="change_user"))
    return user


@pytest.fixture
def ada(transactional_db):
    return User.objects.create(username="ada")


FORBIDDEN = {"error": {"code": "forbidden", "message": "You do not have the permission for this"}}


async def test_a_handler_with_a_permission_answers_forbidden_to_others(moderator, ada):
    mod, guest, nobody = [await come(Moderated, user=user) for user in (moderator, ada, AnonymousUser())]
    assert await mod.call("kick", "eve") == "kicked eve"
    assert await mod.call("ban", "eve") == FORBIDDEN  # it takes both
    for client in (guest, nobody):
        assert [await client.call("kick", "eve"), await client.call("ban", "eve")] == [FORBIDDEN, FORBIDDEN]
    for client in (mod, guest, nobody):
        await client.disconnect()


async def test_a_permission_given_or_taken_counts_at_once(moderator, ada):
    mod = await come(Moderated, user=moderator)
    assert await mod.call("kick", "eve") == "kicked eve"
    await moderator.user_permissions.aclear()
    assert await mod.call("kick", "eve") == FORBIDDEN
    await ada.user_permissions.aadd(await Permission.objects.aget(codename="change_user"))
    guest = await come(Moderated, user=ada)
    await User.objects.filter(pk=ada.pk).aupdate(is_active=False)
    assert await guest.call("kick", "eve") == FORBIDDEN
    await mod.disconnect(), await guest.disconnect()


class Opening(NamespaceConsumer):
    @once("open", permission="auth.change_user")
    async def open_it(self):
        return "opened"

    @once("ring", permission="auth.change_user")
    def ring(self):
        return "rung"


@pytest.mark.parametrize("event, answer", [("open", "opened"), ("ring", "rung")])
async def test_who_is_forbidden_has_not_used_up_a_once(ada, event, answer):
    client = await come(Opening, user=ada)
    assert await client.call(event) == FORBIDDEN
    await ada.user_permissions.aadd(await Permission.objects.aget(codename="change_user"))
    assert await client.call(event) == answer
    assert (await client.call(event))["error"]["code"] == "not_found"
    await client.disconnect()


async def test_a_class_with_a_permission_refuses_others(moderator, ada):
    await (await come(Staff, user=moderator)).disconnect()
    for user in (ada, AnonymousUser()):
        with pytest.raises(ConnectionRefused, match="You do not have the permission") as refusal:
            await come(Staff, user=user)
        assert refusal.value.data == {"code": "forbidden"}


async def test_the_permission_is_asked_for_behind_the_middleware(moderator):
    async def log_in(socket, auth):
        socket.scope["user"] = moderator

    class ByToken(Staff):
        middleware = [log_in]

    client = await come(ByToken)
    assert await client.call("kick", "eve") == "kicked eve"
    await client.disconnect()


class OnLoop(User):
    """A user who notices where permissions are looked up."""

    class Meta:
        proxy = True
        app_label = "auth"

    threads = []

    def has_perms(self, permissions, obj=None):
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            self.threads.append("thread")
        else:
            self.threads.append("loop")
        return super().has_perms(permissions, obj)


async def test_permissions_are_never_looked_up_on_the_loop(moderator):
    user = await OnLoop.objects.aget(pk=moderator.pk)
    client = await come(Staff, user=user)
    await client.call("kick", "eve")
    await client.call("ban", "eve")
    await client.disconnect()
    assert OnLoop.threads == ["thread"] * 3


@pytest.mark.parametrize("wrong", ["moderate", 3, ["chat.moderate", None]])
def test_what_is_no_permission_is_an_error_at_once(wrong):
    with pytest.raises(TypeError):
        on("x", permission=wrong)
    with pytest.raises(TypeError):
        type("Wrong", (NamespaceConsumer,), {"permission_required": wrong})
