"""What is on ``self``."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured, SynchronousOnlyOperation

from realtime import NamespaceConsumer, on
from realtime.operators import Operator
from tests.consumers.seam import Seam, joined


@pytest.fixture
async def consumer():
    made = []

    class Chat(NamespaceConsumer):
        async def connect(self, auth):
            made.append(self)

    async with joined(Chat, user=AnonymousUser(), session={"key": 1}) as seam:
        seam.consumer = made[0]
        made[0].seam = seam
        yield made[0]


def test_who_it_is(consumer):
    assert str(consumer.namespace) == "/chat"
    assert consumer.sid == "sid1"
    assert consumer.user.is_anonymous
    assert consumer.session == {"key": 1}
    assert consumer.connected is True and consumer.recovered is False
    assert consumer.scope["type"] == "socketio"


async def test_recovered_is_told_by_the_engine():
    told = []

    class Chat(NamespaceConsumer):
        async def connect(self, auth):
            told.append(self.recovered)

    seam = Seam(Chat)
    seam.ask(recovered=True)
    await seam.until(lambda: seam.connected)
    await seam.disconnect()
    assert told == [True]


def test_data_is_the_sockets(consumer):
    consumer.data["name"] = "ada"
    assert consumer.seam.data == {"name": "ada"}


async def test_without_the_middleware_user_and_session_say_what_is_missing():
    class Chat(NamespaceConsumer):
        async def connect(self, auth):
            for name in ("user", "session"):
                with pytest.raises(ImproperlyConfigured, match=f"self.{name} needs AuthMiddlewareStack"):
                    getattr(self, name)

    async with joined(Chat) as seam:
        assert seam.connected


def test_the_handshake_is_the_first_request(consumer):
    handshake = consumer.handshake
    assert handshake is consumer.handshake
    assert dict(handshake.headers) == {"host": "example.com", "cookie": "a=1; b=2", "x-two": "1, 1"}
    assert handshake.query["token"] == "2" and handshake.query.getlist("token") == ["1", "2"]
    assert (handshake.auth, handshake.address, handshake.time) == (None, "127.0.0.1", 1.5)
    assert (handshake.secure, handshake.xdomain, handshake.url) == (True, False, "/socket.io/?EIO=4")
    assert (handshake.transport, handshake.protocol) == ("polling", 4)
    with pytest.raises(TypeError):
        handshake.headers["host"] = "other"


async def test_joining_and_leaving_take_names_or_lists_of_them(consumer):
    await consumer.join("a", ["b", "c"])
    assert consumer.rooms == {"sid1", "a", "b", "c"}
    await consumer.leave("a", ("b",))
    assert consumer.rooms == {"sid1", "c"}
    with pytest.raises(TypeError, match="room name, a str or a model instance, not int"):
        await consumer.join(5)


@pytest.mark.parametrize("answer, value", [([], None), ([1], 1), ([None], None), ([[1, 2]], [1, 2]), ([1, 2], (1, 2))])
async def test_a_call_returns_one_value_or_a_tuple(consumer, answer, value):
    consumer.seam.answers = [answer]
    assert await consumer.call("question", "x") == value
    assert consumer.seam.sent[-1] == {
        "type": "socketio.call", "event": "question", "args": ("x",), "flags": {}, "timeout": None,
    }  # fmt: skip


@pytest.mark.parametrize("event", ["connect", "disconnect", "disconnecting", "connect_error", "newListener"])
async def test_a_reserved_event_is_not_sent(consumer, event):
    for deed in (consumer.emit, consumer.call, consumer.volatile.emit):
        with pytest.raises(ValueError, match=f"'{event}' is a reserved event name"):
            await deed(event)
    assert consumer.seam.sent == []


async def test_flags_alone_address_the_own_socket(consumer):
    await consumer.volatile.compress(False).emit("x", 1)
    consumer.seam.answers = [["yes"], ["no"]]
    assert await consumer.timeout(3).volatile.call("sure?") == "yes"
    assert await consumer.compress(True).timeout(3).call("sure?", timeout=1) == "no"
    assert [(each["flags"], each.get("timeout")) for each in consumer.seam.sent] == [
        ({"volatile": True, "compress": False}, None),
        ({"volatile": True}, 3),
        ({"compress": True}, 1),
    ]


def described(operator):
    return operator._rooms, operator._excepted, operator._flags


def test_operators_leave_the_sender_out_but_server_does_not(consumer):
    consumer.scope["server_operator"] = Operator(None, "/chat")
    me = ("sid1",)
    assert described(consumer.to("a", "b")) == (("a", "b"), me, {})
    assert described(consumer.in_("a")) == (("a",), me, {})
    assert described(consumer.except_("a")) == ((), ("sid1", "a"), {})
    assert described(consumer.broadcast) == ((), me, {})
    assert described(consumer.local) == ((), me, {"local": True})
    assert described(consumer.server) == ((), (), {})
    assert described(consumer.server.to("a")) == (("a",), (), {})


def test_flags_go_along_to_the_others(consumer):
    consumer.scope["server_operator"] = Operator(None, "/chat")
    mine = consumer.volatile.compress(False).timeout(2)
    flags = {"volatile": True, "compress": False, "timeout": 2}
    assert described(mine.to("a")) == (("a",), ("sid1",), flags)
    assert described(mine.in_("a")) == (("a",), ("sid1",), flags)
    assert described(mine.except_("a")) == ((), ("sid1", "a"), flags)
    assert described(mine.broadcast) == ((), ("sid1",), flags)
    assert described(mine.local) == ((), ("sid1",), {"local": True, **flags})


async def test_send_is_asgis(consumer):
    consumer.seam.answers = [["yes"]]
    message = {"type": "socketio.call", "event": "x", "args": []}
    assert await consumer.send(message) == ["yes"]
    assert consumer.seam.sent == [message]


async def test_a_sync_name_on_the_loop_names_what_to_await(consumer):
    for name in ("emit", "join", "call", "close", "accept"):
        with pytest.raises(
            SynchronousOnlyOperation, match=f"^{name}\\(\\) .*: await the coroutine {name}\\(\\) instead"
        ):
            getattr(consumer.sync, name)("x")
    consumer.scope["server_operator"] = Operator(None, "/chat")
    with pytest.raises(SynchronousOnlyOperation, match="await the coroutine emit\\(\\) instead"):
        consumer.sync.to("a").emit("x")
    with pytest.raises(SynchronousOnlyOperation, match="fresh_session"):
        consumer.sync.fresh_session()
    assert consumer.seam.sent == []


async def test_a_broken_middleware_that_returns_nothing_only_breaks_calls():
    class Chat(NamespaceConsumer):
        @on("echo")
        async def echo(self, text):
            return text

    class Quiet(Seam):
        async def send(self, message):
            await super().send(message)

    seam = Quiet(Chat)
    await seam.connect()
    assert await seam.call("echo", "hi") == ["hi"]
    await seam.disconnect()
