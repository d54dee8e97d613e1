"""A request that comes to another process than its session's is served as if it had come to that one."""

import asyncio
import json

import pytest

from realtime.engine.forwarding.lines import MESSAGE, OTHER_VERSION, engines_group
from realtime.engine.forwarding.wire import Envelope, Kind, Record, seal
from realtime.metrics import counters
from realtime.sids import new_sid
from realtime.signals import cluster_interrupted
from tests.engine.asgi import Request, WebSocket, engine, open_polling
from tests.roundrobin.engines import SECRET, Balancer, until

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("unraised")]
POST = {
    "type": "http", "path": "/engine.io/", "query_string": "EIO=4&transport=polling", "method": "POST", "headers": [],
    "extensions": [],
}  # fmt: skip
UNKNOWN = (400, b'{"code":1,"message":"Session ID unknown"}')


@pytest.fixture
async def balancer(redis_server):
    """``balancer(count, **options)``: engines in front of which each request goes to the next."""
    made = []

    def make(*args, **options):
        made.append(Balancer(redis_server, *args, **options))
        return made[-1]

    yield make
    for each in made:
        await each.close()


# -- polling ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("eio", [3, 4])
async def test_polls_and_posts_find_their_session(balancer, eio):
    session = await open_polling(balancer(), eio)
    for i in range(6):
        packet = f"4{i}" if eio == 4 else f"2:4{i}"
        assert (await session.say(packet))[0] == 200
        session.client.send(f"echo {i}")
        status, body = await session.poll()
        assert status == 200 and body.endswith(f"4echo {i}".encode())
    assert session.handler.messages == [str(i) for i in range(6)]


async def test_a_poll_elsewhere_waits_for_what_comes(balancer):
    session = await open_polling(balancer().through(0))
    session.app.through(1)
    poll = session.get()
    await until(lambda: session.client.polled)
    session.app.through(2)
    assert await session.say("4hello") == (200, b"ok")
    session.client.send("world")
    assert await poll.answer() == (200, b"4world")


async def test_large_bodies_travel_whole_both_ways(balancer):
    session = await open_polling(balancer())
    text = "é" * 400_000
    for _ in range(3):
        assert await session.say(f"4{text}") == (200, b"ok")
        session.client.send(text)
        assert await session.poll() == (200, f"4{text}".encode())
    assert session.handler.messages == [text] * 3


async def test_a_body_that_comes_in_many_pieces_arrives_whole(balancer):
    session = await open_polling(balancer())
    for _ in range(3):
        post = Request(session.app, session.query, method="POST")
        for i in range(100):
            body = (b"4" if i == 0 else b"") + b"x" * 8192
            post.incoming.put_nowait({"type": "http.request", "body": body, "more_body": i < 99})
        assert await post.answer() == (200, b"ok")
    assert session.handler.messages == ["x" * 819_200] * 3


async def test_a_body_over_the_limit_is_refused_and_the_session_goes_on(balancer):
    session = await open_polling(balancer(max_http_buffer_size=1000).through(0))
    session.app.through(1)
    assert await session.say("4" * 1001) == (413, b"")
    assert await session.say("4hello") == (200, b"ok")
    assert session.handler.messages == ["hello"]


async def test_an_answer_has_the_headers_that_it_would_have_at_home(balancer):
    session = await open_polling(balancer(cors_allowed_origins=["https://a.example"]).through(0))
    session.app.through(1)
    session.headers = {"origin": "https://a.example", "accept-encoding": "gzip"}
    session.client.send("x" * 5000)
    headers = dict((await session.get().next())["headers"])
    assert headers[b"access-control-allow-origin"] == b"https://a.example"
    assert headers[b"content-encoding"] == b"gzip"


async def test_jsonp_works_everywhere(balancer):
    session = await open_polling(balancer(jsonp=True), 3)
    session.query += "&j=7"
    assert await session.say("d=2:4x") == (200, b"ok")
    session.client.send("hello")
    assert await session.poll() == (200, b'___eio[7]("6:4hello");')
    assert session.handler.messages == ["x"]


async def test_a_poll_that_is_cut_ends_the_session_at_home(balancer):
    session = await open_polling(balancer().through(0))
    session.app.through(1)
    handler, poll = session.handler, session.get()
    await until(lambda: session.client.polled)
    poll.cut()
    await until(lambda: handler.reasons)
    assert handler.reasons == ["transport error"]
    assert await session.poll() == UNKNOWN


