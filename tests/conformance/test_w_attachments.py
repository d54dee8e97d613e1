"""W: binary events and their attachments. Behaviour ids as in behaviours.py."""

import pytest

from tests.conformance.clients import PATH, ended, joined, placeholders


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


@pytest.mark.parametrize("num", ["1", "-1", "0.5", '"0"', "null", '"splice"', "1e9", "true"])
async def test_w51_a_placeholder_out_of_range_closes(server, num):
    websocket = await joined(server)
    websocket.send(f'451-["message",{placeholders(num)}]')
    websocket.send(b"\x01")
    await ended(websocket)


async def test_w51_a_placeholder_in_a_text_event_stays_data(server):
    websocket = await joined(server)
    websocket.send('42["message",{"_placeholder":true,"num":0}]')
    assert await websocket.receive() == '42["message-back",{"_placeholder":true,"num":0}]'


@pytest.mark.parametrize("count", ["11", "0", "-1", "1.5", "99999999999999999999", "", "٣"])
async def test_w53_the_number_of_attachments_is_from_one_to_ten(server, count):
    websocket = await joined(server)
    websocket.send(f'45{count}-["message"]')
    await ended(websocket)


async def test_w53_ten_attachments_are_taken(server):
    websocket = await joined(server)
    places = placeholders(*range(10))
    websocket.send(f'4510-["message",{places}]')
    for number in range(10):
        websocket.send(bytes([number]))
    assert await websocket.receive() == f'4510-["message-back",{places}]'


async def test_w70_a_client_may_be_cut_in_the_middle_of_an_attachment(server):
    websocket = await joined(server)
    name = "cut-in-attachment-" + server.kind
    websocket.send(f'42["name","{name}"]')
    websocket.send(f'451-["message",{placeholders(0)}]')
    websocket.cut()
    assert await server.reason(name) == "transport close"
    await server.serves()
