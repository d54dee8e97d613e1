"""Locks, passwords, links, knocking, guests, and being sent out."""

import datetime

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.utils import timezone

from tests.voiceroom.tabs import code, enter, hear, heard, join, leave, refusal, sent_out
from voiceroom.models import Attempt, Ban, Guest, InviteLink, Membership, ModerationEvent, Room, Seat
from voiceroom.options import DEFAULTS

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_locked_room_takes_nobody_new_and_lets_back_who_was_inside(room, people):
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    assert code(await ada.call("room:lock", True)) is None
    eve = await _eve()
    assert await refusal(eve) == "locked"
    await leave(cy)
    cy, told = await join(people["cy"])
    assert told["ok"] and told["room"]["locked"]
    bo, told = await join(people["bo"])  # who moderates needs no key
    assert told["ok"]
    await ada.call("room:lock", False)
    tab, told = await join(eve)
    assert told["ok"]
    await leave(ada, bo, cy, tab)


async def test_who_connected_before_the_lock_cannot_go_in_after_it(room, people):
    ada, _ = await join(people["ada"])
    waiting = await enter(people["cy"])
    await ada.call("room:lock", True)
    assert code(await waiting.call("room:join")) == "locked"
    await leave(ada, waiting)


async def test_a_password_is_asked_once_and_again_after_it_changed(room, people):
    ada, _ = await join(people["ada"])
    assert code(await ada.call("room:password", "open sesame")) is None
    assert (await ada.call("room:sync"))["room"]["has_password"]
    assert "sesame" not in (await Room.objects.aget()).password
    tab = await enter(people["cy"])
    assert code(await tab.call("room:join")) == "password"
    for wrong in ("sesame", None, "", "x" * 5000):
        assert code(await tab.call("room:join", {"password": wrong})) == "password"
    for nonsense in (7, {"a": 1}, ["open sesame"]):
        assert code(await tab.call("room:join", {"password": nonsense})) == "bad_arguments"
    assert code(await tab.call("room:join", {"password": "open sesame"})) is None
    await leave(tab)
    tab, told = await join(people["cy"])
    assert told["ok"]
    await leave(tab)
    await ada.call("room:password", "another")
    tab, told = await join(people["cy"])
    assert code(told) == "password"
    await ada.call("room:password", None)
    assert code(await tab.call("room:join")) is None
    await leave(ada, tab)


async def test_after_some_wrong_passwords_even_the_right_one_waits(room, people):
    ada, _ = await join(people["ada"])
    await ada.call("room:password", "right")
    tab = await enter(people["cy"])
    for _ in range(DEFAULTS.attempts):
        assert code(await tab.call("room:join", {"password": "wrong"})) == "password"
    other = await enter(people["cy"])
    assert code(await other.call("room:join", {"password": "right"})) == "too_fast"
    await leave(ada, tab, other)


async def test_tries_of_long_ago_are_not_kept(room, people):
    await database_sync_to_async(room.change_door)(password="sesame")
    cy = await enter(people["cy"])
    for _ in range(2):
        assert code(await cy.call("room:join", {"password": "no"})) == "password"
        await Attempt.objects.aupdate(created=timezone.now() - datetime.timedelta(hours=2))
    assert await Attempt.objects.acount() == 1
    await leave(cy)


async def test_a_link_opens_a_private_locked_room_so_many_times(room, people):
    ada, _ = await join(people["ada"])
    made = await ada.call("invite:create", {"hours": 1, "uses": 1})
    assert made["url"].endswith(f"/rooms/tea/?invite={made['token']}")
    await Room.objects.aupdate(is_private=True)
    await ada.call("room:lock", True)
    eve = await _eve()
    assert await refusal(eve) == "private"
    assert await refusal(eve, auth={"invite": made["token"] + "x"}) == "private"
    tab, told = await join(eve, auth={"invite": made["token"]})
    assert told["ok"]
    await leave(tab)
    tab, told = await join(eve)  # is a member now, and uses nothing up
    assert told["ok"] and (await InviteLink.objects.aget()).uses == 1
    assert await refusal(people["cy"], auth={"invite": made["token"]}) == "private"
    await leave(ada, tab)


@pytest.mark.parametrize("change", [{"revoked": True}, {"expires": timezone.now()}, {"uses": 5}])
async def test_a_link_that_is_over_opens_nothing(room, people, change):
    await Room.objects.aupdate(locked=True, door="x")
    later = timezone.now() + datetime.timedelta(hours=1)
    link = await InviteLink.objects.acreate(room=room, by=people["ada"], expires=later, max_uses=5)
    await InviteLink.objects.aupdate(**change)
    assert await refusal(people["cy"], auth={"invite": link.token}) == "locked"


