"""J: Socket.IO on top, where the official suite does not look. Behaviour ids as in behaviours.py."""

import asyncio
import json

import pytest

from tests.conformance.clients import PATH, ended, joined
from tests.conformance.raw import Closed
from tests.conformance.sessions import is_closing


async def polled_in(server, body="40", path=PATH, eio=4):
    """A polling client that has posted ``body``, and its answers until the next poll would wait."""
    session = await server.polling(path, eio=eio)
    assert (await session.post(body)).text == "ok"
    return session


@pytest.mark.parametrize("packet", ["40", '42["early"]', "4abc"])
async def test_j1_a_packet_that_is_out_of_place_closes_a_polling_session_cleanly(server, packet):
    session = await server.polling(PATH)
    if packet == "40":
        await session.post("40")
        connected, _ = await session.packets(2)
        assert connected.startswith('40{"sid":')
    await session.post(packet)
    assert is_closing(await session.poll())
    await session.gone()


async def test_j1_a_second_connect_in_one_payload_is_answered_once_and_then_closed(server):
    session = await server.polling(PATH)
    await session.post("40\x1e40")
    answers = [await session.poll()]
    while not is_closing(answers[-1]):
        assert answers[-1].status == 200, answers
        answers.append(await session.poll())
    assert sum(answer.text.count("40{") for answer in answers) <= 1
    await session.gone()


@pytest.mark.parametrize("packets", [["40", "40"], ['42["early"]'], ["4abc"], ["40/other,", "40/other,"]])
async def test_j1_a_packet_that_is_out_of_place_closes_a_websocket_session(server, packets):
    websocket = await server.direct(PATH)
    for packet in packets:
        websocket.send(packet)
    assert isinstance((await websocket.until_closed())[-1], Closed)


async def test_j2_packets_for_a_namespace_that_was_left_are_ignored(server):
    websocket = await joined(server, "/other")
    websocket.send("41/other,")
    websocket.send('42/other,["message","lost"]')
    websocket.send('420["ack","still here"]')
    assert await websocket.receive() == '430["still here"]'


async def test_j3_a_connect_error_of_a_client_closes(server):
    websocket = await joined(server)
    websocket.send('44{"message":"no"}')
    await ended(websocket)


async def test_j4_null_and_empty_binary_arguments_survive(server):
    websocket = await joined(server)
    websocket.send('42["message",null,{"a":null}]')
    assert await websocket.receive() == '42["message-back",null,{"a":null}]'
    websocket.send('452-["message",{"_placeholder":true,"num":0},[{"_placeholder":true,"num":1}]]')
    websocket.send(b"")
    websocket.send(b"\x01")
    assert await websocket.receive() == (
        '452-["message-back",{"_placeholder":true,"num":0},[{"_placeholder":true,"num":1}]]'
    )
    assert await websocket.receive() in ("b", b"")
    assert await websocket.receive() == b"\x01"


async def test_j4_empty_binary_of_the_server_arrives_over_polling_and_websocket(server):
    websocket = await joined(server)
    websocket.send('42["empty"]')
    expected = '452-["emptied",{"_placeholder":true,"num":0},{"inner":[{"_placeholder":true,"num":1},'
    session = await polled_in(server, '40\x1e42["empty"]')
    got = (await session.packets(6))[2:]
    frames = [await websocket.receive() for _ in range(4)]
    assert got[0].startswith("453-" + expected[4:])
    assert got[1:] == ["b", "b", "bAQ=="]
    assert frames[0] == got[0]
    assert frames[1] in ("b", b"")
    assert frames[2] in ("b", b"")
    assert frames[3] == b"\x01"


async def test_j5_a_connection_without_any_connect_is_closed(server):
    websocket = await server.direct("/hurry/")
    await ended(websocket)
    session = await server.polling("/hurry/")
    assert is_closing(await session.poll())
    await session.gone()


async def test_j5_a_connection_with_a_namespace_stays(server):
    websocket = await joined(server, path="/hurry/")
    await asyncio.sleep(0.5)
    websocket.send('420["ack"]')
    assert await websocket.receive() == "430[]"


async def test_j6_a_kick_from_the_connection_says_so_for_each_namespace_and_closes(server):
    websocket = await joined(server, "/other")
    websocket.send('42["kick-hard"]')
    got = await websocket.until_closed()
    assert sorted(got[:-1]) == ["41", "41/other,"]


async def test_j6_a_kick_from_the_connection_over_polling_closes_in_an_answer_of_its_own(server):
    session = await polled_in(server)
    await session.packets(2)
    await session.post('42["kick-hard"]')
    assert (await session.poll()).text == "41"
    assert is_closing(await session.poll())
    await session.gone()


async def test_j7_a_kick_from_one_namespace_leaves_the_others(server):
    websocket = await joined(server, "/other")
    websocket.send('42/other,["kick"]')
    assert await websocket.receive() == "41/other,"
    websocket.send('420["ack","here"]')
    assert await websocket.receive() == '430["here"]'


