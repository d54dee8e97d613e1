"""The lobby of a site with many rooms: a page at a time, searched on the server, and told only of what is shown."""

import datetime
import itertools
import json

import pytest
from django.utils import timezone

from tests.voiceroom.tabs import code, enter, hear, hear_all, heard, join, leave
from voiceroom import live, lobby
from voiceroom.models import Membership, Message, Room

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def small(settings):
    settings.VOICEROOM = {"LOBBY_PAGE": 3, "LOBBY_SHOWN": 6, "PRESENCE_SECONDS": 0, "LOBBY_SECONDS": 1}


@pytest.fixture
def rooms(people):
    """Seven rooms; in the later ones something was said later."""
    moments = [LONG_AGO + datetime.timedelta(days=n) for n in range(7)]
    made = Room.objects.bulk_create(
        Room(slug=f"room-{n}", name=f"Room {n}", topic=f"About {'tea' if n % 2 else 'Kaffee'}", owner=people["ada"],
             created=moment) for n, moment in enumerate(moments)
    )  # fmt: skip
    Message.objects.bulk_create(
        Message(room=room, author=people["ada"], text="x", key=f"key-{room.slug}", created=room.created)
        for room in made
    )
    return made


def slugs(answer):
    return [card["slug"].removeprefix("room-") for card in answer["rooms"]]


async def pages(tab, **options):
    """All pages, as strings of numbers."""
    found, after = [], None
    for _ in range(10):
        answer = await tab.call("lobby:join", options | {"after": after})
        found.append("".join(slugs(answer)))
        after = answer["more"]
        if after is None:
            return found
    raise AssertionError(found)


async def test_the_rooms_come_a_page_at_a_time_the_latest_spoken_in_first(rooms, people):
    cy = await enter(people["cy"], "/")
    assert await pages(cy) == ["654", "321", "0"]
    await leave(cy)


async def test_rooms_with_people_come_before_all_others(rooms, people):
    ada, _ = await join(people["ada"], "/rooms/room-1")
    cy = await enter(people["cy"], "/")
    answer = await cy.call("lobby:join")
    assert slugs(answer) == ["1", "6", "5"]
    assert [card["here"] for card in answer["rooms"]] == [1, 0, 0]
    assert await pages(cy) == ["165", "432", "0"]
    assert answer["counts"] == {"rooms": 7, "matches": 7, "lively": 1, "people": 1, "speaking": 0}
    await leave(ada, cy)


async def test_a_room_that_was_never_spoken_in_stands_where_it_was_made(rooms, people):
    await Message.objects.filter(room=rooms[5]).aupdate(deleted_at=timezone.now())
    await Message.objects.filter(room=rooms[3]).adelete()
    cy = await enter(people["cy"], "/")
    assert await pages(cy) == ["654", "321", "0"]
    await leave(cy)


async def test_rooms_of_one_moment_are_all_shown_and_none_twice(rooms, people):
    await Message.objects.aupdate(created=LONG_AGO)
    cy = await enter(people["cy"], "/")
    assert sorted("".join(await pages(cy))) == list("0123456")
    await leave(cy)


@pytest.mark.parametrize(
    ("search", "found"),
    [("room", "6543210"), ("TEA", "531"), ("kaff 4", "4"), ("4 kaff", "4"), ("  ", "6543210"), ("none", ""), ("%", ""),
     ("_", ""), ("1 2", "")],
)  # fmt: skip
async def test_the_server_searches_all_rooms_for_all_words(rooms, people, search, found):
    cy = await enter(people["cy"], "/")
    assert "".join(await pages(cy, search=search)) == found
    counts = (await cy.call("lobby:join", {"search": search}))["counts"]
    assert (counts["matches"], counts["rooms"]) == (len(found), 7)
    await leave(cy)


