"""W30-W59: the wire of Socket.IO 5 and 4. Behaviour ids as in behaviours.py."""

import asyncio
import json

import pytest

from tests.conformance.clients import ended, join, joined
from tests.conformance.raw import Closed
from tests.conformance.sessions import is_closing

PATH = "/socket.io/"


async def test_w30_a_connect_is_answered_with_the_id_of_the_socket_only(server):
    websocket = await server.direct(PATH)
    websocket.send("40")
    answer = await websocket.receive()
    sid = json.loads(answer[2:])
    assert set(sid) == {"sid"}
    assert sid["sid"] != websocket.handshake["sid"]


async def test_w30_each_namespace_has_another_id(server):
    websocket = await server.direct(PATH)
    sids = {await join(websocket), await join(websocket, "/other"), websocket.handshake["sid"]}
    assert len(sids) == 3


async def test_w31_the_auth_of_a_connect_reaches_the_namespace(server):
    websocket = await server.direct(PATH)
    websocket.send('40/other,{"token":"é"}')
    await websocket.receive()
    assert await websocket.receive() == '42/other,["auth",{"token":"é"}]'


async def test_w32_an_unknown_namespace_is_answered_with_an_error_object(server):
    websocket = await server.direct(PATH)
    websocket.send("40/random,")
    assert await websocket.receive() == '44/random,{"message":"Invalid namespace"}'
    await join(websocket)


@pytest.mark.parametrize("payload", ['"text"', "[]", "true", '["a"]', "{", "nonsense"])
async def test_w33_the_payload_of_a_connect_is_an_object_or_nothing(server, payload):
    websocket = await server.direct(PATH)
    websocket.send("40" + payload)
    await ended(websocket)


RESERVED = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]


@pytest.mark.parametrize("event", RESERVED)
async def test_w34_a_reserved_event_of_a_client_closes(server, event):
    websocket = await joined(server)
    websocket.send(f'42["{event}"]')
    await ended(websocket)


@pytest.mark.parametrize(
    "packet", ["42{}", '42abc["message"]', "42", "42[]", "42null", '42["message"', "4abc", "4", "47", "49[]"]
)
async def test_w35_a_malformed_event_closes(server, packet):
    websocket = await joined(server)
    websocket.send(packet)
    await ended(websocket)


@pytest.mark.parametrize("name", ["{}", "[]", "null", "true", '{"toString":"x"}', "1.5"])
async def test_w36_the_name_of_an_event_is_a_string_or_a_whole_number(server, name):
    websocket = await joined(server)
    websocket.send(f"42[{name}]")
    await ended(websocket)


async def test_w36_a_number_may_name_an_event(server):
    websocket = await joined(server)
    websocket.send("42[7]")
    websocket.send('420["ack"]')
    assert await websocket.receive() == "430[]"


async def test_w37_the_comma_behind_a_namespace_may_be_missing(server):
    websocket = await server.direct(PATH)
    websocket.send("40/other")
    assert (await websocket.receive()).startswith('40/other,{"sid":')


async def test_w38_a_packet_for_a_namespace_that_was_never_joined_closes(server):
    websocket = await joined(server)
    websocket.send('42/other,["message"]')
    await ended(websocket)


async def test_w40_revision_3_is_in_the_main_namespace_without_asking(server):
    websocket = await server.direct(PATH, eio=3)
    assert await websocket.receive() == "40"
    session = await server.polling(PATH, eio=3)
    assert (await session.poll()).text.startswith("2:40")


async def old(server, *namespaces):
    """A websocket client of revision 3 in "/"."""
    websocket = await server.direct(PATH, eio=3)
    assert await websocket.receive() == "40"
    assert (await websocket.receive()).startswith('42["auth",')
    return websocket


async def test_w41_a_namespace_of_revision_3_is_confirmed_without_a_payload(server):
    websocket = await old(server)
    websocket.send("40/other?token=1,")
    assert await websocket.receive() == "40/other,"
    assert await websocket.receive() == '42/other,["auth",{"token":"1"}]'
    websocket.send('42/other,5["ack",1]')
    assert await websocket.receive() == "43/other,5[1]"


async def test_w42_the_ids_of_revision_3_are_made_of_the_session_id(server):
    websocket = await old(server)
    websocket.send('420["handshake"]')
    sid = websocket.handshake["sid"]
    assert json.loads((await websocket.receive())[3:])[0]["sid"] == sid
    websocket.send("40/other,")
    assert [await websocket.receive() for _ in range(2)][0] == "40/other,"
    websocket.send('42/other,0["handshake"]')
    assert json.loads((await websocket.receive()).removeprefix("43/other,0"))[0]["sid"] == f"/other#{sid}"


