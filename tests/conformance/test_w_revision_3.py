"""W: the wire of Socket.IO 2, whose clients speak revision 3. Behaviour ids as in behaviours.py."""

import json

from tests.conformance.clients import PATH


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
