"""Seats wait for who left, by user, and for no longer than the grace. Time is moved, nobody sleeps."""

import datetime

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from tests.voiceroom.tabs import code, enter, hear, heard, join, leave
from voiceroom import rules, watch
from voiceroom.deeds import grace
from voiceroom.models import HandRequest, Membership, Room, Seat
from voiceroom.options import DEFAULTS

pytestmark = pytest.mark.django_db(transaction=True)


async def let_pass(clock, seconds):
    """What the database waits for, and what the loop waits for."""
    back = datetime.timedelta(seconds=seconds)
    for model in (Seat, HandRequest):
        async for row in model.objects.exclude(away_since=None):
            await model.objects.filter(pk=row.pk).aupdate(away_since=row.away_since - back)
    async for room in Room.objects.exclude(hostless_since=None):
        await Room.objects.filter(pk=room.pk).aupdate(hostless_since=room.hostless_since - back)
    await clock.advance(seconds)


async def seat(index=0):
    return await Seat.objects.aget(index=index)


async def crash(tab):
    await tab.disconnect("transport close")


async def test_a_seat_waits_for_who_left_and_is_freed_when_the_grace_is_over(room, people, clock):
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    await cy.call("seat:take", 0)
    await heard(ada)
    await crash(cy)
    assert (await hear(ada, "room:changed"))["seats"][0]["away"] is True
    await let_pass(clock, DEFAULTS.seat_grace - 2)
    assert (await seat()).user_id == people["cy"].pk
    await let_pass(clock, 3)
    assert (await hear(ada, "room:changed"))["seats"][0]["person"] is None
    assert (await seat()).user_id is None
    await leave(ada)


async def test_a_reload_within_the_grace_keeps_the_seat_but_not_the_open_microphone(room, people, clock):
    cy, _ = await join(people["cy"])
    await cy.call("seat:take", 0)
    await cy.call("mic:state", "on")
    await crash(cy)
    await let_pass(clock, 10)
    cy, told = await join(people["cy"])
    here = told["seats"][0]
    assert (here["person"]["name"], here["away"], here["mic"], here["tab"]) == (
        "Cy",
        False,
        "off",
        told["media"]["tab"],
    )
    await let_pass(clock, 60)
    assert (await seat()).user_id == people["cy"].pk
    await leave(cy)


async def test_a_tab_that_lost_its_connection_comes_back_as_the_same_tab_and_goes_on_speaking(room, people):
    cy, told = await join(people["cy"])
    await cy.call("seat:take", 0)
    await cy.call("mic:state", "on")
    await crash(cy)
    cy, again = await join(people["cy"], options={"tab": told["media"]["tab"]})
    assert again["media"]["tab"] == told["media"]["tab"]
    assert (again["seats"][0]["mic"], again["seats"][0]["away"]) == ("on", False)
    await leave(cy)


async def test_nobody_comes_back_as_the_tab_of_another(room, people):
    cy, told = await join(people["cy"])
    mine = told["media"]["tab"]
    for wanted in (mine, mine[:8] + "x" * 12, "", None, mine + "x"):
        bo, answer = await join(people["bo"], options={"tab": wanted})
        assert answer["media"]["tab"] != mine
        await leave(bo)
    await leave(cy)


async def test_the_newest_socket_of_a_tab_is_the_tab(room, people):
    ada, _ = await join(people["ada"])
    old, told = await join(people["cy"])
    await old.call("seat:take", 0)
    new, again = await join(people["cy"], options={"tab": told["media"]["tab"]})
    assert again["media"]["tab"] == told["media"]["tab"]
    left = [told.args[0] for told in await heard(ada) if told.event == "room:left"]
    assert [each.get("gone") for each in left] == [None]
    assert (await seat()).away_since is None and (await seat()).tab == told["media"]["tab"]
    assert [tab["id"] for tab in (await ada.call("room:sync"))["tabs"]].count(told["media"]["tab"]) == 1
    await leave(ada, new)


async def test_the_grace_counts_people_not_tabs(room, people, clock):
    one, _ = await join(people["cy"])
    two, _ = await join(people["cy"])
    await one.call("seat:take", 0)
    await crash(one)
    assert (await seat()).away_since is None
    await let_pass(clock, 60)
    assert (await seat()).user_id == people["cy"].pk
    await leave(two)


async def test_a_server_that_was_killed_frees_its_seats_too(room, people, clock):
    await Seat.objects.filter(index=0).aupdate(user=people["cy"], tab="gone", mic_on=True)  # nobody said goodbye
    ada, told = await join(people["ada"])
    assert told["seats"][0]["away"] is True
    await let_pass(clock, DEFAULTS.seat_grace + 1)
    await heard(ada)
    assert (await seat()).user_id is None
    await leave(ada)


async def test_a_seat_whose_grace_is_over_can_be_taken_before_anybody_freed_it(room, people):
    ada, _ = await join(people["ada"])
    long_ago = timezone.now() - datetime.timedelta(seconds=DEFAULTS.seat_grace + 1)
    await Seat.objects.filter(index=0).aupdate(user=people["cy"], away_since=long_ago)
    assert code(await ada.call("seat:take", 0)) is None
    assert (await seat()).user_id == people["ada"].pk
    await leave(ada)


async def test_within_the_grace_nobody_else_takes_the_seat(room, people):
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    await cy.call("seat:take", 0)
    await crash(cy)
    assert code(await ada.call("seat:take", 0)) == "seat_taken"
    await leave(ada)


async def test_who_comes_back_while_the_room_looks_for_them_is_not_left_away(room, people):
    cy, _ = await join(people["cy"])
    await cy.call("seat:take", 0)
    await database_sync_to_async(grace.settle)(room, {})  # looked a moment too early
    assert (await seat()).away_since is not None
    await watch.settle(room)
    assert (await seat()).away_since is None
    await leave(cy)


async def test_a_raised_hand_waits_as_a_seat_does(room, people, clock):
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    await cy.call("hand:raise")
    await crash(cy)
    cy, told = await join(people["cy"])
    assert len(told["hands"]) == 1
    await crash(cy)
    await let_pass(clock, DEFAULTS.seat_grace + 1)
    await heard(ada)
    assert (await ada.call("room:sync"))["hands"] == []
    await leave(ada)


async def test_a_moderator_stands_in_for_the_hosts_until_one_is_back(room, people, clock):
    ada, _ = await join(people["ada"])
    bo, told = await join(people["bo"])
    assert told["you"]["role"] == "moderator"
    assert code(await bo.call("room:update", {"topic": "x"})) == "forbidden"
    await leave(ada)
    await let_pass(clock, DEFAULTS.seat_grace + 1)
    while not (changed := (await hear(bo, "room:changed")).get("people")):
        pass
    assert changed[0]["role"] == "host"
    assert code(await bo.call("room:update", {"topic": "x"})) is None
    assert code(await bo.call("room:close")) == "forbidden"
    ada, _ = await join(people["ada"])
    assert code(await bo.call("room:update", {"topic": "y"})) == "forbidden"
    assert (await Membership.objects.aget(user=people["bo"])).role == rules.MODERATOR
    await leave(ada, bo)


async def test_looking_twice_at_a_quiet_room_takes_no_revision(room, people):
    ada, told = await join(people["ada"])
    shy = await enter(people["cy"])
    assert (await ada.call("room:sync"))["revision"] == told["revision"] == 0
    await leave(ada, shy)
