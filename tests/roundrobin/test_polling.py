"""A request that comes to another process than its session's is served as if it had come to that one."""

import asyncio

import pytest

from realtime.metrics import counters
from tests.engine.asgi import Request, open_polling
from tests.roundrobin.engines import UNKNOWN, elsewhere, until

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("unraised")]


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
    session = await elsewhere(balancer())
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
    session = await elsewhere(balancer(max_http_buffer_size=1000))
    assert await session.say("4" * 1001) == (413, b"")
    assert await session.say("4hello") == (200, b"ok")
    assert session.handler.messages == ["hello"]


async def test_an_answer_has_the_headers_that_it_would_have_at_home(balancer):
    session = await elsewhere(balancer(cors_allowed_origins=["https://a.example"]))
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
    session = await elsewhere(balancer())
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
    balanced = balancer(forward_timeout=1.0)
    session = await elsewhere(balanced)
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
    session = await elsewhere(balancer())
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