async def test_w43_a_refusal_of_revision_3_is_the_data_or_else_the_message(server):
    websocket = await old(server)
    websocket.send("40/refusing,")
    assert await websocket.receive() == '44/refusing,"not today"'
    websocket.send("40/refusing?token=x,")
    assert await websocket.receive() == '44/refusing,{"code":"closed"}'


async def test_w44_an_unknown_namespace_of_revision_3_is_an_error(server):
    websocket = await old(server)
    websocket.send("40/random,")
    assert await websocket.receive() in ('44/random,{"message":"Invalid namespace"}', '44/random,"Invalid namespace"')


async def test_w45_a_disconnect_of_revision_3_leaves_the_namespace(server):
    websocket = await old(server)
    websocket.send(f'42["name","left-old-{server.kind}"]')
    websocket.send("41")
    assert await server.reason("left-old-" + server.kind) == "client namespace disconnect"


async def test_w46_binary_events_of_revision_3_go_both_ways(server):
    websocket = await old(server)
    websocket.send('451-["message",{"_placeholder":true,"num":0}]')
    websocket.send(b"\x04\x01\x02")
    assert await websocket.receive() == '451-["message-back",{"_placeholder":true,"num":0}]'
    assert await websocket.receive() == b"\x04\x01\x02"


async def test_w47_events_of_revision_3_carry_no_extra_argument(server):
    websocket = await old(server)
    websocket.send('42["message","a"]')
    assert await websocket.receive() == '42["message-back","a"]'


async def test_w50_nested_binary_goes_both_ways_over_websocket_and_polling(server):
    event = '452-["message",{"a":[{"_placeholder":true,"num":0},1]},{"_placeholder":true,"num":1}]'
    back = event.replace("message", "message-back")
    websocket = await joined(server)
    for part in (event, b"\x01", b"\x02"):
        websocket.send(part)
    assert [await websocket.receive() for _ in range(3)] == [back, b"\x01", b"\x02"]
    session = await server.polling(PATH)
    await session.post("\x1e".join(["40", "4" + event[1:], "bAQ==", "bAg=="]))
    assert (await session.packets(5))[2:] == [back, "bAQ==", "bAg=="]


async def test_w50_binary_acknowledgements_go_both_ways(server):
    websocket = await joined(server)
    websocket.send('451-9["ack",{"_placeholder":true,"num":0}]')
    websocket.send(b"\x01")
    assert [await websocket.receive() for _ in range(2)] == ['461-9[{"_placeholder":true,"num":0}]', b"\x01"]
    websocket.send('42["ask"]')
    question = await websocket.receive()
    websocket.send(f"461-{question[2 : question.index('[')]}" + '[{"_placeholder":true,"num":0}]')
    websocket.send(b"\x07")
    assert [await websocket.receive() for _ in range(2)] == ['451-["answered",{"_placeholder":true,"num":0}]', b"\x07"]


PLACEHOLDER = '{"_placeholder":true,"num":%s}'


@pytest.mark.parametrize("num", ["1", "-1", "0.5", '"0"', "null", '"splice"', "1e9", "true"])
async def test_w51_a_placeholder_out_of_range_closes(server, num):
    websocket = await joined(server)
    websocket.send('451-["message",' + PLACEHOLDER % num + "]")
    websocket.send(b"\x01")
    await ended(websocket)


async def test_w51_a_placeholder_in_a_text_event_stays_data(server):
    websocket = await joined(server)
    websocket.send('42["message",{"_placeholder":true,"num":0}]')
    assert await websocket.receive() == '42["message-back",{"_placeholder":true,"num":0}]'


async def test_w52_text_while_an_attachment_is_awaited_closes(server):
    websocket = await joined(server)
    websocket.send('451-["message",' + PLACEHOLDER % 0 + "]")
    websocket.send('42["message"]')
    await ended(websocket)


async def test_w52_binary_that_nobody_awaits_closes(server):
    websocket = await joined(server)
    websocket.send(b"\x01")
    await ended(websocket)


@pytest.mark.parametrize("count", ["11", "0", "-1", "1.5", "99999999999999999999", "", "٣"])
async def test_w53_the_number_of_attachments_is_from_one_to_ten(server, count):
    websocket = await joined(server)
    websocket.send(f'45{count}-["message"]')
    await ended(websocket)


