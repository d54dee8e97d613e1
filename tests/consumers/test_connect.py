"""connect(): let in, refused, failed, gone in the middle."""

import asyncio

import pytest
from django.urls.exceptions import Resolver404

from realtime import ConnectionRefused, Disconnected, EventError, NamespaceConsumer, on
from realtime.testing import NamespaceCommunicator
from tests.consumers.seam import Seam, joined


async def test_a_client_is_let_in_when_connect_has_returned():
    seen = []

    class Chat(NamespaceConsumer):
        async def connect(self, auth):
            seen.append((auth, self.connected, self.recovered))
            await self.emit("early", 1)

    seam = Seam(Chat)
    await seam.connect({"token": "t"})
    assert seam.connected
    assert seen == [({"token": "t"}, False, False)]
    assert seam.sent == [{"type": "socketio.emit", "event": "early", "args": (1,), "flags": {}}]
    await seam.disconnect()


async def test_without_a_connect_of_its_own_a_namespace_lets_everybody_in():
    async with joined(NamespaceConsumer) as seam:
        assert seam.connected


async def test_a_refusal_has_a_message_and_data_and_no_disconnect():
    hooks = []

    class Chat(NamespaceConsumer):
        async def connect(self, auth):
            raise ConnectionRefused("login required", data={"code": "login"})

        async def disconnect(self, reason):
            hooks.append(reason)

    seam = Seam(Chat)
    await seam.connect()
    await seam.ended()
    assert seam.sent == [{"type": "socketio.reject", "message": "login required", "data": {"code": "login"}}]
    assert hooks == [] and not seam.connected


@pytest.mark.parametrize(
    "data, said",
    [(None, {"code": "full"}), ({"seats": 0}, {"code": "full", "seats": 0}), ([1], {"code": "full", "data": [1]})],
)
async def test_an_event_error_is_a_refusal_too(data, said):
    class Chat(NamespaceConsumer):
        async def connect(self, auth):
            raise EventError("no seat", code="full", data=data)

    seam = Seam(Chat)
    await seam.connect()
    await seam.ended()
    assert seam.sent == [{"type": "socketio.reject", "message": "no seat", "data": said}]


@pytest.mark.parametrize("room, code", [(5, "bad_arguments"), ("x" * 2000, "forbidden")])
async def test_a_client_that_asks_for_an_impossible_room_is_refused_without_a_traceback(caplog, room, code):
    class Chat(NamespaceConsumer):
        async def connect(self, auth):
            await self.join(auth["room"])

    with pytest.raises(ConnectionRefused) as refused:
        await NamespaceCommunicator(Chat.as_asgi(), "/chat").connect({"room": room})
    assert refused.value.data == {"code": code}
    assert not [record for record in caplog.records if record.exc_info]


async def test_ending_the_connection_in_connect_lets_nobody_in():
    class Chat(NamespaceConsumer):
        async def connect(self, auth):
            await self.close(client=True)

    with pytest.raises(Disconnected, match="server namespace disconnect"):
        await NamespaceCommunicator(Chat.as_asgi(), "/chat").connect()


async def test_an_unexpected_exception_is_the_engines_matter():
    class Chat(NamespaceConsumer):
        async def connect(self, auth):
            raise KeyError("oh")

        async def disconnect(self, reason):
            raise AssertionError

    seam = Seam(Chat)
    await seam.connect()
    with pytest.raises(KeyError, match="oh"):
        await seam.ended()
    assert not seam.connected and seam.sent == []


async def test_a_resolver404_of_the_application_is_not_an_unknown_namespace():
    class Chat(NamespaceConsumer):
        async def connect(self, auth):
            raise Resolver404({"path": "x"})

    seam = Seam(Chat)
    await seam.connect()
    with pytest.raises(RuntimeError, match="connect\\(\\) of Chat raised Resolver404"):
        await seam.ended()


async def test_a_client_that_leaves_first_cancels_connect_and_there_is_no_disconnect():
    hooks, inside = [], asyncio.Event()

    class Chat(NamespaceConsumer):
        async def connect(self, auth):
            inside.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                hooks.append("cancelled")
                raise

        async def disconnecting(self, reason):
            hooks.append(reason)

        async def disconnect(self, reason):
            hooks.append(reason)

    seam = Seam(Chat)
    seam.ask()
    await inside.wait()
    seam.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await seam.ended()
    assert hooks == ["cancelled"]


