"""X: bad input. Each gets its documented answer, nothing is logged as a failure, and nobody else notices."""

import asyncio
import base64
import json
import time

import pytest

from tests.conformance.raw import Closed
from tests.conformance.sessions import assert_error, is_closing, is_dead
from tests.conformance.test_j_socketio import join, joined

PATH = "/socket.io/"
MEGABYTE = 1_000_000


@pytest.fixture(autouse=True)
async def bystander(server):
    """Another client of the same server, which hears nothing of all this and is served as ever."""
    websocket = await joined(server)
    yield websocket
    started = time.monotonic()
    websocket.send('420["ack","undisturbed"]')
    assert await websocket.receive() == '430["undisturbed"]'
    assert time.monotonic() - started < 1


class OverPolling:
    """A client in "/" that polls."""

    def __init__(self, server):
        self.server = server

    async def enter(self, *packets):
        self.session = await self.server.polling(PATH)
        if packets:
            assert (await self.session.post("\x1e".join(packets))).text == "ok"
            await self.session.packets(2)
        return self

    async def send(self, *frames):
        """Send frames, bytes as base64; the answers of the POSTs tell nothing yet."""
        texts = [frame if isinstance(frame, str) else "b" + base64.b64encode(frame).decode() for frame in frames]
        answer = await self.session.post("\x1e".join(texts))
        assert answer.status in (200, 400), answer

    async def is_closed(self):
        answer = await self.session.poll()
        if answer.status == 200:
            assert is_closing(answer), answer
        await self.session.gone()

    async def hears(self):
        return (await self.session.packets(1))[0]


class OverWebsocket:
    """A client in "/" with a websocket."""

    def __init__(self, server):
        self.server = server

    async def enter(self, *packets):
        self.websocket = await self.server.direct(PATH)
        for packet in packets:
            self.websocket.send(packet)
        for _ in packets and range(2):
            assert isinstance(await self.websocket.receive(), str)
        return self

    async def send(self, *frames):
        for frame in frames:
            self.websocket.send(frame)

    async def is_closed(self):
        got = await self.websocket.until_closed()
        assert got == [got[-1]], got

    async def hears(self):
        return await self.websocket.receive()


@pytest.fixture(params=[OverPolling, OverWebsocket], ids=["polling", "websocket"])
def client(request, server):
    return request.param(server)


MALFORMED = [
    "4",
    "4abc",
    "42",
    "42[",
    "42{}",
    "42null",
    "42[]",
    '42["message"',
    '42["message"]]',
    "42'message'",
    '42,["message"]',
    "47",
    "4-1",
    "4/",
    '44{"message":"x"}',
    "431{}",
    '42["message",]',
    '42["message"] x',
    "45",
    "45-",
    "4\x00",
    "4٢[]",
]


@pytest.mark.parametrize("packet", MALFORMED)
async def test_x1_a_malformed_packet_closes(client, packet):
    await client.enter("40")
    await client.send(packet)
    await client.is_closed()


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


NAMESPACES = [
    "/unknown",
    "//other",
    "/" + "x" * 200,
    "/é",
    "/../other",
    "/rooms/a b",
    "/rooms/",
    "/other/",
    "/\x01",
    "/%2e",
    "/__class__",
]


@pytest.mark.parametrize("namespace", NAMESPACES)
async def test_x3_an_unknown_namespace_is_an_error_and_the_others_go_on(client, namespace):
    await client.enter("40")
    await client.send(f"40{namespace},")
    assert await client.hears() == f'44{namespace},{{"message":"Invalid namespace"}}'
    await client.send('420["ack"]')
    assert await client.hears() == "430[]"


@pytest.mark.parametrize(
    "packet", ["40/" + "x" * 300 + ",", "42/" + "x" * 300 + ',["message"]', "40/other,[]", "40/other,1x"]
)
async def test_x3_a_namespace_that_is_too_long_or_has_a_bad_payload_closes(client, packet):
    await client.enter("40")
    await client.send(packet)
    await client.is_closed()