async def test_two_polls_at_once_end_the_session_wherever_they_came(balancer):
    session = await open_polling(balancer().through(0))
    handler = session.handler
    session.app.through(1)
    first = session.get()
    await until(lambda: session.client.polled)
    session.app.through(2)
    assert (await session.poll())[0] == 400
    assert (await first.answer()) == (200, b"1")
    assert handler.reasons == ["transport error"]


async def test_what_is_queued_goes_out_once_and_in_order_over_all_processes(balancer):
    session, got = await open_polling(balancer(max_poll_packets=7)), []
    for i in range(100):
        session.client.send(str(i))
    while len(got) < 100:
        got += (await session.poll())[1].decode().split("\x1e")
    assert got == [f"4{i}" for i in range(100)]


async def test_an_answer_that_cannot_be_passed_on_ends_the_session(balancer):
    """It has taken packets away: were the session to go on, they would be missing, and nobody would know."""
    session = await open_polling(balancer().through(0))
    handler, before = session.handler, counters["polls_lost"]
    session.client.send("hello")
    session.app.through(1)
    poll = session.get()
    poll.fails = ConnectionResetError()
    with pytest.raises(ConnectionResetError):
        await poll.done()
    await until(lambda: handler.reasons)
    assert handler.reasons == ["transport error"] and counters["polls_lost"] == before + 1


async def test_a_poll_never_overtakes_an_answer_that_may_be_lost(balancer):
    """A load balancer asks again, elsewhere, for the GET of a process that has died with the answer in its hands."""
    balanced = balancer(forward_timeout=1.0).through(0)
    session = await open_polling(balanced)
    balanced.through(1)
    poll, handler = session.get(), session.handler
    await until(lambda: session.client.polled)
    poll.gate.clear()  # the answer gets as far as this process
    session.client.send("first")
    await until(lambda: session.client.answered)
    session.client.send("second")
    balanced.through(2)
    again = session.get()
    await asyncio.sleep(0.1)
    assert not again.sent
    await balanced.layers[1].flush()  # which is deaf and dumb now
    assert await again.answer() == UNKNOWN
    assert handler.reasons == ["transport error"]
    poll.gate.set()


async def test_a_poll_waits_for_the_last_answer_to_arrive(balancer):
    session = await open_polling(balancer().through(0))
    session.app.through(1)
    first = session.get()
    await until(lambda: session.client.polled)
    first.gate.clear()
    session.client.send("first")
    await until(lambda: session.client.answered)
    session.client.send("second")
    session.app.through(2)
    second = session.get()
    first.gate.set()
    assert await first.answer() == (200, b"4first")
    assert await second.answer() == (200, b"4second")


# -- who may ------------------------------------------------------------------------------------------------


async def test_somebody_else_gets_no_session_and_harms_none(balancer):
    session = await open_polling(balancer().through(0), headers={"cookie": "ada"})
    session.app.through(1)
    for headers in ({}, {"cookie": "eve"}):
        assert await Request(session.app, session.query, headers=headers).answer() == UNKNOWN
    cut = Request(session.app, session.query, headers={"cookie": "eve"})
    cut.fails = ConnectionResetError()
    with pytest.raises(ConnectionResetError):
        await cut.done()
    assert await session.say("4hello") == (200, b"ok")


async def test_a_page_of_another_site_is_refused_where_it_comes(balancer):
    session = await open_polling(balancer().through(0))
    session.app.through(1)
    before, session.headers = counters["requests_forwarded"], {"origin": "https://evil.example", "host": "a.example"}
    assert (await session.poll())[0] == 403
    assert counters["requests_forwarded"] == before


SIDS = {
    "no sid at all": "nobody", "of the right length": "x" * 28,
    "of a socket": new_sid(SECRET), "of another deployment": new_sid(b"another deployment", b"engine"),
}  # fmt: skip


@pytest.mark.parametrize("sid", SIDS.values(), ids=SIDS)
async def test_an_id_that_names_no_engine_costs_nothing(balancer, sid):
    before = counters["requests_forwarded"]
    assert await Request(balancer(), f"EIO=4&transport=polling&sid={sid}").answer() == UNKNOWN
    assert counters["requests_forwarded"] == before


async def test_a_session_that_is_no_more_is_unknown_everywhere(balancer):
    session = await open_polling(balancer().through(0))
    session.app.through(1)
    assert await session.say("1") == (200, b"ok")
    assert await session.poll() == UNKNOWN


