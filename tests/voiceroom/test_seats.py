"""Seats, microphones, hands and invitations, as tabs live them."""

import pytest

from tests.voiceroom.tabs import code, enter, hear, heard, join, leave
from voiceroom import rules
from voiceroom.models import Membership, ModerationEvent, Room, Seat
from voiceroom.options import DEFAULTS

pytestmark = pytest.mark.django_db(transaction=True)


def seats(*told):
    """The seats of some answers or broadcasts, the last word on each."""
    return {seat["index"]: seat for news in told for seat in news.get("seats", [])}


async def test_going_in_tells_the_seats_the_hands_and_the_way_to_the_voices(room, people):
    tab, told = await join(people["ada"])
    assert [seat["index"] for seat in told["seats"]] == list(range(8))
    assert told["seats"][0] == {
        "index": 0, "person": None, "locked": False, "muted": False, "mic": "off", "tab": None, "away": False,
    }  # fmt: skip
    assert (told["revision"], told["hands"], told["room"]["you_role"]) == (0, [], "owner")
    assert told["media"]["tab"] == told["tabs"][0]["id"]
    assert (told["media"]["backend"], told["media"]["limits"]) == ("mesh", {"mesh": 6, "speaking": 4})
    await leave(tab)


async def test_who_takes_a_seat_is_seen_there_by_everybody_with_the_next_revision(room, people):
    ada, _ = await join(people["ada"])
    cy, told = await join(people["cy"])
    assert await cy.call("seat:take", 2) == {"ok": True, "revision": 1}
    news = await hear(ada, "room:changed")
    assert news["revision"] == 1 and set(news) == {"revision", "seats"}
    (seat,) = news["seats"]
    assert (seat["index"], seat["person"]["name"], seat["tab"]) == (2, "Cy", told["media"]["tab"])
    again = await ada.call("room:sync")
    assert again["revision"] == 1 and again["seats"][2] == seat
    await leave(ada, cy)


async def test_without_a_number_it_is_the_first_free_seat(room, people):
    await Seat.objects.filter(index=0).aupdate(locked=True)
    cy, _ = await join(people["cy"])
    await cy.call("seat:take", None)
    assert (await Seat.objects.aget(user=people["cy"])).index == 1
    await leave(cy)


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        ([("seat:take", 0), ("seat:take", 1)], "seated"),
        ([("seat:take", 7), ("seat:move", 8)], "not_found"),
        ([("seat:take", -1)], "not_found"),
        ([("seat:take", True)], "bad_arguments"),
        ([("seat:take", {"x": 1})], "bad_arguments"),
        ([("seat:take", 3)], "seat_taken"),
        ([("seat:take", 4)], "seat_locked"),
        ([("seat:move", 0)], "not_seated"),
        ([("seat:leave",)], "not_seated"),
        ([("seat:take", 0), ("seat:move", 3)], "seat_taken"),
        ([("mic:state", "on")], "not_seated"),
        ([("seat:take", 0), ("mic:state", "loud")], "bad_arguments"),
        ([("seat:take", 0), ("mic:state", ["on"])], "bad_arguments"),
        ([("seat:mute", 3)], "forbidden"),
        ([("seat:lock", 0, True)], "forbidden"),
        ([("seat:kick", 3)], "forbidden"),
        ([("mute:all",)], "forbidden"),
        ([("hand:accept", 1)], "forbidden"),
        ([("room:lock", True)], "forbidden"),
        ([("room:lock", "yes")], "bad_arguments"),
        ([("room:password", "x")], "forbidden"),
        ([("room:update", {"name": "Mine"})], "forbidden"),
        ([("room:close",)], "forbidden"),
        ([("invite:create",)], "forbidden"),
        ([("media:publish",)], "not_seated"),
        ([("reaction", "💣")], "bad_arguments"),
        ([("reaction", {})], "bad_arguments"),
        ([("media:quality", 9)], "bad_arguments"),
    ],
)
async def test_what_cannot_be_is_answered_with_its_code_and_changes_nothing(room, people, commands, answer):
    await Seat.objects.filter(index=3).aupdate(user=people["ada"])
    await Seat.objects.filter(index=4).aupdate(locked=True)
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    *before, last = commands
    for command in before:
        assert code(await cy.call(*command)) is None
    revision = (await Room.objects.aget()).revision
    assert code(await cy.call(*last)) == answer
    assert (await Room.objects.aget()).revision == revision
    await leave(ada, cy)


async def test_moving_takes_the_microphone_along(room, people):
    cy, told = await join(people["cy"])
    await cy.call("seat:take", 0)
    await cy.call("mic:state", "on")
    await cy.call("seat:move", 5)
    now = seats(await cy.call("room:sync"))
    assert now[0]["person"] is None
    assert (now[5]["mic"], now[5]["tab"]) == ("on", told["media"]["tab"])
    await leave(cy)