async def test_x3_asking_for_unknown_namespaces_again_and_again_closes(client):
    await client.enter("40")
    await client.send(*(f"40/unknown-{number}," for number in range(50)))
    refused = 0
    if isinstance(client, OverWebsocket):
        refused = len(await client.websocket.until_closed()) - 1
    else:
        while not is_closing(answer := await client.session.poll()):
            assert answer.status == 200
            refused += answer.text.count("44/")
    assert 10 < refused < 30


def placeholders(*numbers):
    return ",".join(f'{{"_placeholder":true,"num":{number}}}' for number in numbers)


LYING = [
    (f'451-["message",{placeholders(1)}]', b"\x01"),
    (f'451-["message",{placeholders(-1)}]', b"\x01"),
    (f'452-["message",{placeholders(0, 2)}]', b"\x01", b"\x02"),
    (f'451-["message",{placeholders(0)}]', "4text"),
    (f'451-["message",{placeholders(0)}]', '42["message"]'),
    (f'4511-["message",{placeholders(*range(11))}]',),
    ('450-["message"]',),
    (f'45999999999999-["message",{placeholders(0)}]',),
    (b"\x01",),
]


@pytest.mark.parametrize("frames", LYING, ids=range(len(LYING)))
async def test_x4_attachments_that_lie_close(client, frames):
    await client.enter("40")
    await client.send(*frames)
    await client.is_closed()


async def test_x4_an_attachment_too_many_closes(client):
    await client.enter("40")
    await client.send(f'451-["name",{placeholders(0)}]', b"\x01", b"\x02")
    await client.is_closed()


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [70, 1000, 100_000])
async def test_x5_json_that_is_too_deep_closes(client, opening, depth):
    await client.enter("40")
    closing = "]" if opening == "[" else "}"
    await client.send('42["message",' + opening * depth + "1" + closing * depth + "]")
    await client.is_closed()


async def test_x5_json_of_thirty_levels_is_taken(client):
    await client.enter("40")
    await client.send('420["ack",' + "[" * 30 + "]" * 30 + "]")
    assert await client.hears() == "430[" + "[" * 30 + "]" * 30 + "]"


@pytest.mark.parametrize("opening", ["[", '{"a":'])
async def test_x5_deep_json_that_never_ends_closes_in_no_time(client, opening):
    await client.enter("40")
    started = time.monotonic()
    await client.send('42["message",' + opening * 150_000)
    await client.is_closed()
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000, "01", "+1", "1.", ".5", "0x1"]
)
async def test_x6_a_number_that_json_does_not_know_closes(client, value):
    await client.enter("40")
    await client.send(f'42["message",{value}]')
    await client.is_closed()


@pytest.mark.parametrize("number", ["-1", "9" * 20, "9" * 5000, "1.5", "٣"])
@pytest.mark.parametrize("kind", ["2", "3"])
async def test_x6_a_negative_or_huge_id_closes(client, number, kind):
    await client.enter("40")
    await client.send(f'4{kind}{number}["ack"]')
    await client.is_closed()


@pytest.mark.parametrize("value", ["-0.0", "1e300", "9007199254740993", "1.7976931348623157e308", "-1"])
async def test_x6_numbers_that_json_knows_come_back(client, value):
    await client.enter("40")
    await client.send(f'420["ack",{value}]')
    assert json.loads((await client.hears())[3:]) == [json.loads(value)]


async def test_x6_not_a_number_in_an_ack_of_ours_is_our_failure_and_harms_nobody(server, client):
    server.forgives = True  # the handler's fault, logged
    await client.enter("40")
    await client.send('420["send-not-a-number"]')
    assert json.loads((await client.hears())[3:])[0]["error"]["code"] == "internal_error"
    await client.send('421["ack"]')
    assert await client.hears() == "431[]"


