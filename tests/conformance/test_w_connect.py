"""W: CONNECT and namespaces on the wire of Socket.IO 5. Behaviour ids as in behaviours.py."""

import asyncio
import json

import pytest

from tests.conformance.clients import PATH, ended, join, joined


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


async def test_w37_the_comma_behind_a_namespace_may_be_missing(server):
    websocket = await server.direct(PATH)
    websocket.send("40/other")
    assert (await websocket.receive()).startswith('40/other,{"sid":')


async def test_w38_a_packet_for_a_namespace_that_was_never_joined_closes(server):
    websocket = await joined(server)
    websocket.send('42/other,["message"]')
    await ended(websocket)


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


async def test_w67_connect_disconnect_and_connect_again_on_one_connection(server):
    websocket = await joined(server, "/other")
    websocket.send("41/other,")
    await asyncio.sleep(0.05)
    await join(websocket, "/other")


async def test_w69_events_while_connect_runs_wait_for_it(server):
    websocket = await server.direct(PATH)
    websocket.send('40/slow,{"name":"waits-' + server.kind + '"}')
    websocket.send('42/slow,0["anything"]')
    assert (await websocket.receive()).startswith('40/slow,{"sid":')
    assert (await websocket.receive()).startswith('43/slow,0[{"error":')
