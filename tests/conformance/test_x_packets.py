"""X: packets that lie, come too early or name what there is not. Each gets its answer, and nobody else notices."""

import pytest

from tests.conformance.clients import OverWebsocket, placeholders
from tests.conformance.sessions import is_closing

pytestmark = pytest.mark.usefixtures("bystander")

MALFORMED = [
    "4",
    "4abc",
    "42",
    "42[",
    "42{}",
    "42null",
    "42[]",
    '42["message"',
    '42["message"]]',
    "42'message'",
    '42abc["message"]',
    '42,["message"]',
    "47",
    "49[]",
    "4-1",
    "4/",
    '44{"message":"x"}',
    "431{}",
    '42["message",]',
    '42["message"] x',
    "45",
    "45-",
    "4\x00",
    "4٢[]",
]


@pytest.mark.parametrize("packet", MALFORMED)
async def test_x1_w35_a_malformed_packet_closes(client, packet):
    await client.enter("40")
    await client.send(packet)
    await client.is_closed()


NAMESPACES = [
    "/unknown",
    "//other",
    "/" + "x" * 200,
    "/é",
    "/../other",
    "/rooms/a b",
    "/rooms/",
    "/other/",
    "/\x01",
    "/%2e",
    "/__class__",
]


@pytest.mark.parametrize("namespace", NAMESPACES)
async def test_x3_an_unknown_namespace_is_an_error_and_the_others_go_on(client, namespace):
    await client.enter("40")
    await client.send(f"40{namespace},")
    assert await client.hears() == f'44{namespace},{{"message":"Invalid namespace"}}'
    await client.send('420["ack"]')
    assert await client.hears() == "430[]"


@pytest.mark.parametrize(
    "packet", ["40/" + "x" * 300 + ",", "42/" + "x" * 300 + ',["message"]', "40/other,[]", "40/other,1x"]
)
async def test_x3_a_namespace_that_is_too_long_or_has_a_bad_payload_closes(client, packet):
    await client.enter("40")
    await client.send(packet)
    await client.is_closed()


async def test_x3_asking_for_unknown_namespaces_again_and_again_closes(client):
    await client.enter("40")
    await client.send(*(f"40/unknown-{number}," for number in range(50)))
    refused = 0
    if isinstance(client, OverWebsocket):
        refused = len(await client.websocket.until_closed()) - 1
    else:
        while not is_closing(answer := await client.session.poll()):
            assert answer.status == 200
            refused += answer.text.count("44/")
    assert 10 < refused < 30


LYING = [
    (f'451-["message",{placeholders(1)}]', b"\x01"),
    (f'451-["message",{placeholders(-1)}]', b"\x01"),
    (f'452-["message",{placeholders(0, 2)}]', b"\x01", b"\x02"),
    (f'451-["message",{placeholders(0)}]', "4text"),
    (f'451-["message",{placeholders(0)}]', '42["message"]'),
    (f'4511-["message",{placeholders(*range(11))}]',),
    ('450-["message"]',),
    (f'45999999999999-["message",{placeholders(0)}]',),
    (b"\x01",),
]


@pytest.mark.parametrize("frames", LYING, ids=range(len(LYING)))
async def test_x4_w52_attachments_that_lie_close(client, frames):
    await client.enter("40")
    await client.send(*frames)
    await client.is_closed()


async def test_x4_an_attachment_too_many_closes(client):
    await client.enter("40")
    await client.send(f'451-["name",{placeholders(0)}]', b"\x01", b"\x02")
    await client.is_closed()


EARLY = [
    '42["message"]',
    "41",
    "430[]",
    '451-["message",{"_placeholder":true,"num":0}]',
    b"\x01",
    "42/other,0[1]",
    "44{}",
]


@pytest.mark.parametrize("packet", EARLY)
async def test_x8_a_packet_before_connect_closes(client, packet):
    await client.enter()
    await client.send(packet, *([b"\x01"] if isinstance(packet, str) and packet.startswith("45") else []))
    await client.is_closed()


async def test_x14_an_empty_attachment_is_an_attachment(client):
    await client.enter("40")
    await client.send(f'452-0["ack",{placeholders(0, 1)}]', b"", b"")
    assert await client.hears() == f"462-0[{placeholders(0, 1)}]"
    if isinstance(client, OverWebsocket):
        assert {await client.hears(), await client.hears()} <= {b"", "b"}
        await client.send('421["ack"]')
        assert await client.hears() == "431[]"
