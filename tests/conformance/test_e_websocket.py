"""E: data over websocket. Behaviour ids as in behaviours.py."""

import pytest
import websockets.asyncio.client

from tests.conformance.raw import BINARY, CLOSE, TEXT, Closed


async def test_e1_text_stays_text_and_binary_stays_binary(server):
    websocket = await server.direct()
    for message in ["4hello", b"\x00\x01\x02\xff", "4é€😀", '4{"a":1}', "4true", "4"]:
        websocket.send(message)
        assert await websocket.receive() == message


async def test_e1_an_empty_binary_message_arrives(server):
    websocket = await server.direct()
    websocket.send(b"")
    assert await websocket.receive() in (b"", "b")  # daphne sends no empty frame: "b" is the same message
    websocket.send("4next")
    assert await websocket.receive() == "4next"


async def test_e2_base64_text_is_a_binary_message(server):
    websocket = await server.direct()
    websocket.send("bAQID")
    assert await websocket.receive() == b"\x01\x02\x03"


@pytest.mark.parametrize("packet", ["abc", "9", " 4x", "é"])
async def test_e3_an_invalid_packet_closes(server, packet):
    websocket = await server.direct()
    websocket.send(packet)
    assert await websocket.until_closed() in ([Closed(None)], [Closed(1000)])


async def test_e4_an_empty_text_frame_closes(server):
    websocket = await server.direct()
    websocket.send("")
    assert await websocket.until_closed() in ([Closed(None)], [Closed(1000)])


async def test_e5_a_close_packet_closes_at_once(server):
    websocket = await server.direct()
    websocket.send("4!name said-goodbye-" + server.kind)
    websocket.send("1")
    assert isinstance((await websocket.until_closed(2))[-1], Closed)
    assert await server.reason("said-goodbye-" + server.kind) == "transport close"


async def test_e6_the_server_closes_with_a_close_frame_and_no_packet(server):
    websocket = await server.direct()
    websocket.send("4!bye")
    assert await websocket.until_closed() in ([Closed(None)], [Closed(1000)])


async def test_e7_what_was_sent_before_a_close_arrives_first(server):
    websocket = await server.direct()
    websocket.send("4!bye a b c")
    assert (await websocket.until_closed())[:3] == ["4a", "4b", "4c"]


async def test_e8_no_compression_is_negotiated_under_daphne(daphne):
    offer = [("Sec-WebSocket-Extensions", "permessage-deflate")]
    websocket = await daphne.direct(headers=offer)
    assert websocket.accepted.header("sec-websocket-extensions") is None


async def test_e9_compression_works_where_the_server_negotiates_it(uvicorn):
    url = f"ws://{uvicorn.host}:{uvicorn.port}/engine.io/?EIO=4&transport=websocket"
    async with websockets.asyncio.client.connect(url, compression="deflate") as websocket:
        assert "permessage-deflate" in websocket.response.headers["Sec-WebSocket-Extensions"]
        await websocket.recv()
        for message in ["4" + "hello" * 1000, b"\x00" * 5000]:
            await websocket.send(message)
            assert await websocket.recv() == message


@pytest.mark.parametrize("packet", ["0", "5", "6"])
async def test_e10_open_upgrade_and_noop_packets_are_ignored(server, packet):
    websocket = await server.direct()
    websocket.send(packet)
    websocket.send("4hello")
    assert await websocket.receive() == "4hello"


@pytest.mark.parametrize("packet", ["2", "2probe"])
async def test_e10_a_ping_of_the_client_closes(server, packet):
    websocket = await server.direct()
    websocket.send(packet)
    assert isinstance((await websocket.until_closed())[-1], Closed)


async def test_e11_an_unmasked_frame_is_closed_with_1002(uvicorn):
    websocket = await uvicorn.direct()
    websocket.frame(TEXT, b"4hello", masked=False)
    assert await websocket.receive() == (1002,)


async def test_e11_an_unmasked_frame_kills_the_connection_under_daphne(daphne):
    websocket = await daphne.direct()
    websocket.frame(TEXT, b"4hello", masked=False)
    assert isinstance(await websocket.receive(), Closed)


async def test_e12_binary_of_revision_3_has_its_type_in_front(server):
    websocket = await server.direct(eio=3)
    websocket.send(b"\x04\x01\x02")
    assert await websocket.receive() == b"\x04\x01\x02"
    websocket.send("4text")
    assert await websocket.receive() == "4text"


async def test_e13_binary_of_revision_3_is_base64_where_the_client_asks(server):
    websocket = await server.direct(eio=3, b64="1")
    websocket.send("b4AQI=")
    assert await websocket.receive() == "b4AQI="


async def test_e1_a_message_in_many_fragments_arrives_whole(server):
    websocket = await server.direct()
    websocket.frame(TEXT, b"4he", fin=False)
    websocket.frame(0, b"ll", fin=False)
    websocket.frame(0, b"o")
    assert await websocket.receive() == "4hello"
    websocket.frame(BINARY, b"\x01", fin=False)
    websocket.frame(0, b"\x02")
    assert await websocket.receive() == b"\x01\x02"


async def test_e6_a_close_frame_of_the_client_ends_the_session(server):
    websocket = await server.direct()
    websocket.send("4!name closed-frame-" + server.kind)
    websocket.frame(CLOSE)
    assert await server.reason("closed-frame-" + server.kind) == "transport close"
