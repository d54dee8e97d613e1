"""Bans that are lifted, the right to write, and rooms that get more seats, or fewer."""

import datetime

import pytest
from django.utils import timezone

from tests.voiceroom.tabs import code, enter, hear, heard, join, leave, refusal
from tests.voiceroom.test_admin import boss, log, told  # noqa: F401 - boss is a fixture
from voiceroom import rules
from voiceroom.models import Ban, Membership, Room, Seat
from voiceroom.options import DEFAULTS
from voiceroom.rules import MEMBER, MODERATOR, OWNER, Standing

pytestmark = pytest.mark.django_db(transaction=True)


# -- bans -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "theirs", "reason"),
    [(OWNER, MODERATOR, None), (MODERATOR, MODERATOR, None), (MODERATOR, OWNER, "forbidden"), (MODERATOR, None, None),
     (MEMBER, None, "forbidden"), (None, MEMBER, "forbidden")],
)  # fmt: skip
def test_a_ban_is_lifted_by_who_does_not_stand_below_who_gave_it(mine, theirs, reason):
    assert rules.why_not_unban(Standing(role=mine), theirs and Standing(role=theirs)) == reason


async def test_a_host_reads_the_bans_and_lifts_one(room, people):
    await Membership.objects.acreate(room=room, user=people["cy"])
    over = timezone.now() - datetime.timedelta(minutes=1)
    await Ban.objects.acreate(room=room, user=people["bo"], until=over)
    ada, _ = await join(people["ada"])
    await ada.call("member:ban", people["cy"].pk, 60, "rude")
    (ban,) = (await ada.call("ban:list"))["bans"]
    assert (ban["person"]["name"], ban["by"]["name"], ban["reason"]) == ("Cy", "Ada", "rude") and ban["until"]
    assert await refusal(people["cy"]) == "banned"
    assert code(await ada.call("member:unban", people["cy"].pk)) is None
    assert (await ada.call("ban:list"))["bans"] == []
    cy, answer = await join(people["cy"])
    assert answer["ok"] and await Ban.objects.acount() == 2  # the row stays, as one that is over
    assert code(await ada.call("member:unban", people["cy"].pk)) == "gone"
    await leave(ada, cy)


async def test_a_moderator_does_not_lift_the_owners_ban_and_others_see_none(room, people):
    ada, bo, cy = [(await join(people[name]))[0] for name in ("ada", "bo", "cy")]
    await ada.call("member:ban", people["di"].pk)
    await Ban.objects.acreate(room=room, user=people["di"], by=people["ada"])
    assert code(await bo.call("member:unban", people["di"].pk)) == "forbidden"
    assert code(await cy.call("member:unban", people["di"].pk)) == "forbidden"
    assert code(await cy.call("ban:list")) == "forbidden"
    await leave(ada, bo, cy)


# -- the right to write ---------------------------------------------------------------------------------------


async def test_who_may_not_write_is_told_and_writes_again_when_it_is_given_back(room, people):
    ada, cy = [(await join(people[name]))[0] for name in ("ada", "cy")]
    assert code(await ada.call("chat:mute", people["cy"].pk, True)) is None
    assert (await hear(cy, "room:changed", ("room:entered", "media:peers")))["room"] == {
        "chat_muted": [people["cy"].pk]
    }
    assert code(await cy.call("chat:send", "hello", "key-of-cy-1")) == "chat_muted"
    again, state = await join(people["cy"])
    assert state["room"]["chat_muted"] == [people["cy"].pk]
    assert code(await again.call("chat:send", "hello", "key-of-cy-1")) == "chat_muted"
    assert code(await ada.call("chat:mute", people["cy"].pk, False)) is None
    assert code(await cy.call("chat:send", "hello", "key-of-cy-1")) is None
    assert await Membership.objects.filter(chat_muted=True).acount() == 0
    await leave(ada, cy, again)


async def test_the_right_to_write_is_taken_from_below_only(room, people):
    bo, cy = [(await join(people[name]))[0] for name in ("bo", "cy")]
    assert code(await bo.call("chat:mute", people["ada"].pk, True)) == "forbidden"
    assert code(await cy.call("chat:mute", people["bo"].pk, True)) == "forbidden"
    await Membership.objects.filter(user=people["bo"]).aupdate(chat_muted=True)
    assert code(await bo.call("chat:send", "order!", "key-of-bo-1")) is None  # who keeps order may always write
    await leave(bo, cy)


# -- how many seats -------------------------------------------------------------------------------------------


async def test_with_fewer_seats_people_move_up_or_go_to_the_audience(room, people):
    ada, bo, cy = [(await join(people[name]))[0] for name in ("ada", "bo", "cy")]
    await bo.call("seat:take", 5)
    await bo.call("mic:state", "on")
    await cy.call("seat:take", 7)
    await heard(ada)
    await Seat.objects.filter(index=1).aupdate(locked=True)
    assert code(await ada.call("room:update", {"seat_count": 2})) is None
    news = await hear(ada, "room:changed", ())
    assert news["room"] == {"seat_count": 2}
    (seat,) = news["seats"]
    assert (seat["index"], seat["person"]["name"], seat["mic"]) == (0, "Bo", "on")
    assert [seat["index"] for seat in (await ada.call("room:sync"))["seats"]] == [0, 1]
    assert code(await cy.call("mic:state", "on")) == "not_seated"
    await leave(ada, bo, cy)


async def test_with_more_seats_the_new_ones_are_told(room, people):
    ada, _ = await join(people["ada"])
    await ada.call("room:update", {"seat_count": 10})
    assert [seat["index"] for seat in (await hear(ada, "room:changed"))["seats"]] == [8, 9]
    assert code(await ada.call("room:update", {"seat_count": 21})) == "bad_arguments"
    await leave(ada)


def test_the_admin_takes_seats_away_without_losing_who_sits_there(boss, room, people):  # noqa: F811
    Seat.objects.filter(index=6).update(user=people["cy"], tab="a-tab")
    forms = {
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
        "bans-TOTAL_FORMS": 0,
        "bans-INITIAL_FORMS": 0,
    }
    fields = {"name": "Tea", "slug": "tea", "owner": people["ada"].pk, "capacity": 20, "seat_count": 3}
    page = boss.post(f"/admin/voiceroom/room/{room.pk}/change/", fields | forms | {"seat_mode": "free"})
    assert page.status_code == 302, page.context["errors"]
    assert list(Seat.objects.values_list("index", "user")) == [(0, people["cy"].pk), (1, None), (2, None)]
    assert told("room:changed")[-1][0]["room"]["seat_count"] == 3 and log() == ["update"]


def test_a_room_is_created_with_seats_and_a_password(client, people):
    client.force_login(people["cy"])
    client.post("/rooms/new/", {"name": "Cake", "seat_count": 4, "seat_mode": "free", "password": "sesame"})
    room = Room.objects.get(slug="cake")
    assert room.seats.count() == 4 and room.is_password("sesame")
    client.post("/rooms/new/", {"name": "Pie", "seat_count": "", "seat_mode": "free"})
    assert Room.objects.get(slug="pie").seats.count() == DEFAULTS.seats
    assert client.post("/rooms/new/", {"name": "Pie", "seat_count": 21}).status_code == 200


async def test_nobody_connects_who_is_banned_again(room, people):
    await Membership.objects.acreate(room=room, user=people["cy"])
    ada, _ = await join(people["ada"])
    for _ in range(2):
        await ada.call("member:ban", people["cy"].pk)
        assert await refusal(people["cy"]) == "banned"
        await ada.call("member:unban", people["cy"].pk)
        await leave(await enter(people["cy"]))
    await leave(ada)
