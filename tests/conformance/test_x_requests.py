"""X: requests that are malformed, many at once or full of fields. Each gets its answer, and nobody else notices."""

import asyncio
import json
import time

import pytest

from tests.conformance.clients import PATH, join
from tests.conformance.raw import Closed
from tests.conformance.sessions import assert_error, is_dead

pytestmark = pytest.mark.usefixtures("bystander")


@pytest.mark.parametrize(
    "body", ["", "\x1e", "x", "4a\x1e\x1e4b", "4a\x1ex", b"\xff\xfe", b"4\xed\xa0\x80\xff", "\x00" * 1000]
)
async def test_x1_a_malformed_payload_is_400_and_the_end(server, body):
    session = await server.polling("/engine.io/")
    assert (await session.post(body)).status == 400
    await session.gone()


SIDS = [
    "x" * 5000,
    "%00",
    "%ff%fe",
    "../../etc/passwd",
    "{0.__class__}",
    "%25s",
    "a%0d%0ab",
    "__class__",
    "%F0%9F%98%80",
]


@pytest.mark.parametrize("sid", SIDS)
async def test_x2_a_malformed_sid_is_unknown(server, sid):
    target = f"{PATH}?EIO=4&transport=polling&sid={sid}"
    assert_error(await server.get(target), 1)
    assert_error(await server.request("POST", target, body=b"4x"), 1)
    assert is_dead(await server.refused(f"{PATH}?EIO=4&transport=websocket&sid={sid}"))


async def test_x2_the_sid_of_another_path_and_of_a_socket_are_unknown(server):
    elsewhere = await server.polling("/engine.io/")
    assert_error(await server.get(f"{PATH}?EIO=4&transport=polling&sid={elsewhere.sid}"), 1)
    websocket = await server.direct(PATH)
    sid = await join(websocket)
    assert_error(await server.get(f"{PATH}?EIO=4&transport=polling&sid={sid}"), 1)


async def test_x10_polls_at_once_are_all_answered(server):
    for _ in range(10):
        session = await server.polling(PATH)
        answers = await asyncio.gather(*(session.poll() for _ in range(8)))
        assert {answer.status for answer in answers} <= {200, 400}
        assert sum(answer.status == 200 for answer in answers) <= 1
        await session.gone()


async def test_x10_posts_at_once_are_all_answered(server):
    for _ in range(10):
        session = await server.polling("/engine.io/")
        answers = await asyncio.gather(*(session.post("4x") for _ in range(8)))
        assert {answer.status for answer in answers} <= {200, 400}


async def test_x11_websockets_by_the_dozen_on_one_session_are_accepted_and_closed(server):
    session = await server.polling("/engine.io/")
    first = await session.probe()
    ends = await asyncio.gather(*(server.refused(session.upgrade) for _ in range(24)))
    assert all(isinstance(end, Closed) for end in ends)
    first.send("5")
    first.send("4hi")
    assert await first.receive() == "4hi"


async def test_x13_ten_thousand_events_in_one_post_are_answered_in_order_while_others_are_served(server, bystander):
    session = await server.polling(PATH)
    await session.post("40")
    await session.packets(2)
    events = [f'42{number}["ack",{number}]' for number in range(10_000)]
    posting = asyncio.create_task(session.post("\x1e".join(events)))
    while not posting.done():
        started = time.monotonic()
        bystander.send('421["ack"]')
        assert await bystander.receive() == "431[]"
        assert time.monotonic() - started < 5
    assert (await posting).text == "ok"
    assert await session.packets(10_000) == [f"43{number}[{number}]" for number in range(10_000)]


@pytest.mark.parametrize("packet", ["3", "6", "0", "5"])
async def test_x13_ten_thousand_control_packets_in_one_post_are_no_harm(server, packet):
    session = await server.polling("/engine.io/")
    assert (await session.post("\x1e".join([packet] * 10_000))).text == "ok"
    await session.alive()


async def test_x13_a_million_separators_are_refused_in_no_time(server):
    session = await server.polling(PATH)
    started = time.monotonic()
    assert (await session.post("\x1e" * 999_999)).status == 400
    assert time.monotonic() - started < 5


async def test_x17_a_query_with_too_many_fields_is_answered(server):
    fields = "&".join(f"a{number}=1" for number in range(2000))
    answer = await server.get(f"{PATH}?EIO=4&transport=polling&{fields}")
    assert answer.status in (200, 400)


async def test_x17_a_form_with_too_many_fields_is_400(server):
    opened = await server.get("/jsonp/?EIO=4&transport=polling&j=0")
    sid = json.loads(json.loads(opened.text[len("___eio[0](") : -2])[1:])["sid"]
    target = f"/jsonp/?EIO=4&transport=polling&sid={sid}&j=0"
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    answer = await server.request("POST", target, form, b"&".join([b"d=4x"] * 5000))
    assert answer.status in (200, 400)


async def test_x17_a_namespace_query_with_too_many_fields_closes_or_is_refused(server):
    websocket = await server.direct(PATH, eio=3)
    assert await websocket.receive() == "40"
    await websocket.receive()
    websocket.send("40/other?" + "&".join(f"a{number}=1" for number in range(500)) + ",")
    answer = await websocket.receive()
    assert isinstance(answer, Closed) or answer.startswith("44/other,")
