"""Whatever a client sends gets a documented answer, nothing is logged as a failure, and nobody else is touched."""

import itertools
import logging

import pytest
from channels.db import database_sync_to_async

from realtime import Disconnected
from realtime.schema.project import namespaces
from tests.voiceroom.tabs import code, enter, heard, join, leave
from tests.voiceroom.test_protocol import PAGE
from voiceroom import limits
from voiceroom.consumers import RoomConsumer
from voiceroom.models import ModerationEvent, Seat
from voiceroom.options import DEFAULTS

pytestmark = pytest.mark.django_db(transaction=True)
(SERVED,) = [each for each in namespaces() if each.consumer is RoomConsumer]
EVENTS = {event.name: len(event.arguments) for event in SERVED.receives}
NESTED = [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]
GARBAGE = [
    None, True, -1, 0, 2**70, 1.5, "", "x" * 5000, "\u202e\ud800\x00", b"\x00\xff", [], {}, NESTED, {"deep": NESTED},
    {"__proto__": 1}, {"type": b"\x00"}, {"tab": {}, "password": [], "invite": {}}, {"password": "\ud800"},
    {"invite": "\ud800"}, {"hours": "1", "uses": None}, {"name": 1, "topic": None}, {"\ud800": "\ud800"},
]  # fmt: skip
ANYWHERE = {"room:join", "chat:read"}  # what needs no place inside


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(limits.Limits, "why_not", lambda *args: None)


def spoilt(count):
    """Arguments of which one is garbage, and those before it are nearly right."""
    for position, garbage, before in itertools.product(range(count), GARBAGE, (1, "x", {})):
        yield [before] * position + [garbage]


async def answer(tab, name, *args):
    try:
        return await tab.call(name, *args) or {}
    except Disconnected:  # sent away, as who tries passwords too often
        return {"error": {"code": "not_inside"}}


@pytest.mark.parametrize("name", [name for name, count in EVENTS.items() if count])
async def test_garbage_is_answered_with_a_code(room, people, hurried, caplog, name):
    tab, _ = await join(people["ada"])
    for args in spoilt(EVENTS[name]):
        refused = code(await answer(tab, name, *args))
        assert refused is None or f"`{refused}`" in PAGE and refused != "internal_error", args
    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR] == []
    await leave(tab)


async def test_a_password_that_no_text_can_be_is_a_wrong_one(room, people):
    await database_sync_to_async(room.change_door)(password="sesame")
    tab = await enter(people["cy"])
    for password in ("\ud800", "", "x" * 5000):
        assert code(await tab.call("room:join", {"password": password})) == "password"
    await leave(tab)


async def test_who_did_not_go_in_does_nothing_with_any_command(room, people, hurried):
    """Staff, so that no rule stands in the way."""
    inside, _ = await join(people["cy"])
    assert (await inside.call("seat:take"))["ok"]
    await heard(inside)
    outside = await enter(people["di"])
    for name, count in EVENTS.items():
        for args in ([1] * count, ["x"] * count, [people["cy"].pk, True][:count]):
            refused = code(await answer(outside, name, *args)) if name not in ANYWHERE else "not_inside"
            assert refused in ("not_inside", "bad_arguments"), name
    assert [each for each in await heard(inside) if each.event != "media:peers"] == []
    assert await Seat.objects.filter(room=room, user=people["cy"]).aexists()
    assert not await ModerationEvent.objects.aexists()
    await leave(inside, outside)


async def test_a_message_repeated_without_end_is_not_told_without_end(room, people):
    cy, _ = await join(people["cy"])
    ada, _ = await join(people["ada"])
    codes = [code(await cy.call("chat:send", "again", "one-key-only")) for _ in range(DEFAULTS.message_rate[1] + 20)]
    assert codes[0] is None and codes.count("too_fast") > 5
    assert sum(each.event == "chat:message" for each in await heard(ada)) == codes.count(None)
    await leave(cy, ada)


async def test_who_types_without_end_is_not_passed_on_without_end(room, people):
    cy, _ = await join(people["cy"])
    ada, _ = await join(people["ada"])
    codes = [code(await answer(cy, "chat:typing", False)) for _ in range(DEFAULTS.typing_rate[1] + 10)]
    assert codes.count("too_fast") > 5
    assert sum(each.event == "chat:typing" for each in await heard(ada)) == codes.count(None)
    await leave(cy, ada)
