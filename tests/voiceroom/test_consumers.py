"""The lobby and a room as their clients see them."""

import asyncio

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from realtime import Disconnected
from tests.voiceroom.tabs import enter, hear, heard, join, leave, refusal
from voiceroom import live, rules
from voiceroom.models import Ban, Membership, Message, Room
from voiceroom.options import DEFAULTS

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "a-key-for-tests"


@pytest.mark.parametrize("namespace", ["/", "/rooms/tea"])
async def test_nobody_comes_in_without_a_login(room, namespace):
    assert await refusal(AnonymousUser(), namespace) == "login"


async def test_a_refusal_says_why_by_its_code(room, people):
    assert await refusal(people["cy"], "/rooms/none") == "not_found"
    await Ban.objects.acreate(room=room, user=people["cy"])
    assert await refusal(people["cy"]) == "banned"
    await Room.objects.aupdate(is_private=True)
    await Ban.objects.all().adelete()
    assert await refusal(people["cy"]) == "private"
    await Room.objects.aupdate(closed_at=timezone.now())
    assert await refusal(people["ada"]) == "closed"


async def test_going_in_tells_everything_that_a_page_needs(room, people):
    await Message.objects.acreate(room=room, author=people["bo"], text="hello", key=KEY)
    tab, told = await join(people["ada"])
    assert told["ok"] and told["moderates"] and told["last_read"] == 0 and told["more"] is False
    assert told["you"] == {"id": people["ada"].pk, "name": "Ada", "tint": people["ada"].pk % 10, "role": "owner"}
    assert [(m["author"]["name"], m["text"]) for m in told["messages"]] == [("Bo", "hello")]
    assert [each["person"]["name"] for each in told["tabs"]] == ["Ada"]
    await leave(tab)


async def test_who_goes_into_a_public_room_becomes_a_member(room, people):
    tab, told = await join(people["cy"])
    assert told["you"]["role"] == "member" and not told["moderates"]
    assert await Membership.objects.filter(room=room, user=people["cy"]).aexists()
    await leave(tab)


async def test_staff_who_look_into_a_private_room_do_not_become_members(room, people):
    await Room.objects.aupdate(is_private=True)
    tab, told = await join(people["di"])
    assert told["moderates"]
    assert not await Membership.objects.filter(room=room, user=people["di"]).aexists()
    await leave(tab)


async def test_a_message_reaches_the_others_and_its_author_gets_it_acknowledged(room, people):
    ada, _ = await join(people["ada"])
    bo, _ = await join(people["bo"])
    answer = await bo.call("chat:send", "  <b>tea</b>?\n", KEY)
    assert answer["ok"] and answer["message"]["text"] == "<b>tea</b>?"
    assert await hear(ada, "chat:message") == answer["message"]
    assert await bo.receive_nothing()
    await leave(ada, bo)


async def test_a_message_sent_twice_with_one_key_is_said_once(room, people):
    ada, _ = await join(people["ada"])
    first = await ada.call("chat:send", "once", KEY)
    again = await ada.call("chat:send", "once", KEY)
    assert first == again and first["ok"]
    assert await Message.objects.acount() == 1
    await leave(ada)


async def test_a_key_of_another_room_is_refused(room, people):
    await Room.objects.acreate(slug="cake", name="Cake", owner=people["ada"])
    tea, _ = await join(people["ada"])
    cake, _ = await join(people["ada"], "/rooms/cake")
    await tea.call("chat:send", "x", KEY)
    assert (await cake.call("chat:send", "x", KEY))["error"]["code"] == "bad_key"
    await leave(tea, cake)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("", "good-key-1"), "empty"),
        ((" \n ", "good-key-1"), "empty"),
        (({"a": 1}, "good-key-1"), "bad_arguments"),
        (("x", 7), "bad_arguments"),
        (("x" * (DEFAULTS.text_length + 1), "good-key-1"), "too_long"),
        (("x", "bad key"), "bad_key"),
        (("x",), "bad_arguments"),
        ((), "bad_arguments"),
    ],
)
async def test_a_bad_message_is_answered_with_its_code(room, people, arguments, code):
    ada, _ = await join(people["ada"])
    assert (await ada.call("chat:send", *arguments))["error"]["code"] == code
    assert not await Message.objects.aexists()
    await leave(ada)


async def test_a_flood_is_stopped_for_all_tabs_of_its_author(room, people):
    one, _ = await join(people["cy"])
    two, _ = await join(people["cy"])
    for n in range(DEFAULTS.burst):
        assert (await one.call("chat:send", "spam", f"key-number-{n}"))["ok"]
    assert (await two.call("chat:send", "spam", "another-key"))["error"]["code"] == "too_fast"
    assert (await one.call("chat:send", "spam", "key-number-0"))["ok"]  # a repetition is no new message
    await leave(one, two)


