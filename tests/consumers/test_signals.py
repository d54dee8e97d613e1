"""What the library tells of sockets, rooms, namespaces and failures by Django signals."""

import asyncio
import contextlib

import pytest
from channels.routing import URLRouter
from django.urls import path

from realtime import ConnectionRefused, EngineIO, NamespaceConsumer, on, signals
from realtime.adapter import hubs
from realtime.metrics import counters
from realtime.testing import EngineCommunicator, NamespaceCommunicator

ABOUT = {"signal", "sender", "consumer", "exception", "handshake", "scope"}


class Chat(NamespaceConsumer):
    async def connect(self, auth):
        if auth == {"crash": True}:
            raise RuntimeError("in connect")
        if auth:
            raise ConnectionRefused("not you", data=auth)

    @on("join")
    async def on_join(self, *rooms):
        await self.join(*rooms)

    @on("leave")
    async def on_leave(self, *rooms):
        await self.leave(*rooms)

    @on("crash")
    async def crash(self):
        raise RuntimeError("in a handler")

    async def disconnecting(self, reason):
        self.ends_badly = "bad end" in self.rooms

    async def disconnect(self, reason):
        if self.ends_badly:
            raise RuntimeError("at the end")


class Told:
    """Keeps what was told: (name of the signal, sender, what it says less objects), and the objects apart."""

    def __init__(self):
        self.all, self.objects = [], []
        self.news = asyncio.Event()

    def of(self, *names):
        return [entry for entry in self.all if entry[0] in names]

    async def until(self, count, *names):
        async with asyncio.timeout(5):
            while len(self.of(*names)) < count:
                self.news.clear()
                await self.news.wait()
        return self.of(*names)


NAMES = [name for name, value in vars(signals).items() if isinstance(value, signals.Signal)]


@pytest.fixture
def told():
    told, receivers = Told(), []
    for name in NAMES:

        async def receive(sender, signal, name=name, **said):
            told.all.append((name, sender, {key: value for key, value in said.items() if key not in ABOUT}))
            told.objects.append({key: value for key, value in said.items() if key in ABOUT})
            told.news.set()

        receivers.append(receive)
        getattr(signals, name).connect(receive)
    yield told
    for name, receiver in zip(NAMES, receivers, strict=True):
        getattr(signals, name).disconnect(receiver)


async def come(application=None, name="/chat", auth=None):
    return await NamespaceCommunicator(application or Chat.as_asgi(), name).connect(auth)


async def test_a_socket_that_connects_and_disconnects(told):
    client = await come()
    await client.call("join")
    assert told.of("socket_connected") == [("socket_connected", Chat, {})]
    consumer = told.objects[-1]["consumer"]
    assert (consumer.sid, consumer.connected) == (client.sid, True)
    await client.disconnect()
    assert told.of("socket_disconnected") == [
        ("socket_disconnected", Chat, {"reason": "client namespace disconnect"}),
    ]


async def test_a_receiver_is_done_before_the_first_event_is_handled():
    order = []

    async def slowly(sender, consumer, **named):
        await asyncio.sleep(0.01)
        order.append("receiver")

    class Ordered(NamespaceConsumer):
        @on("first")
        async def first(self):
            order.append("event")

    signals.socket_connected.connect(slowly, sender=Ordered)
    try:
        client = await come(Ordered.as_asgi())
        await client.call("first")
        assert order == ["receiver", "event"]
        await client.disconnect()
    finally:
        signals.socket_connected.disconnect(slowly, sender=Ordered)


async def test_rooms_are_told_of_in_order(told):
    one, two = await come(), await come()
    await one.call("join", "a", "b")
    await two.call("join", "a")
    await one.call("leave", "a", "unknown")
    await two.disconnect()
    names = ("room_created", "room_joined", "room_left", "room_deleted")
    assert await told.until(8, *names) == [
        ("room_created", "/chat", {"room": "a"}),
        ("room_joined", "/chat", {"room": "a", "sid": one.sid}),
        ("room_created", "/chat", {"room": "b"}),
        ("room_joined", "/chat", {"room": "b", "sid": one.sid}),
        ("room_joined", "/chat", {"room": "a", "sid": two.sid}),
        ("room_left", "/chat", {"room": "a", "sid": one.sid}),
        ("room_left", "/chat", {"room": "a", "sid": two.sid}),
        ("room_deleted", "/chat", {"room": "a"}),
    ]
    await one.disconnect()


