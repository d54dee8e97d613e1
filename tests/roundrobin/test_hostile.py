"""What others write into the layer harms nobody."""

import json

import pytest

from realtime.engine.forwarding.lines import MESSAGE, OTHER_VERSION, engines_group
from realtime.engine.forwarding.wire import Envelope, Kind, Record, seal
from realtime.metrics import counters
from tests.engine.asgi import open_polling
from tests.roundrobin.engines import SECRET, until

pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("unraised")]
POST = {
    "type": "http", "path": "/engine.io/", "query_string": "EIO=4&transport=polling", "method": "POST", "headers": [],
    "extensions": [],
}  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        None, 17, "text", b"", b"\x01garbage", b"\x01" * 200, [b"list"],
        pytest.param("forged", id="forged"), pytest.param("for another", id="for another"),
    ],
)  # fmt: skip
async def test_a_hostile_message_is_dropped_and_counted(balancer, body):
    balanced = balancer(1).through(0)
    session = await open_polling(balanced)
    exchange = balanced.engines[0].exchange
    opening = (Record(Kind.OPEN, 2, b"{}"),)
    if body == "forged":
        body = seal(Envelope(exchange.tag, b"attack", 1, 0, 0, 0, opening), b"not the secret")
    elif body == "for another":
        body = seal(Envelope(b"elsewh", b"attack", 1, 0, 0, 0, opening), SECRET)
    before = counters["tunnel_messages_refused"]
    await balanced.layers[0].group_send(engines_group(exchange.tag), {"type": MESSAGE, "body": body})
    await until(lambda: counters["tunnel_messages_refused"] == before + 1)
    assert not exchange.served
    assert await session.say("4hello") == (200, b"ok")


@pytest.mark.parametrize("message", [17, "text", [MESSAGE], None])
async def test_what_is_no_message_is_dropped_and_counted(balancer, message):
    balanced = balancer(1).through(0)
    session = await open_polling(balanced)
    group = engines_group(balanced.engines[0].exchange.tag)
    before = counters["layer_messages_refused"]
    await balanced.layers[0].group_send(group, message)
    await until(lambda: counters["layer_messages_refused"] == before + 1)
    assert await session.say("4hello") == (200, b"ok")


async def test_another_version_is_refused_and_told_once(balancer, caplog):
    balanced = balancer(1).through(0)
    await open_polling(balanced)
    exchange, before = balanced.engines[0].exchange, counters["tunnel_messages_refused"]
    for _ in range(3):
        message = {"type": MESSAGE, "body": b"\x09" + b"x" * 200}
        await balanced.layers[0].group_send(engines_group(exchange.tag), message)
    await until(lambda: counters["tunnel_messages_refused"] == before + 3)
    assert [record.message for record in caplog.records] == [OTHER_VERSION % 9]


@pytest.mark.parametrize(
    "records",
    [
        [Record(Kind.OPEN, 2, b"nonsense")],
        [Record(Kind.OPEN, 2, b"nonsense"), Record(Kind.OPEN, 2, b"twice")],
        [Record(Kind.OPEN, 2, json.dumps({"type": "lifespan"}).encode())],
        [Record(77, 2, b""), Record(Kind.EVENT, 4, b"for nobody")],
        [Record(Kind.OPEN, 2, json.dumps(POST).encode()), Record(Kind.EVENT, 2, b"\xff\xff\xff\xff\xff\xff")],
    ],
)  # fmt: skip
async def test_a_sealed_message_that_makes_no_sense_harms_nobody(balancer, records):
    balanced = balancer(1).through(0)
    session = await open_polling(balanced)
    exchange = balanced.engines[0].exchange
    message = {"type": MESSAGE, "body": seal(Envelope(exchange.tag, b"madman", 1, 0, 0, 0, tuple(records)), SECRET)}
    await balanced.layers[0].group_send(engines_group(exchange.tag), message)
    await until(lambda: b"madman" in exchange.lines.by_tag)
    assert await session.say("4hello") == (200, b"ok")