async def test_w53_ten_attachments_are_taken(server):
    websocket = await joined(server)
    places = ",".join(PLACEHOLDER % number for number in range(10))
    websocket.send(f'4510-["message",{places}]')
    for number in range(10):
        websocket.send(bytes([number]))
    assert await websocket.receive() == f'4510-["message-back",{places}]'


async def test_w54_an_ack_nobody_waits_for_and_a_second_one_are_ignored(server):
    websocket = await joined(server)
    websocket.send("4399[1]")
    websocket.send('42["ask"]')
    question = await websocket.receive()
    ack = "43" + question[2 : question.index("[")] + '["once"]'
    websocket.send(ack)
    websocket.send(ack)
    assert await websocket.receive() == '42["answered","once"]'
    websocket.send('420["ack"]')
    assert await websocket.receive() == "430[]"


@pytest.mark.parametrize("data", ["{}", "null", '"a"', "[", "[1]x"])
async def test_w54_the_payload_of_an_ack_is_an_array(server, data):
    websocket = await joined(server)
    websocket.send(f"431{data}")
    await ended(websocket)


async def test_w55_a_call_that_is_not_answered_times_out(server):
    websocket = await joined(server)
    websocket.send('42["ask"]')
    assert (await websocket.receive()).endswith('["question"]')
    assert await websocket.receive() == '42["unanswered"]'


async def test_w55_a_call_ends_when_the_client_leaves(server):
    websocket = await joined(server)
    name = "left-while-asked-" + server.kind
    websocket.send(f'42["name","{name}"]')
    websocket.send('42["ask"]')
    await websocket.receive()
    websocket.cut()
    assert await server.reason(name) == "disconnected while asking"


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("41", "client namespace disconnect"),
        ('42["kick"]', "server namespace disconnect"),
        ('42["kick-hard"]', "server namespace disconnect"),
        ("cut", "transport close"),
        ("4abc", "parse error"),
        ("1", "transport close"),
    ],
)
async def test_w56_a_namespace_is_told_nodes_reason_for_the_end(server, how, reason):
    websocket = await joined(server)
    name = f"reason-{how[:9].encode().hex()}-{server.kind}"
    websocket.send(f'42["name","{name}"]')
    websocket.send('420["ack"]')
    await websocket.receive()
    if how == "cut":
        websocket.cut()
    else:
        websocket.send(how)
    told = await server.reason(name)
    assert told in ((reason, "forced close") if how == "4abc" else (reason,))


async def test_w57_of_volatile_events_those_that_arrive_are_in_order(server):
    websocket = await joined(server)
    websocket.send('42["mumble",100]')
    got = [await websocket.receive()]
    while got[-1] != '42["done"]':
        got.append(await websocket.receive())
    numbers = [json.loads(event[2:])[1] for event in got[:-1]]
    assert numbers == sorted(set(numbers))
    assert numbers


async def test_w57_volatile_events_to_a_client_without_a_poll_are_dropped(server):
    session = await server.polling(PATH)
    await session.post('40\x1e42["mumble",100]')
    got = [packet for packet in await session.packets(3)]
    assert got[2] in ('42["done"]', '42["mumbled",0]')


async def test_w58_a_room_name_that_no_layer_allows_works(server):
    websocket = await joined(server)
    for number, room in enumerate(["team/a", "team:a", "房间", "x" * 300, "", " ", "a\u0000b", "../x"]):
        websocket.send(json.dumps(["join", room]).join(["42", ""]))
        websocket.send(json.dumps(["say", room, number]).join(["42", ""]))
        assert await websocket.receive() == f'42["said",{number}]'


async def test_w58_rooms_with_like_names_are_apart(server):
    first, second = await joined(server), await joined(server)
    for websocket, room in ((first, "team/a"), (second, "team:a")):
        websocket.send(f'42["join","{room}-{server.kind}"]')
        websocket.send('420["ack"]')
        await websocket.receive()
    first.send(f'42["say","team:a-{server.kind}",1]')
    assert await second.receive() == '42["said",1]'
    first.send('421["ack","nothing before"]')
    assert await first.receive() == '431["nothing before"]'


async def test_w59_a_broadcast_leaves_out_its_sender(server):
    first, second = await joined(server, "/other"), await joined(server, "/other")
    first.send(f'42/other,["shout","{server.kind}"]')
    assert await second.receive() == f'42/other,["said","{server.kind}"]'
    first.send('42/other,0["ack"]')
    assert await first.receive() == "43/other,0[]"