async def test_headers_over_the_limit_are_not_passed_on(balancer):
    session = await open_polling(balancer(max_header_bytes=2000).through(0))
    session.app.through(1)
    session.headers = {"x-padding": "x" * 2000}
    before = counters["requests_forwarded"]
    assert (await session.poll())[0] == 400
    assert counters["requests_forwarded"] == before


async def test_a_process_without_others_hands_out_ids_as_node_does():
    assert len((await open_polling(engine())).sid) == 20


async def test_forwarding_can_be_switched_off(balancer):
    session = await open_polling(balancer(max_forwarded_requests=0))
    assert len(session.sid) == 20 and await session.poll() == UNKNOWN


# -- limits -------------------------------------------------------------------------------------------------


async def test_no_more_requests_than_the_limit_are_forwarded_at_a_time(balancer):
    balanced = balancer(max_forwarded_requests=2).through(0)
    sessions = [await open_polling(balanced) for _ in range(3)]
    balanced.through(1)
    polls = [session.get() for session in sessions[:2]]
    await until(lambda: all(session.client.polled for session in sessions[:2]))
    before = counters["forwards_refused"]
    assert await sessions[2].poll() == (400, b'{"code":3,"message":"Too many forwarded requests"}')
    balanced.through(2)  # which may, but the owner has enough
    assert await sessions[2].poll() == UNKNOWN
    assert counters["forwards_refused"] == before + 2
    for session, poll in zip(sessions, polls, strict=False):
        session.client.send("hello")
        assert await poll.answer() == (200, b"4hello")
    await until(lambda: not balanced.engines[0].exchange.served)
    assert await sessions[2].say("4hello") == (200, b"ok")


async def test_a_slow_reader_elsewhere_holds_up_no_more_than_its_outbox(balancer):
    balanced = balancer(max_outbox_bytes=3_000_000).through(0)
    session = await open_polling(balanced)
    balanced.through(1)
    websocket = await upgraded(session)
    websocket.gate.clear()
    for _ in range(40):
        session.client.send("x" * 100_000)
        await asyncio.sleep(0.01)
    await until(lambda: session.handler.reasons)
    assert session.handler.reasons == ["outbox overflow"]
    tunnel = next(iter(balanced.engines[1].exchange.asked.values()))
    assert sum(size for _, size in tunnel._incoming) < 1_000_000
    websocket.gate.set()


# -- websockets ---------------------------------------------------------------------------------------------


async def upgraded(session):
    websocket = await session.probing()
    websocket.write("5")
    await until(lambda: session.client.session.transport == "websocket")
    return websocket


@pytest.mark.parametrize("eio", [3, 4])
async def test_an_upgrade_elsewhere_moves_the_session_to_that_websocket(balancer, eio):
    session = await open_polling(balancer().through(0), eio)
    session.app.through(1)
    poll = session.get()
    await until(lambda: session.client.polled)
    session.app.through(2)
    websocket = await session.probing()
    assert (await poll.answer())[0] == 200
    websocket.write("5", "4hello", b"\x00\xff" if eio == 4 else b"\x04\x00\xff", "4" + "x" * 500_000)
    await until(lambda: len(session.handler.messages) == 3)
    assert session.handler.messages == ["hello", b"\x00\xff", "x" * 500_000]
    session.client.send("world")
    session.client.send(b"\x00\xff")
    session.client.send("y" * 500_000)
    assert await websocket.read_many(3) == ["4world", b"\x00\xff" if eio == 4 else b"\x04\x00\xff", "4" + "y" * 500_000]
    session.client.close()
    assert await websocket.read() == ("closed", 1000)
    websocket.cut()
    await websocket.done()


async def test_a_websocket_that_is_lost_elsewhere_ends_the_session(balancer):
    session = await open_polling(balancer().through(0))
    session.app.through(1)
    handler, websocket = session.handler, await upgraded(session)
    websocket.cut()
    await until(lambda: handler.reasons)
    assert handler.reasons == ["transport close"]


async def test_a_second_websocket_is_accepted_and_closed(balancer):
    session = await open_polling(balancer().through(0))
    session.app.through(1)
    await upgraded(session)
    session.app.through(2)
    second = await session.upgrade().accepted()
    assert await second.read() == ("closed", 1000)


async def test_a_thousand_frames_each_way_stay_in_order(balancer):
    session = await open_polling(balancer().through(0))
    session.app.through(1)
    websocket = await upgraded(session)
    websocket.write(*[f"4{i}" for i in range(1000)])
    for i in range(1000):
        session.client.send(str(i))
    assert await websocket.read_many(1000) == [f"4{i}" for i in range(1000)]
    await until(lambda: len(session.handler.messages) == 1000)
    assert session.handler.messages == [str(i) for i in range(1000)]