async def test_an_upgrade_is_told_of_in_each_namespace(told):
    client = EngineCommunicator(EngineIO(URLRouter([path("", Chat.as_asgi()), path("chat", Chat.as_asgi())])))
    await client.open()
    await client.post("40\x1e40/chat,")
    while len(told.of("socket_connected")) < 2:
        await client.poll()
    assert told.of("transport_upgraded") == []
    await client.upgrade()
    sids = {each["consumer"].namespace: each["consumer"].sid for each in told.objects if "consumer" in each}
    assert await told.until(2, "transport_upgraded") == [
        ("transport_upgraded", name, {"sid": sids[name], "transport": "websocket"}) for name in ("/", "/chat")
    ]


async def test_a_namespace_is_told_of_with_its_first_and_its_last_socket(told):
    one, two = await come(name="/rooms/1"), await come(name="/rooms/1")
    assert await told.until(1, "namespace_created") == [("namespace_created", "/rooms/1", {})]
    await one.disconnect()
    assert told.of("namespace_deleted") == []
    await two.disconnect()
    assert await told.until(1, "namespace_deleted") == [("namespace_deleted", "/rooms/1", {})]
    assert not any("/rooms/1" in hub.namespaces for hub in hubs())


@pytest.mark.parametrize(
    "name, auth, said",
    [
        ("/chat", {"who": "eve"}, {"message": "not you", "data": {"who": "eve"}}),
        ("/nowhere", None, {"message": "Invalid namespace", "data": None}),
        ("//chat", None, {"message": "Invalid namespace", "data": None}),
        ("/chat", {"crash": True}, {"message": "Internal error", "data": None}),
    ],
)
async def test_a_client_that_is_refused(told, name, auth, said):
    router = URLRouter([path("chat", Chat.as_asgi())])
    with pytest.raises(ConnectionRefused):
        await come(router, name, auth)
    assert await told.until(1, "connection_rejected") == [("connection_rejected", name, said)]
    assert [about["handshake"]["auth"] for about in told.objects if "handshake" in about] == [auth]
    assert told.of("socket_connected", "socket_disconnected") == []


async def test_handlers_and_hooks_that_fail(told):
    client = await come()
    await client.call("join", "bad end")
    await client.call("crash")
    await client.disconnect()
    with pytest.raises(ConnectionRefused):
        await come(auth={"crash": True})
    failed = await told.until(3, "handler_failed")
    assert failed == [("handler_failed", Chat, {"event": event}) for event in ("crash", "disconnect", "connect")]
    errors = [str(about["exception"]) for about in told.objects if "exception" in about]
    assert errors == ["in a handler", "at the end", "in connect"]


async def test_requests_that_are_refused(told):
    application = EngineIO(None)
    client = EngineCommunicator(application)
    answer = await client.request("GET", {"transport": "carrier pigeon"})
    assert answer.status == 400
    client.sid = "unknown"
    with contextlib.suppress(Exception):
        await client.websocket()
    assert [said[2] for said in await told.until(2, "connection_error")] == [
        {"code": 0, "message": "Transport unknown"},
        {"code": 1, "message": "Session ID unknown"},
    ]
    assert [about["scope"]["type"] for about in told.objects] == ["http", "websocket"]


async def test_a_receiver_that_fails_is_logged_and_changes_nothing(caplog):
    def fail(sender, **named):
        raise RuntimeError("receiver")

    for name in NAMES:
        getattr(signals, name).connect(fail)
    try:
        client = await come()
        await client.call("join", "a")
        await client.disconnect()
        await asyncio.sleep(0.05)
    finally:
        for name in NAMES:
            getattr(signals, name).disconnect(fail)
    assert any("receiver" in str(record.exc_info) for record in caplog.records)


async def test_signals_of_receivers_that_are_too_slow_are_dropped_and_counted(monkeypatch):
    monkeypatch.setattr(signals, "MOST", 3)
    gate, heard = asyncio.Event(), []

    async def wait(sender, room, **named):
        heard.append(room)
        await gate.wait()

    signals.room_created.connect(wait)
    try:
        before = counters["signals_dropped"]
        client = await come()
        await client.call("join", *"abcdefg")
        gate.set()
        await asyncio.sleep(0.05)
        assert heard == ["a", "b", "c"] and counters["signals_dropped"] == before + 4
        await client.disconnect()
    finally:
        signals.room_created.disconnect(wait)


async def test_who_listens_to_nothing_pays_nothing(monkeypatch):
    for name in NAMES:  # applications of other tests in this process listen to some
        monkeypatch.setattr(getattr(signals, name), "receivers", [])
    client = await come()
    await client.call("join", "a")
    assert not signals._waiting
    await client.disconnect()
