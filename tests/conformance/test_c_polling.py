"""C: data over long-polling. Behaviour ids as in behaviours.py."""

import asyncio
import gzip
import json
import zlib

import pytest

from tests.conformance.raw import Closed
from tests.conformance.sessions import HANGING, assert_error, is_closing

OCTETS = [("Content-Type", "application/octet-stream")]


async def test_c1_a_post_is_answered_ok(server):
    answer = await (await server.polling()).post("4hello")
    assert (answer.status, answer.text) == (200, "ok")
    assert answer.header("content-type").startswith("text/html")
    assert answer.header("content-length") == "2"
    assert answer.header("cache-control") == "no-store"


async def test_c2_a_poll_is_uncached_text_with_its_length_in_bytes(server):
    session = await server.polling()
    await session.post("4é€😀")
    answer = await session.poll()
    assert answer.text == "4é€😀"
    assert answer.header("content-type").lower() == "text/plain; charset=utf-8"
    assert answer.header("content-length") == str(len("4é€😀".encode()))
    assert answer.header("cache-control") == "no-store"


async def test_c3_octets_on_revision_4_are_400_and_the_end(server):
    session = await server.polling()
    answer = await session.post(b"4hello", OCTETS)
    assert (answer.status, answer.body) == (400, b"")
    await session.gone()


async def test_c4_a_post_needs_no_content_type(server):
    session = await server.polling()
    assert (await session.post("4hello", headers=())).text == "ok"
    assert (await session.poll()).text == "4hello"


async def test_c5_a_chunked_post_is_taken(server):
    session = await server.polling()
    connection = await server.connection()
    connection.ask("POST", session.target, [("Transfer-Encoding", "chunked")])
    connection.write(b"3\r\n4he\r\n3\r\nllo\r\n0\r\n\r\n")
    assert (await connection.answer()).text == "ok"
    assert (await session.poll()).text == "4hello"


async def test_c6_a_post_over_the_limit_is_413_and_not_delivered(server):
    session = await server.polling("/small/")
    answer = await session.post("4" + "x" * 1000)
    assert (answer.status, answer.body) == (413, b"")
    await session.alive()


async def test_c6_a_chunked_post_over_the_limit_is_413(server):
    session = await server.polling("/small/")
    connection = await server.connection()
    connection.ask("POST", session.target, [("Transfer-Encoding", "chunked")])
    connection.write(b"1\r\n4\r\n" + b"200\r\n" + b"x" * 512 + b"\r\n" + b"200\r\n" + b"x" * 512 + b"\r\n0\r\n\r\n")
    assert (await connection.answer()).status == 413
    await session.alive()


async def test_c7_a_post_of_exactly_the_limit_passes(server):
    session = await server.polling("/small/")
    whole = "4" + "x" * 999
    assert (await session.post(whole)).text == "ok"
    assert (await session.poll()).text == whole


async def test_c8_max_payload_is_the_limit(server):
    assert (await server.polling("/small/")).handshake["maxPayload"] == 1000


async def test_c9_a_websocket_message_over_the_limit_is_closed(server):
    websocket = await server.direct("/small/")
    websocket.send("4" + "x" * 999)
    assert await websocket.receive() == "4" + "x" * 999
    websocket.send("4" + "x" * 1000)
    assert isinstance(await websocket.receive(2), Closed)


async def test_c9_a_websocket_message_over_the_limit_is_closed_with_1009(uvicorn):
    websocket = await uvicorn.direct("/small/")
    websocket.send("4" + "x" * 1000)
    assert await websocket.receive() == Closed(1009)


@pytest.mark.parametrize("body", ["abc", "4x\x1eabc", "9", "\x1e", "4x\x1e"])
async def test_c10_an_invalid_packet_is_400_and_the_end(server, body):
    session = await server.polling()
    assert (await session.post(body)).status == 400
    await session.gone()


async def test_c11_an_empty_post_is_400_and_the_end(server):
    session = await server.polling()
    assert (await session.post("")).status == 400
    await session.gone()


async def test_c12_of_two_polls_at_once_the_first_is_closed_and_the_second_refused(server):
    session = await server.polling()
    async with session.hanging() as first:
        second = await session.poll()
        assert (second.status, second.body) == (400, b"")
        first = await first
        assert (first.status, first.text) == (200, "1")
    await session.gone()


