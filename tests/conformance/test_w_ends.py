"""W: how namespaces and sessions end, and what is told of it. Behaviour ids as in behaviours.py."""

import pytest

from tests.conformance.clients import PATH, joined
from tests.conformance.raw import Closed
from tests.conformance.sessions import is_closing


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


async def test_w68_a_disconnect_from_all_over_polling_sends_no_two_farewells_in_one_answer(server):
    session = await server.polling(PATH)
    await session.post('40\x1e42["kick-hard"]')
    answers = [await session.poll()]
    while not is_closing(answers[-1]):
        answers.append(await session.poll())
    assert "41" in answers[-2].text.split("\x1e")


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