async def test_who_was_banned_or_shut_out_meanwhile_cannot_go_on(room, people):
    cy, _ = await join(people["cy"])
    await Room.objects.aupdate(closed_at=timezone.now())
    assert (await cy.call("chat:send", "x", KEY))["error"]["code"] == "closed"
    assert (await cy.call("chat:history", 5))["error"]["code"] == "closed"
    assert (await cy.call("room:join"))["error"]["code"] == "closed"
    await leave(cy)


async def test_older_history_comes_page_by_page(room, people):
    rows = [
        Message(room=room, author=people["bo"], text=str(n), key=f"old-key-{n}") for n in range(DEFAULTS.page_size + 2)
    ]
    await Message.objects.abulk_create(rows)
    ada, told = await join(people["ada"])
    assert told["more"] and len(told["messages"]) == DEFAULTS.page_size
    older = await ada.call("chat:history", told["messages"][0]["id"])
    assert ([m["text"] for m in older["messages"]], older["more"]) == (["0", "1"], False)
    for nonsense in (-1, 0, True, "7", None, 2**70, 1.5):
        assert (await ada.call("chat:history", nonsense))["error"]["code"] == "bad_arguments"
    await leave(ada)


async def test_authors_and_moderators_delete_and_everybody_sees_it(room, people):
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    hers = (await ada.call("chat:send", "ada's", "key-of-ada"))["message"]["id"]
    his = (await cy.call("chat:send", "cy's", "key-of-cy"))["message"]["id"]
    assert (await cy.call("chat:delete", hers))["error"]["code"] == "forbidden"
    assert (await cy.call("chat:delete", his + 99))["error"]["code"] == "not_found"
    assert await ada.call("chat:delete", his) == {"ok": True}
    assert await hear(cy, "chat:deleted", skip=("chat:message", "room:entered")) == {"id": his}
    await leave(ada, cy)


async def test_a_message_of_another_room_cannot_be_deleted_from_here(room, people):
    cake = await Room.objects.acreate(slug="cake", name="Cake", owner=people["bo"])
    message = await Message.objects.acreate(room=cake, author=people["bo"], text="x", key=KEY)
    ada, _ = await join(people["ada"])
    assert (await ada.call("chat:delete", message.pk))["error"]["code"] == "not_found"
    await leave(ada)


async def test_several_tabs_of_one_person_come_and_go_by_themselves(room, people):
    ada, _ = await join(people["ada"])
    one, _ = await join(people["cy"])
    first = await hear(ada, "room:entered")
    two, told = await join(people["cy"])
    second = await hear(ada, "room:entered")
    assert first["person"] == second["person"] and first["id"] != second["id"]
    assert sorted(tab["person"]["name"] for tab in told["tabs"]) == ["Ada", "Cy", "Cy"]
    await leave(one)
    assert await hear(ada, "room:left") == {"id": first["id"], "at": first["at"]}
    await leave(two)
    assert await hear(ada, "room:left") == {"id": second["id"], "at": second["at"]}
    _, told = await join(people["bo"])
    assert sorted(tab["person"]["name"] for tab in told["tabs"]) == ["Ada", "Bo"]
    await leave(ada)


async def test_going_in_again_keeps_the_tab(room, people):
    ada, first = await join(people["ada"])
    assert (await ada.call("room:join"))["tabs"] == first["tabs"]
    await leave(ada)


async def test_who_connected_and_never_went_in_is_not_here_and_does_not_leave(room, people):
    ada, _ = await join(people["ada"])
    shy = await enter(people["cy"])
    await shy.call("chat:typing", True)
    await leave(shy)
    assert await ada.receive_nothing()
    await leave(ada)


async def test_a_full_room_takes_another_tab_but_nobody_else(room, people):
    await Room.objects.aupdate(capacity=2)
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    again, told = await join(people["cy"])
    assert told["ok"]
    await Membership.objects.filter(user=people["bo"]).aupdate(role=rules.MEMBER)
    bo, told = await join(people["bo"])
    assert told["error"]["code"] == "full"
    await leave(ada, cy, again, bo)


async def test_who_is_not_inside_neither_hears_nor_speaks(room, people):
    ada, _ = await join(people["ada"])
    outside = await enter(people["cy"])
    await ada.call("chat:send", "between us", KEY)
    assert await outside.receive_nothing()
    for command in (("chat:send", "x", "another-key"), ("chat:history", 1), ("chat:delete", 1)):
        assert (await outside.call(*command))["error"]["code"] == "not_inside"
    await leave(ada, outside)


async def test_logging_out_ends_the_connections_of_this_user_only(room, people):
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    lobby = await enter(people["cy"], "/")
    await database_sync_to_async(live.user_logged_out)(people["cy"])
    for tab in (cy, lobby):
        with pytest.raises(Disconnected):
            await hear(tab, "nothing")
    assert (await ada.call("chat:send", "still here", KEY))["ok"]
    await leave(ada)


