"""X: JSON that is too deep or none, and names of every kind. Each gets its answer, and nobody else notices."""

import json
import time

import pytest

pytestmark = pytest.mark.usefixtures("bystander")


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [70, 1000, 100_000])
async def test_x5_json_that_is_too_deep_closes(client, opening, depth):
    await client.enter("40")
    closing = "]" if opening == "[" else "}"
    await client.send('42["message",' + opening * depth + "1" + closing * depth + "]")
    await client.is_closed()


async def test_x5_json_of_thirty_levels_is_taken(client):
    await client.enter("40")
    await client.send('420["ack",' + "[" * 30 + "]" * 30 + "]")
    assert await client.hears() == "430[" + "[" * 30 + "]" * 30 + "]"


@pytest.mark.parametrize("opening", ["[", '{"a":'])
async def test_x5_deep_json_that_never_ends_closes_in_no_time(client, opening):
    await client.enter("40")
    started = time.monotonic()
    await client.send('42["message",' + opening * 150_000)
    await client.is_closed()
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000, "01", "+1", "1.", ".5", "0x1"]
)
async def test_x6_a_number_that_json_does_not_know_closes(client, value):
    await client.enter("40")
    await client.send(f'42["message",{value}]')
    await client.is_closed()


@pytest.mark.parametrize("number", ["-1", "9" * 20, "9" * 5000, "1.5", "٣"])
@pytest.mark.parametrize("kind", ["2", "3"])
async def test_x6_a_negative_or_huge_id_closes(client, number, kind):
    await client.enter("40")
    await client.send(f'4{kind}{number}["ack"]')
    await client.is_closed()


@pytest.mark.parametrize("value", ["-0.0", "1e300", "9007199254740993", "1.7976931348623157e308", "-1"])
async def test_x6_numbers_that_json_knows_come_back(client, value):
    await client.enter("40")
    await client.send(f'420["ack",{value}]')
    assert json.loads((await client.hears())[3:]) == [json.loads(value)]


async def test_x6_not_a_number_in_an_ack_of_ours_is_our_failure_and_harms_nobody(server, client):
    server.forgives = True  # the handler's fault, logged
    await client.enter("40")
    await client.send('420["send-not-a-number"]')
    assert json.loads((await client.hears())[3:])[0]["error"]["code"] == "internal_error"
    await client.send('421["ack"]')
    assert await client.hears() == "431[]"


RESERVED = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]


@pytest.mark.parametrize("event", RESERVED)
async def test_x7_w34_a_reserved_event_closes_and_runs_no_handler(server, client, event):
    await client.enter("40")
    name = f"reserved-{event}-{type(client).__name__}-{server.kind}"
    await client.send(f'42["name","{name}"]', f'42["{event}","from the client"]')
    await client.is_closed()
    assert await server.reason(name) in ("parse error", "forced close")


NAMES = [
    "close",
    "emit",
    "send",
    "scope",
    "__init__",
    "__class__",
    "as_asgi",
    "order_say",
    "*",
    "toString",
    "%s{0}",
    " ",
    "",
]


@pytest.mark.parametrize("event", NAMES)
async def test_x7_an_event_named_as_something_of_python_is_not_found(client, event):
    await client.enter("40")
    await client.send(f'420["{event}"]')
    assert json.loads((await client.hears())[3:])[0]["error"]["code"] == "not_found"


ROOMS = ["团队", "a b", "a/b", "a:b", "", ".", "x" * 300, "\\u0000", "\\ud83d", '\\"', "asgi.group!x", "specific.x!y"]


@pytest.mark.parametrize("room", ROOMS)
async def test_x15_a_room_may_have_any_name(client, room):
    await client.enter("40")
    await client.send(f'42["join","{room}"]', f'42["say","{room}","heard"]', f'42["leave","{room}"]', '420["ack"]')
    assert await client.hears() == '42["said","heard"]'


async def test_x15_an_event_name_that_is_too_long_closes(client):
    await client.enter("40")
    await client.send('42["' + "x" * 300 + '"]')
    await client.is_closed()
