"""W: rooms, broadcasts and volatile events. Behaviour ids as in behaviours.py."""

import json

from tests.conformance.clients import PATH, join, joined


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