async def test_in_a_room_that_asks_first_a_raised_hand_gets_the_seat(room, people):
    await Room.objects.aupdate(seat_mode="apply")
    ada, _ = await join(people["ada"])
    cy, told = await join(people["cy"])
    assert code(await cy.call("seat:take", 0)) == "apply_only"
    assert code(await cy.call("hand:raise")) is None
    assert code(await cy.call("hand:raise")) == "already_raised"
    (hand,) = (await hear(ada, "room:changed"))["hands"]
    assert hand["person"]["id"] == people["cy"].pk
    assert code(await ada.call("hand:accept", people["cy"].pk)) is None
    news = await hear(ada, "room:changed")
    assert news["hands"] == [] and news["seats"][0]["tab"] == told["media"]["tab"]
    assert code(await ada.call("hand:accept", people["cy"].pk)) == "gone"
    await leave(ada, cy)


@pytest.mark.parametrize(("command", "accept"), [("hand:accept", True), ("hand:reject", False)])
async def test_who_raised_a_hand_hears_what_became_of_it_and_nobody_else(room, people, command, accept):
    bo, _ = await join(people["bo"])
    cy, _ = await join(people["cy"])
    await cy.call("hand:raise")
    await heard(bo)
    assert code(await bo.call(command, people["cy"].pk)) is None
    answer = await hear(cy, "hand:answered")
    assert (answer["by"]["id"], answer["accept"]) == (people["bo"].pk, accept)
    assert "hand:answered" not in [told.event for told in await heard(bo)]
    await leave(bo, cy)


async def test_a_hand_is_lowered_rejected_and_not_raised_where_hands_are_closed(room, people):
    bo, _ = await join(people["bo"])
    cy, _ = await join(people["cy"])
    await cy.call("hand:raise")
    await cy.call("hand:lower")
    assert code(await bo.call("hand:reject", people["cy"].pk)) == "gone"
    await cy.call("hand:raise")
    assert code(await bo.call("hand:reject", people["cy"].pk)) is None
    await cy.call("hand:raise")
    await bo.call("hand:open", False)
    assert (await bo.call("room:sync"))["hands"] == []
    assert code(await cy.call("hand:raise")) == "hands_closed"
    await leave(bo, cy)


async def test_nobody_is_put_on_a_seat_without_saying_yes(room, people):
    await Room.objects.aupdate(seat_mode="apply")
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    await ada.call("seat:invite", people["cy"].pk)
    asked = await hear(cy, "seat:invited")
    assert (asked["by"]["name"], asked["seconds"]) == ("Ada", DEFAULTS.invitation_seconds)
    assert not await Seat.objects.filter(user=people["cy"]).aexists()
    assert code(await cy.call("seat:invite_reply", asked["id"], True)) is None
    assert await Seat.objects.filter(user=people["cy"]).aexists()
    assert (await hear(ada, "seat:invite_answered"))["accept"] is True
    assert code(await cy.call("seat:invite_reply", asked["id"], True)) == "gone"
    await leave(ada, cy)


async def test_an_invitation_is_for_one_person_only(room, people):
    ada, _ = await join(people["ada"])
    bo, _ = await join(people["bo"])
    cy, _ = await join(people["cy"])
    await ada.call("seat:invite", people["cy"].pk)
    asked = await hear(cy, "seat:invited")
    assert code(await bo.call("seat:invite_reply", asked["id"], True)) == "gone"
    assert code(await cy.call("seat:invite_reply", asked["id"], False)) is None
    assert not await Seat.objects.exclude(user=None).aexists()
    await leave(ada, bo, cy)


async def test_who_is_moved_to_the_audience_hears_by_whom(room, people):
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    for command, *more in (("seat:kick",), ("seat:lock", True)):
        await cy.call("seat:take", 0)
        await ada.call(command, 0, *more)
        assert (await hear(cy, "seat:taken_away"))["by"]["name"] == "Ada"
    await ada.call("seat:take", 1)
    await ada.call("seat:kick", 1)  # one's own doing is no news
    assert "seat:taken_away" not in [told.event for told in await heard(ada)]
    await leave(ada, cy)


async def test_a_host_mutes_and_only_the_muted_unmutes_when_asked(room, people):
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    await cy.call("seat:take", 0)
    await cy.call("mic:state", "on")
    assert code(await ada.call("seat:mute", 0)) is None
    assert seats(await cy.call("room:sync"))[0] | {"person": 0, "tab": 0} == {
        "index": 0, "person": 0, "locked": False, "muted": True, "mic": "off", "tab": 0, "away": False,
    }  # fmt: skip
    assert code(await cy.call("mic:state", "on")) == "muted"
    assert code(await cy.call("seat:unmute")) == "muted"
    await cy.call("seat:leave")
    await cy.call("seat:take", 1)  # the mute goes with the person
    assert code(await cy.call("mic:state", "on")) == "muted"
    await ada.call("seat:ask_unmute", 1)
    assert (await hear(cy, "seat:unmute_asked"))["by"]["name"] == "Ada"
    assert code(await cy.call("seat:unmute")) is None
    assert code(await cy.call("mic:state", "on")) is None
    await leave(ada, cy)


