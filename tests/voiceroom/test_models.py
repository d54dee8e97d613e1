import datetime

import pytest
from django.db import IntegrityError
from django.utils import timezone

from voiceroom import rules, seed, wire
from voiceroom.models import Ban, Membership, Message, Room


def say(room, author, *texts):
    keys = (f"key-{room.pk}-{Message.objects.count()}-{n}" for n in range(len(texts)))
    return [Message.objects.create(room=room, author=author, text=t, key=k) for t, k in zip(texts, keys, strict=True)]


def test_a_page_of_history_is_the_newest_oldest_first(room, people, settings):
    said = say(room, people["ada"], *"abcde")
    settings.VOICEROOM = {"PAGE_SIZE": 2}
    assert room.messages.page() == (said[3:], True)
    settings.VOICEROOM = {"PAGE_SIZE": 3}
    assert room.messages.page(before=said[3].pk) == (said[:3], False)
    assert room.messages.page(before=said[0].pk) == ([], False)


def test_a_key_says_a_message_once_for_each_author(room, people):
    Message.objects.create(room=room, author=people["bo"], text="x", key="same-key")
    Message.objects.create(room=room, author=people["ada"], text="x", key="same-key")
    with pytest.raises(IntegrityError):
        Message.objects.create(room=room, author=people["ada"], text="y", key="same-key")


def test_a_deleted_message_keeps_its_place_and_loses_its_text(room, people):
    (message,) = say(room, people["cy"], "secret")
    assert message.delete_softly(by=people["bo"])
    assert not message.delete_softly(by=people["ada"])
    told = wire.page(*room.messages.page(), people["cy"])["messages"][0]
    assert (told["deleted"], told["text"]) == (True, "")
    assert Message.objects.get().text == "secret"
    assert Message.objects.get().deleted_by == people["bo"]


def test_a_standing_holds_the_facts_of_this_moment(room, people):
    assert room.standing(people["ada"]).role == rules.OWNER
    assert room.standing(people["cy"]).role is None
    assert room.standing(people["di"]).staff
    hour = datetime.timedelta(hours=1)
    Ban.objects.create(room=room, user=people["cy"], until=timezone.now() - hour)
    assert not room.standing(people["cy"]).banned
    Ban.objects.create(room=room, user=people["cy"], until=timezone.now() + hour)
    assert room.standing(people["cy"]).banned


def test_a_private_room_is_seen_by_its_members_and_by_staff(room, people):
    Room.objects.filter(pk=room.pk).update(is_private=True)
    seen = {name: room in Room.objects.visible_to(user) for name, user in people.items()}
    assert seen == {"ada": True, "bo": True, "cy": False, "di": True}


def test_a_closed_room_is_seen_by_nobody(room, people):
    Room.objects.filter(pk=room.pk).update(closed_at=timezone.now())
    assert not Room.objects.visible_to(people["ada"]).exists()


def test_every_name_finds_a_free_address(room, people):
    assert Room.objects.free_slug("Tea!") == "tea-2"
    assert Room.objects.free_slug("茶室") == "room"
    assert Room.objects.free_slug("New") == "new-2"  # /rooms/new/ makes rooms
    assert len(Room.objects.free_slug("x" * 200)) <= 50


def test_unread_counts_what_others_said_since(room, people):
    first, *_ = say(room, people["ada"], "one", "two", "three")
    say(room, people["bo"], "mine")
    gone = say(room, people["ada"], "gone")[0]
    gone.delete_softly(by=people["ada"])
    Membership.objects.filter(user=people["bo"]).update(last_read=first.pk)
    assert wire.unread(people["bo"], [room]) == {"tea": 2}
    assert wire.unread(people["bo"], []) == {}
    assert wire.unread(people["cy"], [room]) == {}


def test_the_cards_of_many_rooms_take_two_queries(people, django_assert_num_queries):
    for n in range(5):
        say(Room.objects.create(slug=f"r{n}", name=f"R{n}", owner=people["ada"]), people["ada"], "old", f"new {n}")
    with django_assert_num_queries(2):
        cards = wire.cards(Room.objects.visible_to(people["cy"]))
    assert [card["slug"] for card in cards] == ["r4", "r3", "r2", "r1", "r0"]
    assert cards[0]["last"]["text"] == "new 4"


@pytest.mark.django_db(transaction=True)
def test_seeding_twice_is_seeding_once_and_fresh_begins_again(client):
    logins = seed.seed()
    counts = Room.objects.count(), Message.objects.count()
    Message.objects.first().delete_softly(by=None)
    assert seed.seed() == logins
    assert (Room.objects.count(), Message.objects.count()) == counts
    assert Message.objects.exclude(deleted_at=None).count() == 1
    seed.seed(fresh=True)
    assert (Room.objects.count(), Message.objects.count()) == counts
    assert not Message.objects.exclude(deleted_at=None).exists()
    assert all(client.login(username=name, password=password) for name, password in logins)