async def test_w60_nobody_may_join_the_room_of_another_socket(server):
    server.forgives = True  # join() raises in the handler, which is logged
    spy, target = await joined(server), await server.direct(PATH)
    sid = await join(target)
    spy.send(f'42["join","{sid}"]')
    spy.send('420["ack"]')
    await spy.receive()
    spy.send(f'42["say","{sid}","secret"]')
    assert await target.receive() == '42["said","secret"]'
    spy.send('421["ack","nothing before"]')
    assert await spy.receive() == '431["nothing before"]'


async def test_w61_a_thousand_events_keep_their_order(server):
    websocket = await joined(server)
    websocket.send('42["count",1000]')
    assert [await websocket.receive() for _ in range(1000)] == [f'42["counted",{number}]' for number in range(1000)]
    for number in range(1000):
        websocket.send(f'42{number}["ack",{number}]')
    assert [await websocket.receive() for _ in range(1000)] == [f"43{number}[{number}]" for number in range(1000)]


async def test_w62_unicode_arrives_as_it_was_sent(server):
    websocket = await joined(server)
    for text in ["é€😀", "\\u2028", "\\ud83d", "\\u0000", '\\"\\\\']:
        websocket.send(f'42["message","{text}"]')
        expected = json.loads(f'["message-back","{text}"]')
        assert json.loads((await websocket.receive())[2:]) == expected


async def test_w63_a_namespace_may_be_dynamic(server):
    websocket = await server.direct(PATH)
    websocket.send("40/rooms/blue,")
    assert (await websocket.receive()).startswith('40/rooms/blue,{"sid":')
    websocket.send('42/rooms/blue,0["where"]')
    assert await websocket.receive() == '43/rooms/blue,0["/rooms/blue",{"room":"blue"}]'
    websocket.send("40/dynamic-101,")
    assert (await websocket.receive()).startswith('40/dynamic-101,{"sid":')
    websocket.send("40/dynamic-x,")
    assert await websocket.receive() == '44/dynamic-x,{"message":"Invalid namespace"}'


async def test_w64_a_failure_in_connect_is_an_internal_error_without_its_text(server):
    server.forgives = True
    websocket = await server.direct(PATH)
    websocket.send("40/broken,")
    assert await websocket.receive() == '44/broken,{"message":"Internal error"}'


async def test_w65_an_event_nobody_handles_is_not_found_if_an_ack_was_asked_for(server):
    websocket = await joined(server)
    websocket.send('42["nobody"]')
    websocket.send('420["nobody"]')
    answer = json.loads((await websocket.receive())[3:])
    assert answer[0]["error"]["code"] == "not_found"


async def test_w66_a_wrong_number_of_arguments_is_bad_arguments(server):
    websocket = await joined(server)
    websocket.send('420["count"]')
    assert json.loads((await websocket.receive())[3:])[0]["error"]["code"] == "bad_arguments"


async def test_w67_connect_disconnect_and_connect_again_on_one_connection(server):
    websocket = await joined(server, "/other")
    websocket.send("41/other,")
    await asyncio.sleep(0.05)
    await join(websocket, "/other")


async def test_w68_a_disconnect_from_all_over_polling_sends_no_two_farewells_in_one_answer(server):
    session = await server.polling(PATH)
    await session.post('40\x1e42["kick-hard"]')
    answers = [await session.poll()]
    while not is_closing(answers[-1]):
        answers.append(await session.poll())
    assert "41" in answers[-2].text.split("\x1e")


async def test_w69_events_while_connect_runs_wait_for_it(server):
    websocket = await server.direct(PATH)
    websocket.send('40/slow,{"name":"waits-' + server.kind + '"}')
    websocket.send('42/slow,0["anything"]')
    assert (await websocket.receive()).startswith('40/slow,{"sid":')
    assert (await websocket.receive()).startswith('43/slow,0[{"error":')


async def test_w70_a_client_may_be_cut_in_the_middle_of_an_attachment(server):
    websocket = await joined(server)
    name = "cut-in-attachment-" + server.kind
    websocket.send(f'42["name","{name}"]')
    websocket.send('451-["message",' + PLACEHOLDER % 0 + "]")
    websocket.cut()
    assert await server.reason(name) == "transport close"
    await server.serves()


async def test_w71_the_end_of_a_session_ends_every_namespace(server):
    websocket = await joined(server, "/other")
    names = [f"ends-{number}-{server.kind}" for number in range(2)]
    websocket.send(f'42["name","{names[0]}"]')
    websocket.send(f'42/other,["name","{names[1]}"]')
    websocket.send('42/other,0["ack"]')
    await websocket.receive()
    websocket.close()
    assert isinstance((await websocket.until_closed())[-1], Closed)
    assert [await server.reason(name) for name in names] == ["transport close"] * 2