async def test_a_websocket_for_an_unknown_session_is_refused(balancer):
    session = await open_polling(balancer().through(0))
    session.client.close()
    await session.poll()
    session.app.through(1)
    websocket = session.upgrade()
    assert await websocket.next() == {"type": "websocket.close"}


# -- when an engine is gone ---------------------------------------------------------------------------------


async def test_a_session_whose_engine_is_gone_is_unknown_in_time_and_then_at_once(balancer):
    balanced = balancer(forward_timeout=0.5).through(1)
    dead = new_sid(SECRET, b"nobody")
    loop, query = asyncio.get_running_loop(), f"EIO=4&transport=polling&sid={dead}"
    started = loop.time()
    assert await Request(balanced, query).answer() == UNKNOWN
    assert 0.4 < loop.time() - started < 3
    before, started = counters["requests_forwarded"], loop.time()
    assert await Request(balanced, query).answer() == UNKNOWN
    assert loop.time() - started < 0.3 and counters["requests_forwarded"] == before


async def test_polls_and_websockets_end_when_their_engine_says_goodbye(balancer):
    balanced = balancer().through(0)
    polling, over = await open_polling(balanced), await open_polling(balanced)
    balanced.through(1)
    poll, websocket = polling.get(), await upgraded(over)
    await until(lambda: polling.client.polled)
    balanced.engines[0].close()
    await balanced.engines[0].leave(within=1)
    assert await poll.answer() == (200, b"1")
    assert await websocket.read() == ("closed", 1000)
    started = asyncio.get_running_loop().time()
    assert await polling.poll() == UNKNOWN
    assert asyncio.get_running_loop().time() - started < 0.3


async def test_a_late_word_of_an_engine_that_said_goodbye_does_not_bring_it_back(balancer):
    """Or its clients' polls would wait for FORWARD_TIMEOUT again."""
    balanced = balancer().through(0)
    session = await open_polling(balanced)
    gone, here = (balanced.engines[i].exchange for i in (0, 1))
    balanced.through(1)
    assert await session.say("4hello") == (200, b"ok")
    balanced.engines[0].close()
    await balanced.engines[0].leave(within=1)
    await until(lambda: here.lines.silent(gone.tag))
    late = Envelope(here.tag, gone.tag, 1, 0, 0, 0, ())
    for each in (late, late._replace(sender=b"others")):
        message = {"type": MESSAGE, "body": seal(each, SECRET)}
        await balanced.layers[2].group_send(engines_group(here.tag), message)
    await until(lambda: b"others" in here.lines.by_tag)
    assert here.lines.silent(gone.tag) and gone.tag not in here.lines.by_tag


async def test_a_process_that_stops_lets_the_requests_of_others_go(balancer):
    balanced = balancer().through(0)
    polling, over = await open_polling(balanced), await open_polling(balanced)
    balanced.through(1)
    poll, websocket = polling.get(), await upgraded(over)
    await until(lambda: polling.client.polled)
    await balanced.engines[1].leave(within=10)
    assert await poll.answer() == (200, b"6")
    assert await websocket.read() == ("closed", 1001)
    assert (await polling.poll())[0] == 503
    balanced.through(2)
    assert await polling.say("4hello") == (200, b"ok")
    polling.client.send("world")
    assert await polling.poll() == (200, b"4world")
    await until(lambda: over.handler.reasons == ["transport close"])


async def test_polls_and_websockets_end_when_their_engine_falls_silent(balancer):
    balanced = balancer(forward_timeout=1.0).through(0)
    polling, over = await open_polling(balanced), await open_polling(balanced)
    balanced.through(1)
    poll, websocket = polling.get(), await upgraded(over)
    await until(lambda: polling.client.polled)
    await balanced.layers[0].flush()  # it hears nothing any more
    assert await poll.answer() == UNKNOWN
    assert await websocket.read() == ("closed", 1001)


async def test_sessions_elsewhere_survive_a_redis_that_restarts(balancer, redis_server):
    balanced = balancer().through(0)
    session = await open_polling(balanced)
    balanced.through(1)
    websocket = await upgraded(session)
    redis_server.kill()
    session.client.send("while it is away")
    websocket.write("4there")
    await asyncio.sleep(1)
    redis_server.start()
    assert await websocket.read() == "4while it is away"
    await until(lambda: session.handler.messages == ["there"])