async def test_typing_is_passed_on_to_the_others(room, people):
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    await hear(ada, "room:entered")
    await cy.emit("chat:typing", True)
    await cy.emit("chat:typing", True)  # too soon after the first
    await cy.emit("chat:typing", False)
    told = [each.args[0] for each in await heard(ada) if each.event == "chat:typing"]
    assert [(typing["on"], typing["person"]["name"]) for typing in told] == [(True, "Cy"), (False, "Cy")]
    await leave(ada, cy)


async def test_what_was_read_is_remembered_and_only_grows(room, people):
    said = [await Message.objects.acreate(room=room, author=people["bo"], text="x", key=f"{KEY}{n}") for n in range(3)]
    ada, _ = await join(people["ada"])
    for pk in (said[2].pk, said[0].pk):
        assert await ada.call("chat:read", pk) == {"ok": True}
    assert (await Membership.objects.aget(room=room, user=people["ada"])).last_read == said[2].pk
    await leave(ada)


async def test_the_lobby_shows_rooms_with_faces_and_unread_counts(room, people):
    await Message.objects.acreate(room=room, author=people["bo"], text="news", key=KEY)
    bo, _ = await join(people["bo"])
    lobby = await enter(people["ada"], "/")
    (card,) = (await lobby.call("lobby:join"))["rooms"]
    assert (card["name"], card["here"], card["unread"], card["last"]["text"]) == ("Tea", 1, 1, "news")
    assert [face["name"] for face in card["faces"]] == ["Bo"]
    await leave(bo, lobby)


async def test_the_lobby_hears_of_messages_and_of_comings_and_goings(room, people):
    lobby = await enter(people["cy"], "/")
    await lobby.call("lobby:join")
    ada, _ = await join(people["ada"])
    assert (await hear(lobby, "lobby:people"))["here"] == 1
    await ada.call("chat:send", "hi", KEY)
    assert (await hear(lobby, "lobby:room"))["last"]["text"] == "hi"
    await leave(ada)
    assert await hear(lobby, "lobby:people") == {"slug": "tea", "here": 0, "faces": [], "speaking": []}
    await leave(lobby)


async def test_the_lobby_keeps_a_private_room_to_its_members(room, people):
    await Room.objects.aupdate(is_private=True)
    outside, inside = await enter(people["cy"], "/"), await enter(people["bo"], "/")
    assert (await outside.call("lobby:join"))["rooms"] == []
    ada, _ = await join(people["ada"])
    await ada.call("chat:send", "secret", KEY)
    assert (await hear(inside, "lobby:room"))["last"]["text"] == "secret"
    assert (await hear(inside, "lobby:people"))["here"] == 1
    assert await outside.receive_nothing()
    await leave(outside, inside, ada)


async def test_a_ban_sends_every_tab_of_the_banned_out_and_nobody_else(room, people):
    ada, _ = await join(people["ada"])
    tabs = [(await join(people["cy"]))[0] for _ in range(2)]
    ban = await Ban.objects.acreate(room=room, user=people["cy"], reason="rude")
    await database_sync_to_async(live.user_banned)(ban)
    for tab in tabs:
        assert await hear(tab, "room:closed") == {"code": "banned", "reason": "rude", "until": None}
        with pytest.raises(Disconnected):
            await hear(tab, "nothing")
    assert len({(await hear(ada, "room:left"))["id"] for _ in tabs}) == 2
    assert await ada.call("chat:send", "still here", KEY)
    await leave(ada)


async def test_closing_a_room_sends_everybody_out(room, people):
    ada, _ = await join(people["ada"])
    lobby = await enter(people["bo"], "/")
    await lobby.call("lobby:join")
    await database_sync_to_async(live.room_closed)(room)
    assert await hear(ada, "room:closed") == {"code": "closed"}
    with pytest.raises(Disconnected):
        await ada.receive()
    assert await hear(lobby, "lobby:closed") == {"slug": "tea"}
    await leave(lobby)


async def test_a_hundred_messages_at_once_keep_their_order_for_everybody(room, people, settings):
    settings.VOICEROOM = {"BURST": 1000}
    ada, _ = await join(people["ada"])
    bo, _ = await join(people["bo"])
    sent = await asyncio.gather(*(ada.call("chat:send", str(n), f"key-number-{n}") for n in range(40)))
    told = [(await hear(bo, "chat:message"))["id"] for _ in sent]
    assert told == sorted(told) == [answer["message"]["id"] for answer in sent]
    await leave(ada, bo)


async def test_people_who_go_in_at_nearly_the_same_moment_all_learn_of_each_other(room, people):
    tabs = [await enter(people[name]) for name in ("ada", "bo", "cy", "di") * 3]
    joining = []
    for tab in tabs:  # one begins while another is half inside
        joining.append(asyncio.create_task(tab.call("room:join")))
        await asyncio.sleep(0.002)
    answers = await asyncio.gather(*joining)
    for tab, answer in zip(tabs, answers, strict=True):
        known = {each["id"] for each in answer["tabs"]}
        while len(known) < len(tabs):  # or it is an error that nothing more comes
            known.add((await hear(tab, "room:entered"))["id"])
    await leave(*tabs)
