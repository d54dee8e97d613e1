"""W1-W26: the wire beyond A to J, HTTP and the engine. Behaviour ids as in behaviours.py."""

import asyncio
import base64
import time

import pytest

from tests.conformance.raw import BINARY, CLOSE, Answer, Closed
from tests.conformance.sessions import HANGING, assert_error, is_closing

ENGINE = "/engine.io/"


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("{engine}?EIO=5&transport=tobi&sid=unknown", 0),
        ("{engine}?EIO=5&transport=polling&sid=unknown", 1),
        ("{engine}?EIO=3&transport=websocket&sid={sid}", 3),
        ("{engine}?EIO=3&transport=polling&sid={sid}", 3),
        ("/refusing/?EIO=5&transport=websocket", 3),
        ("/refusing/?EIO=5&transport=polling", 4),
    ],
)
async def test_w2_of_several_faults_the_first_in_nodes_order_is_told(server, target, code):
    session = await server.polling()
    answer = await server.get(target.format(engine=ENGINE, sid=session.sid))
    message = "Thou shall not pass" if code == 4 else None
    assert_error(answer, code, message, status=403 if code == 4 else 400)
    await session.alive()


async def test_w2_an_unknown_sid_comes_before_a_wrong_method_and_that_before_the_revision(server):
    assert_error(await server.request("PUT", f"{ENGINE}?EIO=5&transport=polling&sid=unknown", body=b""), 1)
    assert_error(await server.request("PUT", f"{ENGINE}?EIO=5&transport=polling", body=b""), 2)


async def test_w3_a_packet_of_the_other_revision_on_a_session_is_refused_and_it_goes_on(server):
    session = await server.polling(eio=3)
    answer = await server.get(f"{ENGINE}?EIO=4&transport=polling&sid={session.sid}")
    assert_error(answer, 3)
    await session.alive()


async def test_w4_both_revisions_open_with_the_same_five_fields(server):
    fields = {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
    for eio in (3, 4):
        assert set((await server.polling(eio=eio)).handshake) == fields
        direct = (await server.direct(eio=eio)).handshake
        assert set(direct) == fields
        assert direct["upgrades"] == []


@pytest.mark.parametrize(
    "query", ["__proto__=x", "transport[]=polling", "EIO=4&EIO=4", "sid=&", "%ff=%ff", "a=" + "x" * 8000]
)
async def test_w5_odd_queries_are_answered_and_harm_nobody(server, query):
    answer = await server.get(f"{ENGINE}?EIO=4&transport=polling&{query}")
    assert answer.status in (200, 400)
    await server.serves()


async def test_w6_the_reason_of_overlapping_polls_is_a_transport_error(server):
    session = await server.polling()
    name = "overlap-" + server.kind
    await session.post("4!name " + name)
    async with session.hanging():
        await session.poll()
    assert await server.reason(name) == "transport error"


async def test_w7_a_server_that_closes_gives_up_waiting_for_the_poll(server):
    session = await server.polling("/impatient/")
    await session.post("4!bye last words")
    await asyncio.sleep(0.5)
    await session.gone()


async def test_w8_the_reason_of_a_frame_over_the_limit_is_a_transport_error(server):
    websocket = await server.direct("/small/")
    name = "too-large-" + server.kind
    websocket.send("4!name " + name)
    websocket.send("4" + "x" * 2000)
    assert await server.reason(name) == "transport error"


async def test_w9_a_pong_starts_the_time_of_the_next_ping_again(server):
    websocket = await server.direct("/fast/")
    assert await websocket.receive() == "2"
    await asyncio.sleep(0.1)
    ponged = time.monotonic()
    websocket.send("3")
    assert await websocket.receive() == "2"
    assert 0.25 < time.monotonic() - ponged < 5


@pytest.mark.parametrize("eio", [3, 4])
async def test_w10_a_probe_is_answered_with_its_data_in_both_revisions(server, eio):
    session = await server.polling(eio=eio)
    websocket = await server.websocket(session.upgrade)
    websocket.send("2probe")
    assert await websocket.receive() == "3probe"


async def test_w11_a_poll_is_released_with_a_noop_again_and_again_until_the_upgrade(server):
    session = await server.polling()
    websocket = await session.probe()
    for _ in range(3):
        started = time.monotonic()
        assert (await session.poll()).text == "6"
        assert time.monotonic() - started < 5
    websocket.send("5")
    websocket.send("4hi")
    assert await websocket.receive() == "4hi"


async def test_w12_until_the_upgrade_a_poll_still_takes_what_is_there(server):
    session = await server.polling()
    await session.probe()
    await session.post("4hello")
    assert (await session.poll()).text == "4hello"


async def test_w13_a_large_binary_message_is_a_raw_frame_and_base64_over_polling(server):
    data = bytes(range(256)) * 100
    websocket = await server.direct()
    websocket.frame(BINARY, data)
    assert await websocket.receive() == data
    session = await server.polling()
    encoded = "b" + base64.b64encode(data).decode()
    await session.post(encoded)
    assert (await session.poll()).text == encoded


@pytest.mark.parametrize(
    "body",
    ["", ":4x", "x:4x", "-1:4x", "5:4x", "1:4x", "0:", "2:4x2:", "1e1:4x", "٢:4x", "9" * 400 + ":4x", "2:9x"],
)
async def test_w14_a_bad_text_payload_of_revision_3_is_the_end(server, body):
    session = await server.polling(eio=3)
    assert (await session.post(body)).status == 400
    await session.gone()


OCTETS = [("Content-Type", "application/octet-stream")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x02\x01\xff4",
        b"\x00\xff4",
        b"\x00" + b"\x09" * 400 + b"\xff4x",
        b"\x00\x09\x09\xff4x",
        b"\x00\x0a\xff4x",
        b"\x00\x01",
        b"\x00\x02\xff\xff\xff",
        b"\x01\x00\xff",
        b"\x01\x01\xff\x09",
    ],
)
async def test_w15_a_bad_binary_payload_of_revision_3_is_the_end(server, body):
    session = await server.polling(eio=3)
    assert (await session.post(body, OCTETS)).status == 400
    await session.gone()