async def test_c13_of_two_posts_at_once_the_second_is_refused(uvicorn):
    session = await uvicorn.polling()
    connection = await uvicorn.connection()
    connection.ask("POST", session.target, [("Content-Length", "6")])
    connection.write(b"4he")
    await asyncio.sleep(HANGING)
    second = await session.post("4second")
    assert (second.status, second.body) == (400, b"")
    await session.gone()


async def test_c14_a_poll_that_the_client_aborts_ends_the_session_at_once(server):
    session = await server.polling()
    await session.post("4!name aborted-poll-" + server.kind)
    async with session.hanging() as poll:
        poll.cancel()
    assert await server.reason("aborted-poll-" + server.kind) == "transport error"
    await session.gone()


async def test_c15_a_post_works_while_a_poll_hangs(server):
    session = await server.polling()
    async with session.hanging() as poll:
        assert (await session.post("4hello")).text == "ok"
        assert (await poll).text == "4hello"


@pytest.mark.parametrize("keep", ["close", "keep-alive"])
async def test_c15_connection_close_and_keep_alive_change_nothing(server, keep):
    opened = await server.get("/engine.io/?EIO=4&transport=polling", [("Connection", keep)])
    target = f"/engine.io/?EIO=4&transport=polling&sid={json.loads(opened.text[1:])['sid']}"
    connection = await server.connection()
    for number in range(3):
        if keep == "close":
            connection = await server.connection()
        connection.ask("POST", target, [("Connection", keep)], f"4{number}".encode())
        assert (await connection.answer()).text == "ok"
        if keep == "close":
            connection = await server.connection()
        connection.ask("GET", target, [("Connection", keep)])
        assert (await connection.answer()).text == f"4{number}"


async def test_c16_a_payload_keeps_order_empty_messages_and_binary(server):
    session = await server.polling()
    body = "4a\x1e4\x1e4c\x1ebAQID"
    assert (await session.post(body)).text == "ok"
    assert await session.packets(4) == body.split("\x1e")


async def test_c17_unpadded_base64_is_taken(server):
    session = await server.polling()
    assert (await session.post("bAQI")).text == "ok"
    assert (await session.poll()).text == "bAQI="


async def test_c18_text_of_many_bytes_a_character_arrives_whole(server):
    session = await server.polling()
    await session.post("4日本語 😀 é")
    assert (await session.poll()).text == "4日本語 😀 é"


async def test_c19_the_length_in_a_payload_of_revision_3_counts_utf_16_units(server):
    session = await server.polling(eio=3)
    body = "5:4é€😀7:4x😀😀y"  # an emoji counts two
    assert (await session.post(body)).text == "ok"
    assert (await session.poll()).text == body


async def test_c20_a_binary_payload_of_revision_3_goes_both_ways(server):
    session = await server.polling(eio=3)
    body = bytes.fromhex("00 02 ff 34 61 01 03 ff 04 01 02")
    answer = await session.post(body, OCTETS)
    assert answer.text == "ok"
    answer = await session.poll()
    assert answer.body == body
    assert answer.header("content-type") == "application/octet-stream"


async def test_c20_base64_payloads_of_revision_3_for_clients_that_ask(server):
    session = await server.polling(eio=3, b64="1")
    assert (await session.post("2:4a6:b4AQI=")).text == "ok"
    answer = await session.poll()
    assert answer.text == "2:4a6:b4AQI="


async def test_c20_base64_asked_for_at_the_handshake_holds_for_the_session(server):
    session = await server.polling(eio=3, b64="1")
    session.more = {}
    assert (await session.post("2:4a6:b4AQI=")).text == "ok"
    assert (await session.poll()).text == "2:4a6:b4AQI="


async def test_c20_text_in_a_binary_payload_of_revision_3_is_utf_8_with_its_length_in_bytes(server):
    session = await server.polling(eio=3)
    text = "4é€😀".encode()
    body = b"\x00\x01\x00\xff" + text + b"\x01\x02\xff\x04\x07"
    assert len(text) == 10
    assert (await session.post(body, OCTETS)).text == "ok"
    assert (await session.poll()).body == body