async def test_j8_a_refusal_keeps_no_room(server):
    watcher = await server.direct(PATH)
    watcher.send('40/halfway,{"in":true}')
    connected = await watcher.receive()
    refused = await server.direct(PATH)
    refused.send("40/halfway,")
    assert await refused.receive() == '44/halfway,{"message":"say something"}'
    watcher.send('42/halfway,0["who"]')
    who = (await watcher.receive()).removeprefix("43/halfway,0")
    assert json.loads(who) == [[json.loads(connected[11:])["sid"]]]


async def test_j8_a_refusal_carries_its_message_and_data(server):
    websocket = await server.direct(PATH)
    websocket.send("40/refusing,")
    assert await websocket.receive() == '44/refusing,{"message":"not today"}'
    websocket.send('40/refusing,{"token":"x"}')
    assert await websocket.receive() == '44/refusing,{"message":"not today","data":{"code":"closed"}}'


async def test_j9_a_client_that_leaves_while_connecting_is_never_connected(server):
    websocket = await server.direct(PATH)
    name = "left-early-" + server.kind
    websocket.send('40/slow,{"seconds":60,"name":"' + name + '"}')
    await asyncio.sleep(0.1)
    websocket.cut()
    assert await server.reason(name) == "cancelled"


async def test_j10_recovery_is_off_without_its_option(server):
    websocket = await server.direct(PATH)
    websocket.send('40{"pid":"unknown","offset":"x"}')
    assert set(json.loads((await websocket.receive())[2:])) == {"sid"}


async def test_j11_a_broadcast_with_acks_collects_all_answers(server):
    first, second = await joined(server), await joined(server)
    for websocket in (first, second):
        websocket.send(f'42["join","collect-{server.kind}"]')
        websocket.send('42["message"]')
        assert await websocket.receive() == '42["message-back"]'
    first.send(f'42["ask-all","collect-{server.kind}"]')
    for websocket, answer in ((first, 1), (second, 2)):
        question = await websocket.receive()
        assert question.endswith('["question"]')
        websocket.send("43" + question[2 : question.index("[")] + f"[{answer}]")
    assert await first.receive() == '42["answered",[1,2]]'


async def test_j11_a_broadcast_with_acks_fails_with_what_came_in_time(server):
    first, second = await joined(server), await joined(server)
    for websocket in (first, second):
        websocket.send(f'42["join","partial-{server.kind}"]')
        websocket.send('42["message"]')
        await websocket.receive()
    first.send(f'42["ask-all","partial-{server.kind}"]')
    question = await first.receive()
    first.send("43" + question[2 : question.index("[")] + "[1]")
    assert await first.receive() == '42["unanswered",[1]]'


async def test_j11_a_broadcast_with_acks_to_nobody_is_an_empty_list(server):
    websocket = await joined(server)
    websocket.send('42["ask-all","nobody-is-here"]')
    assert await websocket.receive() == '42["answered",[]]'


@pytest.mark.parametrize("packet", ["40", "40/,", "40/"])
async def test_j12_the_empty_namespace_is_the_main_one(server, packet):
    websocket = await server.direct(PATH)
    websocket.send(packet)
    assert (await websocket.receive()).startswith('40{"sid":')


async def test_j13_the_query_in_a_connect_of_revision_3_is_the_auth(server):
    websocket = await server.direct(PATH, eio=3)
    assert await websocket.receive() == "40"
    assert await websocket.receive() == '42["auth",null]'
    websocket.send("40/other?token=1%202&x=y,")
    assert await websocket.receive() == "40/other,"
    assert await websocket.receive() == '42/other,["auth",{"token":"1 2","x":"y"}]'


BUNDLE = "/socket.io/socket.io.js"


async def test_j14_the_client_bundle_has_its_version_as_etag_and_is_304_when_known(server):
    answer = await server.get(BUNDLE)
    assert answer.status == 200
    assert b"Socket.IO v" in answer.body
    assert answer.header("content-type").startswith(("application/javascript", "text/javascript"))
    etag = answer.header("etag")
    assert etag.removeprefix("W/").strip('"') in answer.body[:200].decode()
    assert etag.removeprefix("W/").startswith('"')
    known = await server.get(BUNDLE, [("If-None-Match", etag)])
    assert (known.status, known.body) == (304, b"")


@pytest.mark.parametrize(
    "name",
    [
        "socket.io.js",
        "socket.io.js.map",
        "socket.io.min.js",
        "socket.io.min.js.map",
        "socket.io.msgpack.min.js",
        "socket.io.msgpack.min.js.map",
        "socket.io.esm.min.js",
        "socket.io.esm.min.js.map",
    ],
)
async def test_j14_every_bundle_that_node_serves_is_there(server, name):
    answer = await server.get("/socket.io/" + name)
    assert answer.status == 200
    assert len(answer.body) > 10_000


async def test_j14_the_client_bundle_is_compressed_for_those_who_accept_it(server):
    answer = await server.get(BUNDLE, [("Accept-Encoding", "gzip")])
    assert answer.header("content-encoding") == "gzip"


@pytest.mark.parametrize("name", ["other.js", "../package.json", "..%2f..%2fpackage.json", "socket.io.js/../../x.js"])
async def test_j14_other_files_under_the_path_are_not_served(server, name):
    assert (await server.get("/socket.io/" + name)).status in (400, 404)
