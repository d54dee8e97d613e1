"""One application call for each client and namespace: when it starts, what is held, how it ends."""

import asyncio
import re

import pytest
from django.urls.exceptions import Resolver404

from realtime.exceptions import AckTimeout, Disconnected, EncodeError
from realtime.metrics import counters
from tests.engine.asgi import open_polling, open_websocket, turns
from tests.engine.namespaces import Apps, join, joined, server, until


class Pending(Apps):
    """Does not answer until ``answer`` is set."""

    def __init__(self, *rooms):
        super().__init__()
        self.rooms, self.answer = rooms, asyncio.Event()

    async def connect(self, call):
        await call.join(*self.rooms)
        await call.emit("own", 1)
        await self.answer.wait()
        await call.accept()


# -- pending ------------------------------------------------------------------------------------------------


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


async def test_a_failure_after_the_accept_disconnects_that_namespace_alone(caplog):
    class Failing(Apps):
        async def handle(self, call, message):
            raise KeyError("a bug")

    websocket = await joined(server(Failing()))
    await join(websocket, "/chat")
    websocket.write('42["x"]')
    assert await websocket.read() == "41"
    websocket.write('42/chat,["x"]')
    assert await websocket.read() == "41/chat,"
    assert "failed" in caplog.text


async def test_what_cannot_be_said_to_the_client_is_the_applications_error():
    apps = Apps()
    websocket = await joined(server(apps))
    call = apps.calls[0]
    for deed in (call.emit("x", object()), call.emit("connect"), call.send({"type": "nonsense"}), call.send({})):
        with pytest.raises((EncodeError, ValueError)):
            await deed
    await call.emit("fine")
    assert await websocket.read() == '42["fine"]'


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


# -- several namespaces -------------------------------------------------------------------------------------


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


# -- the inbox ----------------------------------------------------------------------------------------------


class Slow(Apps):
    """Takes nothing more after it has accepted."""

    async def connect(self, call):
        await call.accept()
        await asyncio.Event().wait()


async def test_an_inbox_has_a_bound_in_events():
    apps, before = Slow(), counters["inbox_overflow"]
    app = server(apps, max_inbox_events=10)
    websocket = await joined(app)
    websocket.write(*['42["x"]'] * 10)
    await turns()
    assert app.clients
    websocket.write('42["x"]')
    assert (await websocket.read())[0] == "closed"
    assert app.clients == {} and counters["inbox_overflow"] == before + 1


async def test_an_inbox_has_a_bound_in_bytes_attachments_counted():
    app = server(Slow(), max_inbox_bytes=10_000)
    websocket = await joined(app)
    for _ in range(3):
        packet = '452-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'
        websocket.write(packet, b"x" * 4000, b"y")
    assert (await websocket.read())[0] == "closed"
    assert app.clients == {}


async def test_acks_pass_an_inbox_that_waits():
    apps = Slow()
    websocket = await joined(server(apps))
    calling = apps.calls[0].calling("ask")
    number = (await websocket.read()).removeprefix("42").partition("[")[0]
    websocket.write(*['42["x"]'] * 10, f"43{number}[1]")
    assert await calling == [1]


# -- acknowledgements ---------------------------------------------------------------------------------------


async def test_an_ack_counts_once_and_only_for_whom_it_was_asked():
    apps = Apps()
    app = server(apps)
    one, other = await joined(app), await joined(app)
    calling = apps.calls[0].calling("ask")
    number = (await one.read()).removeprefix("42").partition("[")[0]
    other.write(f'43{number}["forged"]', "43999[]", f"43{2**53 - 1}[]")
    await turns()
    assert not calling.done()
    one.write(f'43{number}["first"]', f'43{number}["second"]')
    assert await calling == ["first"] and len(app.clients) == 2


async def test_a_call_without_an_answer_times_out_and_forgets(clock):
    apps = Apps()
    websocket = await joined(server(apps))
    calling = apps.calls[0].calling("ask", timeout=3)
    number = (await websocket.read()).removeprefix("42").partition("[")[0]
    await clock.advance(3.1)
    with pytest.raises(AckTimeout):
        await calling
    assert not apps.calls[0].socket._acks
    websocket.write(f"43{number}[]")