def inflated(answer):
    encoding = answer.header("content-encoding")
    if encoding == "gzip":
        return gzip.decompress(answer.body).decode()
    if encoding == "deflate":
        return zlib.decompress(answer.body).decode()
    assert encoding is None, answer
    return answer.text


async def polled(server, path, size, accepts):
    """The answer to a poll of a message with ``size`` bytes in the payload."""
    session = await server.polling(path)
    body = "4" + "x" * (size - 1)
    assert (await session.post(body)).text == "ok"
    answer = await session.poll([("Accept-Encoding", accepts)] if accepts else ())
    assert inflated(answer) == body
    return answer


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [("gzip", "gzip"), ("deflate", "deflate"), ("gzip, deflate, br", "gzip"), ("br", None), (None, None)],
)
async def test_c21_an_answer_from_1024_bytes_is_compressed_as_the_client_accepts(server, accepts, encoding):
    answer = await polled(server, "/engine.io/", 1024, accepts)
    assert answer.header("content-encoding") == encoding


async def test_c21_a_shorter_answer_is_not_compressed(server):
    assert (await polled(server, "/engine.io/", 1023, "gzip")).header("content-encoding") is None


async def test_c21_no_compression_where_the_option_is_off(server):
    assert (await polled(server, "/uncompressed/", 5000, "gzip")).header("content-encoding") is None


async def test_c21_a_threshold_of_nothing_compresses_all(server):
    assert (await polled(server, "/compress-all/", 2, "gzip")).header("content-encoding") == "gzip"


@pytest.mark.parametrize(("compress", "encoding"), [("true", "gzip"), ("false", None)])
async def test_c22_compression_may_be_declined_for_a_message(server, compress, encoding):
    session = await server.polling("/socket.io/")
    await session.post("40")
    await session.packets(2)
    await session.post(f'42["write",5000,{compress}]')
    answer = await session.poll([("Accept-Encoding", "gzip")])
    assert inflated(answer) == '42["written","' + "x" * 5000 + '"]'
    assert answer.header("content-encoding") == encoding


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1)", "0"),
        ("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", "0"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0", None),
    ],
)
async def test_c23_the_old_script_filter_is_switched_off_for_its_browsers_only(server, agent, expected):
    session = await server.polling()
    browser = [("User-Agent", agent)]
    assert (await session.post("4x", browser)).header("x-xss-protection") == expected
    assert (await session.poll(browser)).header("x-xss-protection") == expected


async def test_ct1_a_million_bytes_in_many_pieces_arrive_whole(server):
    session = await server.polling()
    body = b"4" + b"0123456789" * 99_999 + b"012345678"
    assert len(body) == 1_000_000
    connection = await server.connection()
    connection.ask("POST", session.target, [("Content-Length", str(len(body)))])
    for start in range(0, len(body), 20_000):
        connection.write(body[start : start + 20_000])
        await connection.writer.drain()
        await asyncio.sleep(0.001)
    assert (await connection.answer()).text == "ok"
    assert (await session.poll()).body == body


async def test_ct2_messages_sent_in_one_go_arrive_once_each_in_order(server):
    session = await server.polling()
    async with session.hanging() as poll:
        await session.post("4!say a b c")
        first = (await poll).text.split("\x1e")
    rest = await session.packets(3 - len(first)) if len(first) < 3 else []
    assert first + rest == ["4a", "4b", "4c"]


async def test_c16_ten_thousand_packets_in_one_post_come_back_in_order(server):
    session = await server.polling()
    body = [f"4{number}" for number in range(10_000)]
    assert (await session.post("\x1e".join(body))).text == "ok"
    assert await session.packets(10_000) == body


async def test_c12_a_hanging_poll_that_is_replaced_gets_the_close_packet_alone(server):
    session = await server.polling()
    async with session.hanging() as first:
        await session.poll()
        assert is_closing(await first)


async def test_c6_a_declared_length_over_the_limit_is_413(server):
    session = await server.polling("/small/")
    connection = await server.connection()
    connection.ask("POST", session.target, [("Content-Length", "100000")])
    connection.write(b"4" + b"x" * 99_999)
    assert (await connection.answer()).status == 413
    assert_error(await server.get("/small/?EIO=4&transport=polling&sid=none"), 1)
    await session.alive()