async def test_a_link_of_another_room_opens_nothing(room, people):
    cake = await Room.objects.acreate(slug="cake", name="Cake", owner=people["ada"])
    later = timezone.now() + datetime.timedelta(hours=1)
    link = await InviteLink.objects.acreate(room=cake, by=people["ada"], expires=later, max_uses=5)
    await Room.objects.aupdate(locked=True, door="x")
    for token in (link.token, "nonsense", "", None, "x" * 5000):
        assert await refusal(people["cy"], auth={"invite": token}) == "locked"


async def test_who_knocks_is_heard_by_the_hosts_and_let_in_by_one(room, people):
    ada, _ = await join(people["ada"])
    bo, _ = await join(people["bo"])
    cy, _ = await join(people["cy"])
    await ada.call("room:lock", True)
    eve = await _eve()
    lobby = await enter(eve, "/")
    assert await lobby.call("room:knock", "tea") == {"ok": True}
    for host in (ada, bo):
        assert (await hear(host, "room:knocked"))["person"]["id"] == eve.pk
    assert "room:knocked" not in [told.event for told in await heard(cy)]
    assert code(await cy.call("knock:answer", eve.pk, True)) == "forbidden"
    assert code(await bo.call("knock:answer", eve.pk, True)) is None
    assert await hear(lobby, "lobby:knock_answer") == {"slug": "tea", "accept": True}
    tab, told = await join(eve)
    assert told["ok"]
    assert code(await bo.call("knock:answer", eve.pk, True)) == "gone"
    await leave(ada, bo, cy, tab, lobby)


async def test_nobody_knocks_without_end_or_where_they_are_banned(room, people):
    lobby = await enter(people["cy"], "/")
    answers = [code(await lobby.call("room:knock", "tea")) for _ in range(4)]
    assert answers == [None, None, None, "too_fast"]
    await Ban.objects.acreate(room=room, user=people["ada"])
    other = await enter(people["ada"], "/")
    assert code(await other.call("room:knock", "tea")) == "banned"
    assert code(await other.call("room:knock", "cake")) == "not_found"
    assert code(await other.call("room:knock", ["tea"])) == "bad_arguments"
    await leave(lobby, other)


async def test_who_is_kicked_is_out_in_all_tabs_and_may_come_back(room, people):
    bo, _ = await join(people["bo"])
    tabs = [(await join(people["cy"]))[0] for _ in range(2)]
    await tabs[0].call("seat:take", 0)
    assert code(await bo.call("member:kick", people["cy"].pk)) is None
    assert [await sent_out(tab) for tab in tabs] == ["kicked", "kicked"]
    left = [told.args[0] for told in await heard(bo) if told.event == "room:left"]
    assert [each.get("gone") for each in left] == [True, True]
    assert not await Seat.objects.exclude(user=None).aexists()
    tab, told = await join(people["cy"])
    assert told["ok"]
    await leave(bo, tab)


async def test_who_is_kicked_out_of_a_locked_room_stays_out(room, people):
    bo, _ = await join(people["bo"])
    cy, _ = await join(people["cy"])
    await bo.call("room:lock", True)
    await bo.call("member:kick", people["cy"].pk)
    assert await sent_out(cy) == "kicked"
    assert await refusal(people["cy"]) == "locked"
    await leave(bo)


async def test_a_ban_holds_at_the_connect_and_at_the_join_and_for_every_tab(room, people):
    bo, _ = await join(people["bo"])
    tabs = [(await join(people["cy"]))[0] for _ in range(2)]
    waiting = await enter(people["cy"])
    assert code(await bo.call("member:ban", people["cy"].pk, 10, "rude")) is None
    assert [await sent_out(tab) for tab in [*tabs, waiting]] == ["banned"] * 3
    assert await refusal(people["cy"]) == "banned"
    event = await ModerationEvent.objects.select_related("by", "user").aget()
    assert (event.action, event.by, event.user, event.detail) == ("ban", people["bo"], people["cy"], "rude")
    await Ban.objects.aupdate(until=timezone.now())
    tab, told = await join(people["cy"])
    assert told["ok"]
    await leave(bo, tab)


async def test_a_ban_that_nobody_told_the_sockets_of_still_holds_at_the_join(room, people):
    waiting = await enter(people["cy"])
    await Ban.objects.acreate(room=room, user=people["cy"])
    assert code(await waiting.call("room:join")) == "banned"
    await leave(waiting)


@pytest.mark.parametrize(
    ("actor", "target", "answer"),
    [("cy", "bo", "forbidden"), ("bo", "ada", "forbidden"), ("bo", "bo", "forbidden"), ("ada", "bo", None),
     ("bo", "di", "forbidden"), ("di", "ada", None), ("ada", "di", "forbidden")],
)  # fmt: skip
async def test_who_may_ban_whom(room, people, actor, target, answer):
    await Membership.objects.acreate(room=room, user=people["di"])
    tab, _ = await join(people[actor])
    assert code(await tab.call("member:ban", people[target].pk, None, "")) == answer
    await leave(tab)