@pytest.mark.parametrize(
    ("search", "found"),
    [("école", "0"), ("ECOLE", "0"), ("ｅｃｏｌｅ", "0"), ("e\u0301cole", "0"), ("ⅳ", "0"), ("iv", "0"),
     ("STRASSE", "1"), ("straße\u3000tea", "1"), ("ΟΔΟΣ", "2"), ("οδος", "2"), ("istanbul", "3"), ("İSTANBUL", "3"),
     ("ﾃﾞｰﾀ", "4"), ("听歌", "5"), ("´", "6543210")],
)  # fmt: skip
async def test_a_search_knows_no_case_no_width_and_no_accents(rooms, people, search, found):
    names = ["ÉCOLE Ⅳ", "Straße", "Οδός", "İstanbul", "データ", "听歌房"]
    for room, name in zip(rooms, names, strict=False):
        room.name = name
        await room.asave(update_fields=["name"])
    cy = await enter(people["cy"], "/")
    answer = await cy.call("lobby:join", {"search": search})
    assert answer["counts"]["matches"] == len(found)
    assert "".join(await pages(cy, search=search)) == found
    await leave(cy)


async def test_a_search_finds_no_room_that_one_may_not_know_of(rooms, people):
    await Room.objects.filter(slug__in=["room-3", "room-5"]).aupdate(is_private=True)
    await Membership.objects.acreate(room=rooms[5], user=people["cy"])
    cy, di = await enter(people["cy"], "/"), await enter(people["di"], "/")
    assert await pages(cy, search="tea") == ["51"] and await pages(di, search="tea") == ["531"]
    assert (await cy.call("lobby:join"))["counts"]["rooms"] == 6
    await leave(cy, di)


@pytest.mark.parametrize(
    ("options", "refused"),
    [({"search": "x" * 101}, "too_long"), ({"search": 7}, "bad_arguments"), ({"after": "nonsense"}, "bad_arguments"),
     ({"after": "1 2 3"}, "bad_arguments"), ({"after": "0 1 2026-99-01T00:00:00+00:00"}, "bad_arguments"),
     ({"after": "0 1 2026-01-01T00:00:00"}, "bad_arguments"),
     ({"after": "0 ² 2026-01-01T00:00:00+00:00"}, "bad_arguments"),
     ({"after": f"0 {10**30} 2026-01-01T00:00:00+00:00"}, "bad_arguments")],
)  # fmt: skip
async def test_what_no_page_said_is_refused(rooms, people, options, refused):
    cy = await enter(people["cy"], "/")
    assert code(await cy.call("lobby:join", options)) == refused
    await leave(cy)


def test_a_place_comes_back_as_it_was_said():
    room = Room(pk=7, slug="x")
    room.lively, room.spoken = 1, LONG_AGO
    assert lobby.place(lobby._place(room)) == (1, LONG_AGO, 7)


async def test_a_page_costs_the_same_however_many_rooms_there_are(rooms, people, settings):
    settings.VOICEROOM = {"LOBBY_PAGE": 24}
    cy = await enter(people["cy"], "/")
    await Room.objects.abulk_create(Room(slug=f"many-{n}", name="Many", owner=people["ada"]) for n in range(500))
    answer = await cy.call("lobby:join")
    assert len(answer["rooms"]) == 24 and answer["counts"]["rooms"] == 507 and len(json.dumps(answer)) < 24 * 700
    await leave(cy)


# -- what is told ---------------------------------------------------------------------------------------------


async def test_only_what_is_shown_is_told_of(rooms, people):
    cy = await enter(people["cy"], "/")
    await cy.call("lobby:join")  # 6, 5, 4
    ada, _ = await join(people["ada"], "/rooms/room-0")
    await ada.call("chat:send", "hidden", "key-of-hidden")
    there, _ = await join(people["ada"], "/rooms/room-6")
    await there.call("chat:send", "shown", "key-of-shown")
    assert (await hear(cy, "lobby:room", skip=["lobby:people", "lobby:news"]))["last"]["text"] == "shown"
    assert {told.args[0]["slug"] for told in await heard(cy, 0.5) if told.args} <= {"room-6"}
    await cy.call("lobby:join", {"search": "0"})
    await ada.call("chat:send", "now shown", "key-of-found")
    assert (await hear(cy, "lobby:room"))["last"]["text"] == "now shown"
    await leave(ada, there, cy)