# -- what others write into the layer -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        None, 17, "text", b"", b"\x01garbage", b"\x01" * 200, [b"list"],
        pytest.param("forged", id="forged"), pytest.param("for another", id="for another"),
    ],
)  # fmt: skip
async def test_a_hostile_message_is_dropped_and_counted(balancer, body):
    balanced = balancer(1).through(0)
    session = await open_polling(balanced)
    exchange = balanced.engines[0].exchange
    opening = (Record(Kind.OPEN, 2, b"{}"),)
    if body == "forged":
        body = seal(Envelope(exchange.tag, b"attack", 1, 0, 0, 0, opening), b"not the secret")
    elif body == "for another":
        body = seal(Envelope(b"elsewh", b"attack", 1, 0, 0, 0, opening), SECRET)
    before = counters["tunnel_messages_refused"]
    await balanced.layers[0].group_send(engines_group(exchange.tag), {"type": MESSAGE, "body": body})
    await until(lambda: counters["tunnel_messages_refused"] == before + 1)
    assert not exchange.served
    assert await session.say("4hello") == (200, b"ok")


@pytest.mark.parametrize("message", [17, "text", [MESSAGE], None])
async def test_what_is_no_message_is_dropped_and_counted(balancer, message):
    balanced = balancer(1).through(0)
    session = await open_polling(balanced)
    group = engines_group(balanced.engines[0].exchange.tag)
    before = counters["layer_messages_refused"]
    await balanced.layers[0].group_send(group, message)
    await until(lambda: counters["layer_messages_refused"] == before + 1)
    assert await session.say("4hello") == (200, b"ok")


async def test_another_version_is_refused_and_told_once(balancer, caplog):
    balanced = balancer(1).through(0)
    await open_polling(balanced)
    exchange, before = balanced.engines[0].exchange, counters["tunnel_messages_refused"]
    for _ in range(3):
        message = {"type": MESSAGE, "body": b"\x09" + b"x" * 200}
        await balanced.layers[0].group_send(engines_group(exchange.tag), message)
    await until(lambda: counters["tunnel_messages_refused"] == before + 3)
    assert [record.message for record in caplog.records] == [OTHER_VERSION % 9]


@pytest.mark.parametrize(
    "records",
    [
        [Record(Kind.OPEN, 2, b"nonsense")],
        [Record(Kind.OPEN, 2, b"nonsense"), Record(Kind.OPEN, 2, b"twice")],
        [Record(Kind.OPEN, 2, json.dumps({"type": "lifespan"}).encode())],
        [Record(77, 2, b""), Record(Kind.EVENT, 4, b"for nobody")],
        [Record(Kind.OPEN, 2, json.dumps(POST).encode()), Record(Kind.EVENT, 2, b"\xff\xff\xff\xff\xff\xff")],
    ],
)  # fmt: skip
async def test_a_sealed_message_that_makes_no_sense_harms_nobody(balancer, records):
    balanced = balancer(1).through(0)
    session = await open_polling(balanced)
    exchange = balanced.engines[0].exchange
    message = {"type": MESSAGE, "body": seal(Envelope(exchange.tag, b"madman", 1, 0, 0, 0, tuple(records)), SECRET)}
    await balanced.layers[0].group_send(engines_group(exchange.tag), message)
    await until(lambda: b"madman" in exchange.lines.by_tag)
    assert await session.say("4hello") == (200, b"ok")


async def test_websocket_handshakes_without_a_session_are_never_forwarded(balancer):
    before = counters["requests_forwarded"]
    websocket = await WebSocket(balancer(), "EIO=4&transport=websocket").accepted()
    assert (await websocket.read())[:8] == '0{"sid":' and counters["requests_forwarded"] == before


async def test_sessions_elsewhere_survive_a_redis_that_forgets_everything(redis_server):
    layers = "channels_redis.core.RedisChannelLayer"
    balanced = Balancer(redis_server, layer=layers).through(0)
    session = await open_polling(balanced)
    balanced.through(1)
    assert await session.say("4before") == (200, b"ok")
    await flush(redis_server)
    cluster_interrupted.send(None)  # what the hub of a process says that hears itself no more
    assert await session.say("4after") == (200, b"ok")
    assert session.handler.messages == ["before", "after"]
    await balanced.close()


async def flush(redis_server):
    from redis.asyncio import Redis

    async with Redis.from_url(redis_server.url) as redis:
        await redis.flushall()
