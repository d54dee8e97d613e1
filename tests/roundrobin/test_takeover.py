"""Where requests come to all processes, a client that upgrades at once is served where its websocket is."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.engine.forwarding.events import BadEvent
from realtime.engine.forwarding.takeover import MOST_MESSAGES, Waiting, unpack_session
from realtime.metrics import counters
from tests.engine.asgi import open_polling
from tests.roundrobin.engines import Balancer, until

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("unraised")]


@pytest.fixture
async def balancer(redis_server):
    """``await balancer(**options)``: three engines that know that requests come to any of them."""
    made = []

    async def make(**options):
        balanced = Balancer(redis_server, **{"delayed_connection_timeout": 30.0, **options})
        made.append(balanced)
        first = await open_polling(balanced.through(0))
        for which in (1, 2):  # an astray request for and from everybody
            balanced.through(which)
            assert (await first.say("4"))[0] == 200
        balanced.through(0)
        first.client.lost("transport error")
        return balanced

    yield make
    for each in made:
        await each.close()


async def upgrade_at(balanced, which, session, *frames):
    balanced.through(which)
    websocket = await session.probing()
    websocket.write("5", *frames)
    return websocket


@pytest.mark.parametrize("eio", [3, 4])
async def test_a_session_that_upgrades_elsewhere_at_once_moves_there(balancer, eio):
    balanced, before = await balancer(), counters["sessions_moved"]
    session = await open_polling(balanced, eio)
    here, there, _ = balanced.engines
    assert type(session.handler) is Waiting
    websocket = await upgrade_at(balanced, 1, session)
    await until(lambda: session.sid in there.clients)
    client = there.clients[session.sid]
    assert session.sid not in here.clients and counters["sessions_moved"] == before + 1
    assert (client.session.transport, client.session.revision) == ("websocket", eio)
    websocket.write("4hello")
    await until(lambda: client.handler.messages)
    client.send("world")
    assert await websocket.read() == "4world"
    assert client.handler.messages == ["hello"]
    await until(lambda: not here.exchange.served and not there.exchange.asked)


async def test_what_came_before_and_what_comes_right_behind_arrives_once_and_in_order(balancer):
    balanced = await balancer()
    session, posted = await open_polling(balanced), [str(i) for i in range(20)]
    for i, text in enumerate(posted):
        balanced.through(i % 3)
        assert (await session.say(f"4{text}"))[0] == 200
    assert (await session.say("bAP8="))[0] == 200
    behind = [f"4{i}" for i in range(100)]
    await upgrade_at(balanced, 1, session, *behind)
    there = balanced.engines[1].clients
    await until(lambda: session.sid in there)  # between the two it is nowhere
    messages = there[session.sid].handler.messages
    await until(lambda: len(messages) >= 121)
    assert messages == [*posted, b"\x00\xff", *[str(i) for i in range(100)]]


async def test_a_poll_that_waits_is_let_go(balancer):
    balanced = await balancer()
    session = await open_polling(balanced)
    balanced.through(2)
    poll = session.get()
    await until(lambda: session.client.polled)
    await upgrade_at(balanced, 1, session)
    assert await poll.answer() == (200, b"6")


async def test_what_waits_to_go_out_goes_with_it(balancer):
    balanced = await balancer()
    session = await open_polling(balanced)
    session.client.send("first")
    session.client.send(b"\x00")
    websocket = await upgrade_at(balanced, 1, session)
    assert await websocket.read_many(2) == ["4first", b"\x00"]


async def test_the_handshake_goes_with_it(balancer):
    balanced = await balancer()
    session = await open_polling(balanced, query="&token=abc", headers={"cookie": "ada", "x-colour": "teal"})
    opened = session.client.time
    await upgrade_at(balanced, 1, session)
    await until(lambda: session.sid in balanced.engines[1].clients)
    client = balanced.engines[1].clients[session.sid]
    assert (client.identity, client.time) == ("ada", opened)
    assert (b"x-colour", b"teal") in client.scope["headers"] and b"token=abc" in client.scope["query_string"]


async def test_an_upgrade_at_home_begins_at_once(balancer):
    balanced = await balancer()
    session = await open_polling(balanced)
    await session.say("4hello")
    await upgrade_at(balanced, 0, session)
    await until(lambda: type(session.handler) is not Waiting)
    assert session.handler.messages == ["hello"] and session.client.session.transport == "websocket"


async def test_a_client_that_only_polls_waits_for_a_moment(balancer):
    balanced = await balancer(delayed_connection_timeout=0.2)
    session = await open_polling(balanced)
    await session.say("4hello")
    assert type(session.handler) is Waiting
    await until(lambda: type(session.handler) is not Waiting)
    await session.say("4world")
    assert session.handler.messages == ["hello", "world"]


async def test_a_client_that_upgrades_later_stays_where_it_is(balancer):
    balanced = await balancer(delayed_connection_timeout=0.01)
    session = await open_polling(balanced)
    await until(lambda: type(session.handler) is not Waiting)
    await upgrade_at(balanced, 1, session, "4hello")
    await until(lambda: session.handler.messages == ["hello"])
    assert session.sid in balanced.engines[0].clients


async def test_an_upgrade_that_has_begun_is_waited_for(balancer):
    balanced = await balancer(delayed_connection_timeout=0.1)
    session = await open_polling(balanced.through(0))
    balanced.through(1)
    websocket = await session.probing()
    await asyncio.sleep(0.3)
    websocket.write("5")
    await until(lambda: session.sid in balanced.engines[1].clients)


async def test_who_says_much_is_heard_at_once(balancer):
    balanced = await balancer()
    session = await open_polling(balanced)
    for start in (0, 60):
        await session.say("\x1e".join(f"4{i}" for i in range(start, start + 60)))
    assert MOST_MESSAGES < 120 and session.handler.messages == [str(i) for i in range(120)]


async def test_who_leaves_before_has_never_been_there(balancer):
    balanced = await balancer(delayed_connection_timeout=0.2)
    session = await open_polling(balanced)
    waiting = session.handler
    assert await session.say("1") == (200, b"ok")
    await asyncio.sleep(0.4)
    assert session.client.handler is waiting and not balanced.clients


async def test_a_process_that_stops_takes_no_session_over(balancer):
    balanced = await balancer()
    session = await open_polling(balanced)
    balanced.engines[1].stopping = True
    await upgrade_at(balanced, 1, session, "4hello")
    await until(lambda: getattr(session.handler, "messages", None) == ["hello"])
    assert session.sid in balanced.engines[0].clients


async def test_a_process_that_is_full_takes_no_session_over(balancer):
    balanced = await balancer(max_clients=1)
    there = await open_polling(balanced.through(1))
    session = await open_polling(balanced.through(0))
    await upgrade_at(balanced, 1, session, "4hello")
    await until(lambda: type(session.handler) is not Waiting and session.handler.messages == ["hello"])
    assert set(balanced.engines[1].clients) == {there.sid}


async def test_a_websocket_that_fails_leaves_the_session_on_polling(balancer):
    balanced = await balancer()
    session = await open_polling(balanced)
    balanced.through(1)
    websocket = await session.probing()
    websocket.cut()
    await until(lambda: session.client.reader is None)
    assert await session.say("4hello") == (200, b"ok")
    assert session.sid in balanced.engines[0].clients


async def test_without_astray_requests_nobody_waits(redis_server):
    balanced = Balancer(redis_server).through(0)
    assert type((await open_polling(balanced)).handler) is not Waiting
    await balanced.close()


@given(st.binary(max_size=200))
def test_garbage_is_no_session(data):
    with pytest.raises(BadEvent):
        unpack_session(data)