async def test_what_was_shown_first_is_told_of_no_more_when_too_much_was_shown(rooms, people):
    cy = await enter(people["cy"], "/")
    first = await cy.call("lobby:join")
    assert first["shown"] == 6
    after = first["more"]
    for _ in range(2):  # 6 rooms, then the 7th
        after = (await cy.call("lobby:join", {"after": after}))["more"]
    ada, _ = await join(people["ada"], "/rooms/room-6")
    bo, _ = await join(people["bo"], "/rooms/room-0")
    assert (await hear(cy, "lobby:people"))["slug"] == "room-0"
    assert {told.args[0]["slug"] for told in await heard(cy, 0.5) if told.args} <= {"room-0"}
    await leave(ada, bo, cy)


async def test_a_room_that_became_private_is_not_told_to_whom_it_was_shown(rooms, people):
    cy, di = await enter(people["cy"], "/"), await enter(people["di"], "/")
    for tab in (cy, di):
        await tab.call("lobby:join", {"search": "6"})
    await Room.objects.filter(slug="room-6").aupdate(is_private=True)
    await Membership.objects.acreate(room=rooms[6], user=people["ada"])
    await di.call("lobby:join", {"search": "6"})
    ada, _ = await join(people["ada"], "/rooms/room-6")
    await ada.call("chat:send", "secret", "key-of-secret")
    assert (await hear(di, "lobby:room"))["last"]["text"] == "secret"
    assert [told.event for told in await heard(cy) if told.event != "lobby:news"] == []
    await leave(ada, cy, di)


async def test_everybody_hears_that_there_may_be_other_rooms_to_show(rooms, people):
    cy = await enter(people["cy"], "/")
    ada, _ = await join(people["ada"], "/rooms/room-0")  # not shown to cy
    await hear_all(cy, "lobby:news", skip=[])
    assert slugs(await cy.call("lobby:join"))[0] == "0"
    await leave(ada)
    await hear_all(cy, "lobby:news", skip=["lobby:people"])
    assert slugs(await cy.call("lobby:join"))[0] == "6"
    await leave(cy)


async def test_a_guest_hears_of_no_room_that_takes_none(rooms, people):
    """What is told follows what was shown, and that is asked of the database."""
    await Room.objects.filter(slug="room-2").aupdate(guests_allowed=True)
    guest = await _guest(people, rooms[2])
    tab = await enter(guest, "/")
    assert await pages(tab) == ["2"]
    ada, _ = await join(people["ada"], "/rooms/room-6")
    await ada.call("chat:send", "no guests", "key-no-guests")
    assert [told.event for told in await heard(tab, 0.5) if told.event != "lobby:news"] == []
    await leave(ada, tab)


async def _guest(people, room):
    guest = people["cy"]
    await type(guest).guest.related.related_model.objects.acreate(user=guest, room=room)
    return guest


async def test_a_look_at_all_rooms_serves_everybody_for_a_while_and_what_changed_meanwhile_is_told_again(
    rooms, people, settings
):
    settings.VOICEROOM = {"PRESENCE_SECONDS": 1}
    one, two = await enter(people["bo"], "/"), await enter(people["cy"], "/")
    assert (await one.call("lobby:join"))["counts"]["people"] == 0
    ada, _ = await join(people["ada"], "/rooms/room-6")
    assert (await hear(one, "lobby:people"))["here"] == 1  # told before the other has asked
    await two.call("lobby:join")  # may be given the look of before
    assert (await hear(two, "lobby:people"))["here"] == 1
    await leave(ada, one, two)


def test_no_two_names_of_cards_are_one(people):
    names = [live.card_room(slug, private) for slug, private in itertools.product(("a", "b"), (True, False))]
    assert len(set(names)) == 4