RESERVED = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]


@pytest.mark.parametrize("event", RESERVED)
async def test_x7_a_reserved_event_closes_and_runs_no_handler(server, client, event):
    await client.enter("40")
    name = f"reserved-{event}-{type(client).__name__}-{server.kind}"
    await client.send(f'42["name","{name}"]', f'42["{event}","from the client"]')
    await client.is_closed()
    assert await server.reason(name) in ("parse error", "forced close")


NAMES = [
    "close",
    "emit",
    "send",
    "scope",
    "__init__",
    "__class__",
    "as_asgi",
    "order_say",
    "*",
    "toString",
    "%s{0}",
    " ",
    "",
]


@pytest.mark.parametrize("event", NAMES)
async def test_x7_an_event_named_as_something_of_python_is_not_found(client, event):
    await client.enter("40")
    await client.send(f'420["{event}"]')
    assert json.loads((await client.hears())[3:])[0]["error"]["code"] == "not_found"


EARLY = [
    '42["message"]',
    "41",
    "430[]",
    '451-["message",{"_placeholder":true,"num":0}]',
    b"\x01",
    "42/other,0[1]",
    "44{}",
]


@pytest.mark.parametrize("packet", EARLY)
async def test_x8_a_packet_before_connect_closes(client, packet):
    await client.enter()
    await client.send(packet, *([b"\x01"] if isinstance(packet, str) and packet.startswith("45") else []))
    await client.is_closed()


async def test_x9_bodies_over_the_limit_are_413_and_hold_no_memory(server):
    session = await server.polling(PATH)

    async def post(times):
        for _ in range(times):
            try:
                assert (await session.post(b"4" + b"x" * 5 * MEGABYTE)).status == 413
            except (ConnectionError, asyncio.IncompleteReadError):
                pass  # answered before it was sent whole

    await post(5)
    before = server.memory()
    await post(10)
    kept = 200 if server.kind == "daphne" else 20  # daphne keeps bodies until a garbage collection, as a bare app shows
    assert server.memory() - before < kept * MEGABYTE
    assert (await session.post('40\x1e420["ack"]')).text == "ok"


async def test_x9_frames_over_the_limit_close_and_hold_no_memory(server):
    before = server.memory()
    for _ in range(10):
        websocket = await joined(server)
        websocket.send('42["message","' + "x" * 2 * MEGABYTE + '"]')
        assert isinstance((await websocket.until_closed())[-1], Closed)
    assert server.memory() - before < 40 * MEGABYTE


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


async def test_x12_upgrades_that_stall_are_closed_and_hold_nothing(server):
    before = server.memory()
    sessions = [await server.polling("/impatient/") for _ in range(40)]
    websockets = [await session.probe() for session in sessions]
    ends = await asyncio.gather(*(websocket.until_closed(2) for websocket in websockets))
    assert all(isinstance(end[-1], Closed) for end in ends)
    await asyncio.gather(*(session.alive() for session in sessions))
    assert server.memory() - before < 20 * MEGABYTE


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
        assert time.monotonic() - started < 0.5
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
    assert time.monotonic() - started < 1


async def test_x14_an_empty_attachment_is_an_attachment(client):
    await client.enter("40")
    await client.send(f'452-0["ack",{placeholders(0, 1)}]', b"", b"")
    assert await client.hears() == f"462-0[{placeholders(0, 1)}]"
    if isinstance(client, OverWebsocket):
        assert {await client.hears(), await client.hears()} <= {b"", "b"}
        await client.send('421["ack"]')
        assert await client.hears() == "431[]"


ROOMS = ["团队", "a b", "a/b", "a:b", "", ".", "x" * 300, "\\u0000", "\\ud83d", '\\"', "asgi.group!x", "specific.x!y"]