async def test_accept_lets_the_client_in_early_and_once():
    class Chat(NamespaceConsumer):
        async def connect(self, auth):
            await self.accept()
            await self.accept()
            self.answer = await self.call("who are you?", timeout=3)
            await self.emit("welcome", self.answer)

    seam = Seam(Chat)
    seam.answers = [["ada"]]
    await seam.connect()
    await seam.until(lambda: len(seam.sent) == 2)
    call, emit = seam.sent
    assert call == {"type": "socketio.call", "event": "who are you?", "args": (), "flags": {}, "timeout": 3}
    assert emit["args"] == ("ada",)
    await seam.disconnect()


async def test_a_call_before_the_accept_says_what_to_do():
    class Chat(NamespaceConsumer):
        async def connect(self, auth):
            await self.call("who are you?")

    seam = Seam(Chat)
    await seam.connect()
    with pytest.raises(RuntimeError, match="await self.accept\\(\\) before call"):
        await seam.ended()


async def test_a_connect_that_fails_after_the_accept_closes_and_runs_the_disconnect_hooks():
    hooks = []

    class Chat(NamespaceConsumer):
        async def connect(self, auth):
            await self.accept()
            raise ConnectionRefused("too late")

        async def disconnecting(self, reason):
            hooks.append(("disconnecting", reason))

        async def disconnect(self, reason):
            hooks.append(("disconnect", reason))

    seam = Seam(Chat)
    seam.ask()
    with pytest.raises(ConnectionRefused):
        await seam.ended()
    assert seam.sent == [{"type": "socketio.close", "client": False}]
    assert hooks == [("disconnecting", "server namespace disconnect"), ("disconnect", "server namespace disconnect")]


async def test_a_client_that_leaves_during_a_call_in_connect_is_said_good_bye():
    hooks = []

    class Chat(NamespaceConsumer):
        async def connect(self, auth):
            await self.accept()
            await self.call("who are you?")

        async def disconnect(self, reason):
            hooks.append(reason)

    seam = Seam(Chat)
    answer = asyncio.get_running_loop().create_future()
    seam.answers = [answer]
    seam.ask()
    await seam.until(lambda: seam.sent)
    seam.emit("never handled", id=1)
    seam.leave("transport close")
    answer.set_exception(Disconnected())
    await seam.ended()
    assert hooks == ["transport close"]


async def test_close_in_connect_ends_it_without_a_disconnect():
    class Chat(NamespaceConsumer):
        async def connect(self, auth):
            await self.close(client=True)

        async def disconnect(self, reason):
            raise AssertionError

    class Refusing(Seam):
        async def send(self, message):
            if message["type"] != "socketio.accept":  # the engine has refused the client at the close
                await super().send(message)

    seam = Refusing(Chat)
    await seam.connect()
    await seam.ended()
    assert seam.sent == [{"type": "socketio.close", "client": True}]


async def test_events_wait_until_connect_has_returned():
    order = []
    go_on = asyncio.Event()

    class Chat(NamespaceConsumer):
        async def connect(self, auth):
            await self.accept()
            await go_on.wait()
            order.append("connected")

        @on("event")
        async def event(self):
            order.append("event")

    seam = Seam(Chat)
    await seam.connect()
    seam.emit("event", id=5)
    go_on.set()
    await seam.until(lambda: seam.acks(5))
    assert order == ["connected", "event"]
    await seam.disconnect()


async def test_groups_are_subscribed_before_the_accept():
    order = []

    class Orders(NamespaceConsumer):
        groups = ["orders"]

    class Watching(Seam):
        async def send(self, message):
            order.append(message["type"])
            await super().send(message)

    seam = Watching(Orders)
    await seam.connect()
    assert order == ["socketio.groups", "socketio.accept"]
    assert seam.sent == [{"type": "socketio.groups", "groups": ["orders"]}]
    await seam.disconnect()


async def test_a_decorator_that_hides_a_coroutine_function_hides_no_refusal():
    def decorated(hook):
        return lambda self, auth: hook(self, auth)

    class Chat(NamespaceConsumer):
        @decorated
        async def connect(self, auth):
            raise ConnectionRefused("not you")

    seam = Seam(Chat)
    await seam.connect()
    assert not seam.connected
    assert seam.sent == [{"type": "socketio.reject", "message": "not you", "data": None}]
