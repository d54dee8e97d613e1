"""Polls and POSTs that overlap, are cut or come at the wrong moment."""

import asyncio

import pytest

from tests.engine.asgi import Request, engine, open_polling, turns


async def test_a_poll_waits_for_what_is_sent():
    session = await open_polling(engine())
    poll = session.get()
    await turns()
    session.client.send("a")
    session.client.send("b")
    assert await poll.answer() == (200, b"4a\x1e4b")


async def test_two_polls_in_one_turn_of_the_loop_are_two_at_a_time():
    app = engine()
    session = await open_polling(app)
    first, second = session.get(), session.get()
    assert await first.answer() == (200, b"1")
    assert await second.answer() == (400, b"")
    assert session.handler.reasons == ["transport error"] and app.clients == {}
    assert session.client.details == "overlap from client"


async def test_two_posts_in_one_turn_of_the_loop_are_two_at_a_time():
    app = engine()
    session = await open_polling(app)
    first, second = Request(app, session.query, method="POST"), session.post("4b")
    assert (await second.answer())[0] == 400
    assert session.handler.reasons == ["transport error"] and app.clients == {}
    first.incoming.put_nowait({"type": "http.request", "body": b"4a"})
    await first.done()
    assert session.handler.messages == []


async def test_a_poll_that_is_cut_ends_the_session(unraised):
    app = engine()
    session = await open_polling(app)
    poll = session.get()
    await turns()
    poll.cut()
    await poll.done()
    assert session.handler.reasons == ["transport error"] and app.clients == {}
    assert session.client.details == "poll connection closed prematurely"
    assert poll.sent == []


async def test_a_poll_that_is_cut_as_its_answer_comes_ends_the_session_too():
    app = engine()
    session = await open_polling(app)
    poll = session.get()
    await turns()
    session.client.send("lost")
    poll.cut()
    await poll.done()
    assert session.handler.reasons == ["transport error"] and app.clients == {}


async def test_a_poll_that_the_server_cancels_ends_the_session(unraised):
    app = engine()
    session = await open_polling(app)
    poll = session.get()
    await turns()
    poll.task.cancel()
    await asyncio.wait([poll.task])
    assert session.handler.reasons == ["transport error"] and app.clients == {}


async def test_a_post_that_is_cut_ends_the_session_and_the_poll(unraised):
    app = engine()
    session = await open_polling(app)
    poll = session.get()
    post = Request(app, session.query, method="POST")
    post.incoming.put_nowait({"type": "http.request", "body": b"4half", "more_body": True})
    await turns()
    post.cut()
    assert await poll.answer() == (200, b"1")
    await post.done()
    assert session.handler.messages == [] and session.handler.reasons == ["transport error"]


async def test_a_post_that_the_server_cancels_ends_the_session():
    app = engine()
    session = await open_polling(app)
    post = Request(app, session.query, method="POST")
    await turns()
    post.task.cancel()
    await asyncio.wait([post.task])
    assert session.handler.reasons == ["transport error"] and app.clients == {}


async def test_a_post_that_takes_too_long_ends_the_session():
    app = engine(body_timeout=0.01)
    session = await open_polling(app)
    post = Request(app, session.query, method="POST")
    assert (await post.answer())[0] == 408
    assert session.handler.reasons == ["transport error"] and app.clients == {}


async def test_a_body_in_many_parts_is_one():
    app = engine()
    session = await open_polling(app)
    post = Request(app, session.query, method="POST")
    for part in (b"4h\xc3", b"", b"\xa9"):
        post.incoming.put_nowait({"type": "http.request", "body": part, "more_body": True})
    post.incoming.put_nowait({"type": "http.request", "body": b"llo"})
    assert await post.answer() == (200, b"ok")
    assert session.handler.messages == ["héllo"]


@pytest.mark.parametrize(
    ("body", "headers"),
    [(b"4" + b"x" * 100, {}), (b"4", {"content-length": "101"}), (b"4", {"content-length": "9" * 99})],
)
async def test_a_body_over_the_limit_is_413_and_the_session_goes_on(body, headers):
    app = engine(max_http_buffer_size=100)
    session = await open_polling(app, headers=headers)
    assert await session.say(body) == (413, b"")
    assert session.handler.messages == session.handler.reasons == []


async def test_a_poll_answer_has_at_most_sixteen_packets():
    session = await open_polling(engine())
    for number in range(20):
        session.client.send(f"{number}")
    assert (await session.poll())[1].count(b"\x1e") == 15
    assert (await session.poll())[1] == b"416\x1e417\x1e418\x1e419"


async def test_the_close_packet_has_an_answer_of_its_own_after_what_is_queued():
    app = engine()
    session = await open_polling(app)
    session.client.send("last")
    session.client.close()
    assert await session.poll() == (200, b"4last")
    assert await session.poll() == (200, b"6\x1e1")
    assert (await session.poll())[0] == 400 and app.clients == {}


