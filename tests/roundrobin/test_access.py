"""Who may use a session through another process, and how many requests are forwarded at a time."""

import pytest

from realtime.metrics import counters
from realtime.sids import new_sid
from tests.engine.asgi import Request, engine, open_polling
from tests.roundrobin.engines import SECRET, UNKNOWN, elsewhere, until

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("unraised")]
SIDS = {
    "no sid at all": "nobody", "of the right length": "x" * 28,
    "of a socket": new_sid(SECRET), "of another deployment": new_sid(b"another deployment", b"engine"),
}  # fmt: skip


async def test_somebody_else_gets_no_session_and_harms_none(balancer):
    session = await elsewhere(balancer(), headers={"cookie": "ada"})
    for headers in ({}, {"cookie": "eve"}):
        assert await Request(session.app, session.query, headers=headers).answer() == UNKNOWN
    cut = Request(session.app, session.query, headers={"cookie": "eve"})
    cut.fails = ConnectionResetError()
    with pytest.raises(ConnectionResetError):
        await cut.done()
    assert await session.say("4hello") == (200, b"ok")


async def test_a_page_of_another_site_is_refused_where_it_comes(balancer):
    session = await elsewhere(balancer())
    before, session.headers = counters["requests_forwarded"], {"origin": "https://evil.example", "host": "a.example"}
    assert (await session.poll())[0] == 403
    assert counters["requests_forwarded"] == before


@pytest.mark.parametrize("sid", SIDS.values(), ids=SIDS)
async def test_an_id_that_names_no_engine_costs_nothing(balancer, sid):
    before = counters["requests_forwarded"]
    assert await Request(balancer(), f"EIO=4&transport=polling&sid={sid}").answer() == UNKNOWN
    assert counters["requests_forwarded"] == before


async def test_a_session_that_is_no_more_is_unknown_everywhere(balancer):
    session = await elsewhere(balancer())
    assert await session.say("1") == (200, b"ok")
    assert await session.poll() == UNKNOWN


async def test_headers_over_the_limit_are_not_passed_on(balancer):
    session = await elsewhere(balancer(max_header_bytes=2000))
    session.headers = {"x-padding": "x" * 2000}
    before = counters["requests_forwarded"]
    assert (await session.poll())[0] == 400
    assert counters["requests_forwarded"] == before


async def test_a_process_without_others_hands_out_ids_as_node_does():
    assert len((await open_polling(engine())).sid) == 20


async def test_forwarding_can_be_switched_off(balancer):
    session = await open_polling(balancer(max_forwarded_requests=0))
    assert len(session.sid) == 20 and await session.poll() == UNKNOWN


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