async def test_muting_everybody_spares_who_stands_above(room, people):
    tabs = {name: (await join(people[name]))[0] for name in ("ada", "bo", "cy")}
    for tab in tabs.values():
        await tab.call("seat:take", None)
        await tab.call("mic:state", "on")
    assert code(await tabs["bo"].call("mute:all")) is None
    muted = {seat.user_id: seat.muted_by_host async for seat in Seat.objects.exclude(user=None)}
    assert muted == {people["ada"].pk: False, people["bo"].pk: False, people["cy"].pk: True}
    await leave(*tabs.values())


async def test_locking_a_seat_empties_it_first(room, people):
    bo, _ = await join(people["bo"])
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    await cy.call("seat:take", 0)
    await ada.call("seat:take", 1)
    assert code(await bo.call("seat:lock", 1, True)) == "forbidden"
    assert code(await bo.call("seat:lock", 0, True)) is None
    seat = seats(await bo.call("room:sync"))[0]
    assert (seat["locked"], seat["person"]) == (True, None)
    assert code(await cy.call("seat:take", 0)) == "seat_locked"
    await bo.call("seat:lock", 0, False)
    assert code(await cy.call("seat:take", 0)) is None
    assert code(await bo.call("seat:kick", 0)) is None
    assert not await Seat.objects.filter(user=people["cy"]).aexists()
    actions = [row.action async for row in ModerationEvent.objects.order_by("pk")]
    assert actions == ["seat_lock", "seat_unlock", "seat_kick"]
    await leave(ada, bo, cy)


async def test_roles_go_down_from_above_and_are_seen_at_once(room, people):
    ada, _ = await join(people["ada"])
    bo, _ = await join(people["bo"])
    cy, _ = await join(people["cy"])
    assert code(await bo.call("member:role", people["cy"].pk, "moderator")) == "forbidden"
    assert code(await ada.call("member:role", people["cy"].pk, "owner")) == "bad_arguments"
    assert code(await ada.call("member:role", people["ada"].pk, "member")) == "forbidden"
    assert code(await ada.call("member:role", people["cy"].pk, "host")) is None
    assert (await hear(cy, "room:changed"))["people"][0]["role"] == "host"
    told = await bo.call("room:sync")
    assert {tab["person"]["name"]: tab["person"]["role"] for tab in told["tabs"]}["Cy"] == "host"
    assert code(await cy.call("room:update", {"topic": " new\none "})) is None
    assert (await Room.objects.aget()).topic == "new one"
    await leave(ada, bo, cy)


async def test_several_tabs_count_once_and_one_publishes(room, people):
    one, first = await join(people["cy"])
    two, second = await join(people["cy"])
    await one.call("seat:take", 0)
    assert code(await two.call("seat:take", 1)) == "seated"
    answer = await two.call("media:publish")
    assert answer["ok"] and answer["media"]["in_mesh"]
    assert await all_of(one, "media:taken_over")
    assert seats(await one.call("room:sync"))[0]["tab"] == second["media"]["tab"] != first["media"]["tab"]
    await leave(two)
    seat = seats(await one.call("room:sync"))[0]
    assert (seat["tab"], seat["mic"], seat["away"]) == (first["media"]["tab"], "off", False)
    await leave(one)


async def all_of(tab, event):
    return [told for told in await heard(tab) if told.event == event]


async def test_a_signal_of_joy_is_one_of_a_few_and_not_too_many(room, people):
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    answers = [code(await cy.call("reaction", rules.REACTIONS[0])) for _ in range(8)]
    assert answers[:6] == [None] * 6 and "too_fast" in answers
    told = await hear(ada, "room:reaction")
    assert (told["person"]["name"], told["emoji"]) == ("Cy", rules.REACTIONS[0])
    await leave(ada, cy)


async def test_who_is_not_inside_commands_nothing(room, people):
    outside = await enter(people["ada"])
    for command in (
        ("seat:take", 0), ("hand:raise",), ("mute:all",), ("room:sync",), ("media:refresh",), ("media:publish",),
        ("media:signal", "x", {}), ("media:frame", b"x"), ("media:fallback", True), ("room:close",), ("reaction", "👍"),
    ):  # fmt: skip
        assert code(await outside.call(*command)) == "not_inside", command
    await leave(outside)


async def test_a_flood_of_commands_is_stopped(room, people):
    cy, _ = await join(people["cy"])
    answers = [code(await cy.call("hand:lower")) for _ in range(120)]
    assert answers[0] is None and "too_fast" in answers
    await leave(cy)


async def test_a_mute_of_a_member_is_kept_with_the_membership(room, people):
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    await cy.call("seat:take", 0)
    await ada.call("seat:mute", 0)
    assert (await Membership.objects.aget(user=people["cy"])).muted_by_host
    await leave(ada, cy)


async def test_what_changes_nothing_takes_no_revision_and_is_not_told(room, people):
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    await cy.call("seat:take", 0)
    await heard(ada)
    assert await cy.call("mic:state", "off") == {"ok": True, "revision": 1}
    assert await cy.call("hand:lower") == {"ok": True, "revision": 1}
    assert not await all_of(ada, "room:changed")
    await leave(ada, cy)