async def test_a_closing_session_waits_for_its_last_poll_only_so_long():
    app = engine(close_timeout=0.01)
    session = await open_polling(app)
    session.client.close()
    assert app.clients
    await asyncio.sleep(0.03)
    assert app.clients == {}


async def test_a_session_that_ends_as_its_poll_is_answered_sends_no_empty_payload():
    session = await open_polling(engine())
    poll = session.get()
    await turns()
    session.client.send("a")
    session.client.abort("ping timeout")
    status, body = await poll.answer()
    assert status == 200 and body in (b"4a", b"1")


async def test_a_flood_in_one_post_lets_others_run():
    app = engine()
    session, turns_of_others = await open_polling(app), []

    async def other():
        while len(session.handler.messages) < 10_000:
            turns_of_others.append(len(session.handler.messages))
            await asyncio.sleep(0)

    watching = asyncio.ensure_future(other())
    assert (await session.say("\x1e".join(["4"] * 10_000)))[0] == 200
    await watching
    assert len(turns_of_others) > 30


async def test_a_bad_packet_ends_the_session_behind_the_good_ones():
    app = engine()
    session = await open_polling(app)
    assert await session.say("4good\x1exbad\x1e4never") == (400, b"")
    assert session.handler.messages == ["good"] and session.handler.reasons == ["parse error"]


@pytest.mark.parametrize(
    ("eio", "query", "body"),
    [
        (3, "&j=0", "d=" + "&a" * 20),
        (3, "&j=0", "d=5:4a\xff"),
        (3, "&j=0", "nothing"),
        (3, "", "\x00"),
        (4, "", "\x1e" * 1000),
        (4, "", b"\xff"),
    ],
)
async def test_garbage_is_answered_with_400(eio, query, body):
    session = await open_polling(engine(jsonp=True), eio)
    session.query += query
    assert (await session.say(body))[0] == 400
    assert session.handler.reasons == ["parse error"]


async def test_jsonp_round_trip():
    session = await open_polling(engine(jsonp=True), 3)
    session.query += "&j=7"
    assert await session.say("d=5:4a\\nb\u2028") == (200, b"ok")
    assert session.handler.messages == ["a\nb\u2028"]
    session.client.send("</script>\u2029")
    assert (await session.poll())[1].decode() == '___eio[7]("11:4<\\/script>\\u2029");'


async def test_a_lone_surrogate_does_not_break_a_binary_answer():
    session = await open_polling(engine(), 3)
    session.client.send("\ud83d")
    session.client.send(b"\x01")
    status, body = await session.poll()
    assert status == 200 and body.endswith(b"\x01\x02\xff\x04\x01")


async def test_no_answer_within_the_pings_time_is_the_end_by_the_clock(clock):
    app = engine()
    session = await open_polling(app)
    for seconds, frame in ((25.1, b"2"), (20, b"1")):
        poll = session.get()
        await turns()
        await clock.advance(seconds)
        assert await poll.answer() == (200, frame)
    assert session.handler.reasons == ["ping timeout"] and app.clients == {}


async def test_ten_thousand_pongs_make_no_tasks():
    session = await open_polling(engine())
    before = len(asyncio.all_tasks())
    await session.say("\x1e".join(["3"] * 10_000))
    assert len(asyncio.all_tasks()) <= before + 1


# -- whose session it is ------------------------------------------------------------------------------------


def who(scope, headers):
    return headers.get("cookie")


async def test_a_sid_of_somebody_else_is_unknown_and_its_session_goes_on():
    app = engine(identify=who)
    session = await open_polling(app, headers={"cookie": "alice"})
    foreign = Request(app, session.query, headers={"cookie": "mallory"})
    assert await foreign.answer() == (400, b'{"code":1,"message":"Session ID unknown"}')
    assert (await Request(app, session.query).answer())[0] == 400
    assert (await session.say("4hi"))[0] == 200 and session.handler.messages == ["hi"]


async def test_a_session_whose_identity_is_gone_is_closed_when_somebody_else_asks():
    asked = []

    async def gone(identity):
        asked.append(identity)
        await turns()
        return identity == "old"

    app = engine(identify=who, identity_gone=gone, close_timeout=0.01)
    old = await open_polling(app, headers={"cookie": "old"})
    living = await open_polling(app, headers={"cookie": "living"})
    for session in (old, old, living):
        assert (await Request(app, session.query, headers={"cookie": "new"}).answer())[0] == 400
    await turns(40)
    assert asked == ["old", "living"], "once at a time for a session"
    assert old.handler.reasons == ["transport close"] and living.handler.reasons == []


async def test_an_origin_rule_that_has_to_be_awaited_lets_nobody_in(caplog):
    async def anybody(scope, headers, options):
        return False

    request = Request(engine(check_origin=anybody), "EIO=4&transport=polling")
    with pytest.raises(TypeError, match="CHECK_ORIGIN must be a plain function"):
        await request.done()