async def test_w16_a_payload_of_revision_3_with_binary_carries_its_text_as_utf_8(server):
    session = await server.polling(eio=3)
    await session.post("4:4é€x6:b4/w==")
    answer = await session.poll()
    assert answer.header("content-type") == "application/octet-stream"
    text = "4é€x".encode()
    assert answer.body == bytes([0, len(text), 255]) + text + b"\x01\x02\xff\x04\xff"


async def test_w17_an_answer_holds_sixteen_packets_at_most_and_loses_none(server):
    session = await server.polling()
    body = [f"4{number}" for number in range(40)]
    assert (await session.post("\x1e".join(body))).text == "ok"
    answers = [(await session.poll()).text.split("\x1e") for _ in range(3)]
    assert [len(answer) for answer in answers] == [16, 16, 8]
    assert sum(answers, []) == body


async def test_w18_seventeen_packets_in_a_post_are_all_delivered(server):
    session = await server.polling()
    body = [f"4{number}" for number in range(17)]
    assert (await session.post("\x1e".join(body))).text == "ok"
    assert await session.packets(17) == body


async def test_w19_a_post_over_the_limit_and_a_ping_of_the_client_are_answered_at_once(server):
    session = await server.polling("/small/")
    started = time.monotonic()
    assert (await session.post("4" + "x" * 5000)).status == 413
    assert (await session.post("2")).status in (200, 400)
    assert time.monotonic() - started < 5
    await session.gone()


@pytest.mark.parametrize("message", ["4true", '4{"a":1}', "4null", "41.50", '4"text"', "4[1, 2]"])
async def test_w20_json_in_a_message_is_never_decoded_by_the_engine(server, message):
    session = await server.polling()
    await session.post(message)
    assert (await session.poll()).text == message
    websocket = await server.direct()
    websocket.send(message)
    assert await websocket.receive() == message


async def test_w21_polls_and_posts_at_once_from_many_sessions_never_mix(server):
    async def one(number):
        session = await server.polling()
        for turn in range(10):
            message = f"4{number}-{turn}"
            async with session.hanging() as poll:
                assert (await session.post(message)).text == "ok"
                assert (await poll).text == message

    await asyncio.gather(*(one(number) for number in range(20)))


async def test_w22_an_upgrade_on_a_closed_session_ends_at_once(server):
    session = await server.polling()
    websocket = await session.probe()
    await session.post("1")
    assert isinstance(await websocket.receive(2), Closed)
    await session.gone()


async def test_w22_a_close_by_the_server_during_an_upgrade_reaches_the_client(server):
    session = await server.polling()
    websocket = await session.probe()
    await session.post("4!bye")
    answers = [await session.poll()]
    while answers[-1].text == "6":
        answers.append(await session.poll())
    assert is_closing(answers[-1])
    assert isinstance((await websocket.until_closed(2))[-1], Closed)


async def test_w23_polls_in_one_write_are_answered_each(server):
    session = await server.polling()
    await session.post("4a")
    connection = await server.connection()
    connection.ask("GET", session.target)
    connection.ask("POST", session.target, (), b"4b")
    assert (await connection.answer()).text == "4a"
    assert (await connection.answer()).text == "ok"


async def test_w24_webtransport_is_not_offered(server):
    assert_error(await server.get(f"{ENGINE}?EIO=4&transport=webtransport"), 0)
    assert "webtransport" not in (await server.polling()).handshake["upgrades"]


async def test_w25_a_close_frame_while_probing_leaves_polling_alive(server):
    session = await server.polling()
    websocket = await session.probe()
    websocket.frame(CLOSE)
    await asyncio.sleep(HANGING)
    await session.alive()


async def test_w26_a_second_websocket_is_never_refused_with_a_status(server):
    session = await server.polling()
    await session.upgraded()
    assert not isinstance(await server.refused(session.upgrade), Answer)


async def test_w27_a_body_that_does_not_come_whole_is_given_up_and_ends_the_session(uvicorn):
    session = await uvicorn.polling("/impatient/")
    connection = await uvicorn.connection()
    connection.ask("POST", session.target, [("Content-Length", "100")])
    connection.write(b"4he")
    assert (await connection.answer()).status == 408
    await session.gone()