async def test_a_call_whose_timeout_is_no_number_is_not_sent():
    apps = Apps()
    websocket = await joined(server(apps))
    for seconds, error in (float("nan"), ValueError), ("5", TypeError):
        with pytest.raises(error, match="a timeout is a number of seconds, not"):
            await apps.calls[0].calling("ask", timeout=seconds)
    apps.calls[0].calling("the only one")
    assert "the only one" in await websocket.read()


async def test_pending_calls_fail_when_the_client_leaves():
    apps = Apps()
    websocket = await joined(server(apps))
    calls = [apps.calls[0].calling("ask") for _ in range(3)]
    await turns()
    websocket.cut()
    for calling in calls:
        with pytest.raises(Disconnected):
            await calling
    with pytest.raises(Disconnected):
        await apps.calls[0].calling("ask")


async def test_a_client_that_never_answers_has_only_so_many_calls_waiting():
    apps = Apps()
    await joined(server(apps, max_pending_acks=5))
    calls = [apps.calls[0].calling("ask") for _ in range(6)]
    with pytest.raises(AckTimeout, match="MAX_PENDING_ACKS") as caught:
        await calls[5]
    assert caught.value.missing == [apps.calls[0].socket.sid]
    for calling in calls:
        calling.cancel()
    await asyncio.wait(calls)
    assert not apps.calls[0].socket._acks


async def test_a_call_before_the_accept_is_the_applications_error():
    apps = Pending()
    websocket = await open_websocket(server(apps))
    websocket.write("40")
    with pytest.raises(RuntimeError):
        await (await apps.call()).calling("ask")


async def test_the_application_acknowledges_in_its_namespace():
    apps = Apps()
    app = server(apps)
    websocket = await joined(app, "/chat")
    websocket.write('42/chat,7["x"]')
    await until(lambda: apps.calls[0].events())
    assert apps.calls[0].messages[-1]["id"] == 7
    await apps.calls[0].send({"type": "socketio.ack", "id": 7, "args": ["ok", b"\x01"]})
    assert await websocket.read_many(2) == ['461-/chat,7["ok",{"_placeholder":true,"num":0}]', b"\x01"]


# -- the end ------------------------------------------------------------------------------------------------


async def test_events_that_came_before_still_run_then_the_disconnect_comes():
    apps = Apps()
    websocket = await joined(server(apps))
    websocket.write('42["a"]', '42["b"]', "41", '42["late"]')
    call = apps.calls[0]
    await call.done()
    assert call.events() == [("a",), ("b",)] and call.reasons() == ["client namespace disconnect"]
    assert call.cancelled == 0


async def test_rooms_are_left_at_once_and_still_seen_by_the_handlers():
    seen = []

    class Rooms(Apps):
        async def connect(self, call):
            await call.join("x")
            await call.accept()

        async def handle(self, call, message):
            seen.append(call.socket.rooms)

    app = server(Rooms())
    websocket = await joined(app)
    websocket.cut()
    await until(lambda: seen)
    assert seen == [{websocket.public, "x"}] and app.hub.rooms == app.hub.namespaces == {}


async def test_a_join_that_is_under_way_when_the_client_leaves_keeps_nothing():
    class SlowLayer:
        def __init__(self):
            self.gate = asyncio.Event()

        async def new_channel(self):
            return "specific.x!y"

        async def receive(self, channel):
            await asyncio.Event().wait()

        async def group_add(self, group, channel):
            await self.gate.wait()

        async def group_discard(self, group, channel):
            await self.gate.wait()

    class Joining(Apps):
        async def handle(self, call, message):
            if message["type"] == "socketio.event":
                await call.join("x", "y", "z")
                await call.join("later")

    layer = SlowLayer()
    layer.gate.set()
    app = server(Joining(), layer)
    websocket = await joined(app)
    layer.gate.clear()
    websocket.write('42["join"]')
    await turns()
    websocket.cut()
    await turns()
    layer.gate.set()
    await turns(40)
    assert app.hub.rooms == app.hub.namespaces == {}
    assert len(app.hub.link._wanted) == len(app.hub.link._members) == 1, "the group of every hub"