@pytest.mark.parametrize(
    "arguments", [(0,), (-1,), (2**40,), ("5",), (True,), (5, 7), (1.5,)], ids=lambda value: str(value)
)
async def test_a_ban_with_nonsense_is_no_ban(room, people, arguments):
    await Membership.objects.acreate(room=room, user=people["cy"])
    ada, _ = await join(people["ada"])
    assert code(await ada.call("member:ban", people["cy"].pk, *arguments)) == "bad_arguments"
    assert code(await ada.call("member:ban", 10**6)) == "not_found"
    assert code(await ada.call("member:ban", "cy")) == "bad_arguments"
    assert not await Ban.objects.aexists()
    await leave(ada)


async def test_guests_come_in_where_they_are_allowed_and_nowhere_else(room, people):
    eve = await _eve()
    await Guest.objects.acreate(user=eve, room=room)
    assert await refusal(eve) == "no_guests"
    await Room.objects.aupdate(guests_allowed=True)
    await Room.objects.acreate(slug="cake", name="Cake", owner=people["ada"])
    tab, told = await join(eve)
    assert told["ok"]
    assert await refusal(eve, "/rooms/cake") == "no_guests"
    lobby = await enter(eve, "/")
    assert [card["slug"] for card in (await lobby.call("lobby:join"))["rooms"]] == ["tea"]
    await leave(tab, lobby)


async def test_closing_from_inside_sends_everybody_out_and_frees_the_seats(room, people):
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    await cy.call("seat:take", 0)
    await ada.emit("room:close")
    assert [await sent_out(tab) for tab in (ada, cy)] == ["closed", "closed"]
    assert not await Seat.objects.exclude(user=None).aexists()
    assert await refusal(people["ada"]) == "closed"


async def test_everything_that_keeps_order_is_in_the_log(room, people):
    await Membership.objects.acreate(room=room, user=people["cy"])
    ada, _ = await join(people["ada"])
    await ada.call("room:lock", True)
    await ada.call("room:password", "x")
    await ada.call("room:update", {"name": "Tea & cake"})
    await ada.call("invite:create")
    await ada.call("member:role", people["cy"].pk, "moderator")
    await ada.call("mute:all")
    rows = await database_sync_to_async(list)(ModerationEvent.objects.order_by("pk").values_list("action", flat=True))
    assert rows == ["lock", "password", "update", "invite", "role", "mute_all"]
    assert not await ModerationEvent.objects.filter(detail__contains="x").aexists()  # no password is kept
    assert await Membership.objects.filter(user=people["cy"], role="moderator").aexists()
    await leave(ada)


async def _eve():
    return await get_user_model().objects.acreate(username="eve", first_name="Eve")


async def test_guests_go_when_the_room_takes_none_any_more(room, people):
    await Room.objects.aupdate(guests_allowed=True)
    eve = await _eve()
    await Guest.objects.acreate(user=eve, room=room)
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    guest, _ = await join(eve)
    await ada.call("room:update", {"guests_allowed": False})
    assert await sent_out(guest) == "no_guests"
    assert code(await cy.call("room:sync")) is None
    await leave(ada, cy)


async def test_a_link_whose_last_use_was_taken_a_moment_ago_lets_nobody_in(room, people, monkeypatch):
    later = timezone.now() + datetime.timedelta(hours=1)
    link = await InviteLink.objects.acreate(room=room, by=people["ada"], expires=later, max_uses=1)
    await Room.objects.aupdate(locked=True, door="x")
    tab = await enter(people["cy"], auth={"invite": link.token})
    assert await database_sync_to_async(link.use)() is True
    monkeypatch.setattr(InviteLink, "why_not", lambda link: None)  # what was seen just before
    assert code(await tab.call("room:join")) == "invite_invalid"
    assert (await InviteLink.objects.aget()).uses == 1
    await leave(tab)


async def test_a_host_reads_the_links_and_takes_one_back(room, people):
    ada, cy = [(await join(people[name]))[0] for name in ("ada", "cy")]
    made = await ada.call("invite:create", {"hours": 1, "uses": 2})
    over = timezone.now() - datetime.timedelta(hours=1)
    await InviteLink.objects.acreate(room=room, by=people["ada"], expires=over, max_uses=5)
    (link,) = (await ada.call("invite:list"))["links"]
    assert (link["by"]["name"], link["uses"], link["max_uses"]) == ("Ada", 0, 2) and "token" not in link
    assert code(await cy.call("invite:list")) == "forbidden"
    assert code(await cy.call("invite:revoke", link["id"])) == "forbidden"
    assert code(await ada.call("invite:revoke", link["id"])) is None
    assert (await ada.call("invite:list"))["links"] == []
    assert code(await ada.call("invite:revoke", link["id"])) == "gone"
    await Room.objects.aupdate(locked=True, door="x")
    await leave(cy)
    assert await refusal(people["cy"], auth={"invite": made["token"]}) == "locked"
    await leave(ada)
