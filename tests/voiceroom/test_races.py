"""Two want the same at the same moment: the database decides, and exactly one has it."""

import asyncio
import datetime

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from tests.voiceroom.tabs import code, enter, join, leave
from voiceroom.models import Attempt, InviteLink, Membership, MeshPeer, Room, Seat

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def no_limit(settings):
    settings.VOICEROOM = {"COMMAND_RATE": (1000.0, 1000)}


async def test_of_two_who_take_one_seat_exactly_one_has_it_fifty_times(room, people, no_limit):
    bo, _ = await join(people["bo"])
    cy, _ = await join(people["cy"])
    for n in range(50):
        index = n % 8
        first, second = (bo, cy) if n % 2 else (cy, bo)
        answers = await asyncio.gather(first.call("seat:take", index), second.call("seat:take", index))
        assert sorted(code(answer) or "" for answer in answers) == ["", "seat_taken"]
        holder = (await Seat.objects.aget(index=index)).user_id
        assert await Seat.objects.exclude(user=None).acount() == 1
        winner = bo if holder == people["bo"].pk else cy
        assert code(answers[0 if winner is first else 1]) is None
        assert code(await winner.call("seat:leave")) is None
    await leave(bo, cy)


async def test_of_two_who_move_to_one_seat_the_other_keeps_the_old_one(room, people, no_limit):
    bo, _ = await join(people["bo"])
    cy, _ = await join(people["cy"])
    await bo.call("seat:take", 0)
    await cy.call("seat:take", 1)
    for n in range(10):
        answers = await asyncio.gather(bo.call("seat:move", 2 + n % 2), cy.call("seat:move", 2 + n % 2))
        assert sorted(code(answer) or "" for answer in answers) == ["", "seat_taken"]
        assert await Seat.objects.exclude(user=None).acount() == 2
        for tab, index in ((bo, 0), (cy, 1)):
            await tab.call("seat:move", index)
    await leave(bo, cy)


async def test_one_person_in_two_tabs_gets_one_seat(room, people, no_limit):
    one, _ = await join(people["cy"])
    two, _ = await join(people["cy"])
    for _ in range(10):
        answers = await asyncio.gather(one.call("seat:take", 0), two.call("seat:take", 1))
        assert sorted(code(answer) or "" for answer in answers) == ["", "seated"]
        await one.call("seat:leave")
    await leave(one, two)


async def test_revisions_have_no_gap_however_many_change_at_once(room, people, no_limit):
    tabs = [(await join(people[name]))[0] for name in ("ada", "bo", "cy")]
    await asyncio.gather(*(tab.call(event) for tab in tabs for event in ("seat:take", "hand:raise", "seat:leave")))
    revisions = []
    while not await tabs[0].receive_nothing():
        told = await tabs[0].receive()
        revisions += [told.args[0]["revision"]] if told.event == "room:changed" else []
    assert sorted(revisions) == list(range(1, (await Room.objects.aget()).revision + 1))
    await leave(*tabs)


async def test_the_last_use_of_a_link_lets_in_one(room, people):
    link = await _link(room, people["ada"])
    await Room.objects.aupdate(locked=True, door="door")
    tabs = [await enter(user, auth={"invite": link.token}) for user in (people["cy"], await _stranger())]
    answers = await asyncio.gather(*(tab.call("room:join") for tab in tabs))
    (first, second) = sorted(code(answer) or "" for answer in answers)
    assert first == "" and second in ("locked", "invite_invalid")  # seen before the use, or after it
    assert await Membership.objects.filter(door="door").acount() == 1
    await leave(*tabs)


async def _link(room, by):
    return await InviteLink.objects.acreate(
        room=room, by=by, max_uses=1, expires=timezone.now() + datetime.timedelta(hours=1)
    )


async def _stranger():
    return await get_user_model().objects.acreate(username="eve")


async def test_many_tabs_at_once_get_no_more_tries_of_a_password(room, people):
    await Room.objects.aupdate(password="md5$salt$00000000000000000000000000000000", door="door")
    tabs = [await enter(people["cy"]) for _ in range(8)]
    answers = await asyncio.gather(*(tab.call("room:join", {"password": "guess"}) for tab in tabs))
    assert sorted(code(answer) for answer in answers) == ["password"] * 5 + ["too_fast"] * 3
    assert await Attempt.objects.acount() == 8
    await leave(*tabs)


async def test_the_last_place_in_the_mesh_goes_to_one(room, people):
    for n in range(5):
        await MeshPeer.objects.acreate(room=room, user=people["ada"], tab=f"there-{n}", publishes=n < 4)
    tabs = [await enter(people[name]) for name in ("bo", "cy", "di")]
    await asyncio.gather(*(tab.call("room:join") for tab in tabs))
    assert await MeshPeer.objects.acount() <= 6
    await leave(*tabs)