async def test_a_hanging_application_is_cancelled_once_and_later_again(clock):
    class Hanging(Apps):
        async def connect(self, call):
            await call.accept()
            for _ in range(2):
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    call.cancelled += 1

    apps = Hanging()
    websocket = await joined(server(apps))
    websocket.cut()
    await turns()
    call = apps.calls[0]
    await clock.advance(9.9)
    assert call.cancelled == 0
    await clock.advance(0.2)
    assert call.cancelled == 1
    await clock.advance(9)
    assert call.cancelled == 1
    await clock.advance(1.1)
    assert call.cancelled == 2


async def test_who_ended_in_time_is_not_remembered_until_its_deadline():
    import gc
    import weakref

    apps = Apps()
    websocket = await joined(server(apps))
    socket = weakref.ref(apps.calls[0].socket)
    websocket.cut()
    await apps.calls[0].done()
    await websocket.done()
    apps.calls.clear()
    del websocket
    await turns()
    gc.collect()
    assert socket() is None


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


async def test_the_ack_of_an_emit_with_an_id_is_a_message(unraised):
    apps = Apps()
    websocket = await joined(server(apps, max_pending_acks=2))
    call = await apps.call()
    message = {"type": "socketio.emit", "event": "ask", "args": [], "flags": {}}
    await call.send({**message, "id": 70})
    await call.send({**message, "id": 71})
    with pytest.raises(AckTimeout, match="MAX_PENDING_ACKS"):
        await call.send({**message, "id": 72})
    number = re.fullmatch(r'42(\d+)\["ask"\]', await websocket.read())[1]
    websocket.write(f'43{number}["yes",1]')
    websocket.write(f'43{number}["again"]')
    websocket.write('42["and on"]')
    websocket.write("41")
    await call.done()
    assert [each for each in call.messages if each["type"] == "socketio.ack"] == [
        {"type": "socketio.ack", "id": 70, "args": ["yes", 1]}
    ]


async def test_an_emit_with_an_id_before_the_accept_is_the_applications_error():
    apps = Pending()
    websocket = await open_websocket(server(apps))
    websocket.write("40")
    with pytest.raises(RuntimeError):
        await (await apps.call()).send({"type": "socketio.emit", "event": "ask", "args": [], "id": 1})


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


async def test_emits_to_a_gone_socket_do_nothing_and_are_counted():
    apps, before = Apps(), counters["emits_to_gone_sockets"]
    websocket = await joined(server(apps))
    websocket.cut()
    await apps.calls[0].done()
    await apps.calls[0].emit("x")
    await apps.calls[0].join("x")
    assert counters["emits_to_gone_sockets"] == before + 1 and apps.calls[0].socket.hub.rooms == {}


async def test_disconnecting_one_namespace_leaves_the_others():
    apps = Apps()
    websocket = await joined(server(apps))
    await join(websocket, "/chat")
    await apps.calls[1].send({"type": "socketio.close"})
    assert await websocket.read() == "41/chat,"
    await apps.calls[1].done()
    assert apps.calls[1].reasons() == ["server namespace disconnect"]
    await apps.calls[0].emit("on")
    assert await websocket.read() == '42["on"]'


async def test_closing_the_client_says_so_to_each_namespace_and_closes():
    apps = Apps()
    app = server(apps)
    websocket = await joined(app)
    await join(websocket, "/chat")
    await apps.calls[1].send({"type": "socketio.close", "client": True})
    assert await websocket.read_many(3) == ["41", "41/chat,", ("closed", 1000)]
    for call in apps.calls:
        await call.done()
        assert call.reasons() == ["server namespace disconnect"]


async def test_closing_over_polling_keeps_the_packets_apart():
    apps = Apps()
    session = await open_polling(server(apps))
    await session.say("40")
    assert (await session.poll())[1].startswith(b"40")
    await apps.calls[0].send({"type": "socketio.close", "client": True})
    assert await session.poll() == (200, b"41")
    assert await session.poll() == (200, b"6\x1e1")


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