@pytest.mark.parametrize("room", ROOMS)
async def test_x15_a_room_may_have_any_name(client, room):
    await client.enter("40")
    await client.send(f'42["join","{room}"]', f'42["say","{room}","heard"]', f'42["leave","{room}"]', '420["ack"]')
    assert await client.hears() == '42["said","heard"]'


async def test_x15_an_event_name_that_is_too_long_closes(client):
    await client.enter("40")
    await client.send('42["' + "x" * 300 + '"]')
    await client.is_closed()


async def test_x16_attachments_over_the_limit_together_close_and_hold_no_memory(server):
    before = server.memory()
    for _ in range(10):
        websocket = await joined(server)
        websocket.send(f'4510-["message",{placeholders(*range(10))}]')
        for _ in range(4):
            websocket.send(b"x" * 700_000)
        assert isinstance((await websocket.until_closed())[-1], Closed)
    assert server.memory() - before < 40 * MEGABYTE


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


async def test_x18_what_is_made_for_a_client_that_does_not_poll_waits_where_it_is_made(server):
    session = await server.polling(PATH)
    await session.post("40")
    await session.packets(2)
    before = server.memory()
    for _ in range(60):
        assert (await session.post('42["write",500000,true]')).text == "ok"
    assert server.memory() - before < 20 * MEGABYTE
    assert {len(packet) for packet in await session.packets(60)} == {500_000 + len('42["written",""]')}


async def test_x18_a_client_that_does_not_poll_what_others_say_is_closed_and_holds_no_memory(server):
    session = await server.polling(PATH)
    name = "reads-nothing-" + server.kind
    await session.post(f'40/other,\x1e42/other,["name","{name}"]')
    await session.packets(2)
    talker = await joined(server, "/other")
    before = server.memory()
    for _ in range(40):
        talker.send('42/other,["shout","' + "x" * 500_000 + '"]')
        await talker.writer.drain()
    assert await server.reason(name) == "outbox overflow"
    assert server.memory() - before < 40 * MEGABYTE
    await session.gone()


async def test_x18_a_websocket_that_is_cut_in_every_state_is_no_harm(server):
    for depth in range(4):
        websocket = await server.websocket(f"{PATH}?EIO=4&transport=websocket")
        if depth > 0:
            await websocket.receive()
        if depth > 1:
            websocket.send('40/slow,{"name":"cut-anywhere"}')
        if depth > 2:
            await asyncio.sleep(0.02)
        websocket.cut()
    session = await server.polling("/engine.io/")
    (await session.probe()).cut()
    await session.alive()


async def test_x19_a_message_that_is_too_large_for_the_server_closes_its_client_and_says_why(server):
    websocket = await joined(server)
    name = "too-large-to-send-" + server.kind
    websocket.send(f'42["name","{name}"]')
    websocket.send('42["write",1200000,true]')
    got = await websocket.receive(3)
    if server.kind == "daphne":  # sends 1 MiB at most unless told otherwise
        assert isinstance(got, Closed)
        assert await server.reason(name) in ("transport close", "transport error")
        assert "12000" in server.process.log()  # the size, to find the message by
    else:
        assert len(got) > 1_200_000


async def test_x20_more_namespaces_than_there_may_be_are_refused(server):
    websocket = await server.direct(PATH)
    for number in range(110):
        websocket.send(f"40/dynamic-{number},")
    got = [await websocket.receive() for _ in range(110)]
    assert sum(packet.startswith("40/dynamic-") for packet in got) == 100
    assert {packet.partition(",")[2] for packet in got if packet.startswith("44")} == {
        '{"message":"Too many namespaces"}'
    }


async def test_x21_more_events_than_may_wait_close(server):
    before = server.memory()
    session = await server.polling(PATH)
    name = "floods-" + server.kind
    events = ['42/slow,["anything"]'] * 10_100
    await session.post("\x1e".join(['40/slow,{"name":"' + name + '"}', *events]))
    assert await server.reason(name) == "cancelled"
    await session.gone()
    assert server.memory() - before < 40 * MEGABYTE
