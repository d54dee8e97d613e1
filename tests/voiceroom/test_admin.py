"""What staff do in Django's admin reaches the rows, and the open pages."""

import pytest
from django.contrib.admin.models import LogEntry

from realtime.testing import outbox
from voiceroom.models import Ban, Message, Room


@pytest.fixture
def boss(client, people):
    people["di"].is_superuser = True
    people["di"].save()
    client.force_login(people["di"])
    return client


def act(client, model, action, *rows):
    fields = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(f"/admin/voiceroom/{model}/", fields, follow=True)


def test_every_list_and_form_opens(boss, room, people):
    Message.objects.create(room=room, author=people["cy"], text="hello", key="key-of-mine")
    Ban.objects.create(room=room, user=people["cy"])
    for model in ("room", "membership", "message", "ban"):
        assert boss.get(f"/admin/voiceroom/{model}/?q=e").status_code == 200
        first = {"room": Room, "message": Message, "ban": Ban}.get(model)
        if first:
            assert boss.get(f"/admin/voiceroom/{model}/{first.objects.first().pk}/change/").status_code == 200
    assert boss.get("/admin/voiceroom/message/?state=kept").status_code == 200
    assert boss.get("/admin/voiceroom/room/?state=closed").status_code == 200


def test_deleting_a_message_takes_it_from_the_open_pages(boss, room, people):
    message = Message.objects.create(room=room, author=people["cy"], text="rude", key="key-of-mine")
    page = act(boss, "message", "delete_from_rooms", message)
    assert b"1 message deleted." in page.content
    message.refresh_from_db()
    assert message.deleted_by == people["di"]
    assert ("/rooms/tea", "chat:deleted", [{"id": message.pk}]) in [
        (e.namespace, e.event, list(e.args)) for e in outbox
    ]
    assert LogEntry.objects.get().change_message == "Deleted from the room"


def test_messages_are_neither_rewritten_nor_really_deleted(boss, room, people):
    message = Message.objects.create(room=room, author=people["cy"], text="said", key="key-of-mine")
    assert boss.post(f"/admin/voiceroom/message/{message.pk}/change/", {"text": "other"}).status_code == 403
    assert boss.post(f"/admin/voiceroom/message/{message.pk}/delete/", {"post": "yes"}).status_code == 403


def test_closing_a_room_tells_who_is_inside_and_the_lobby(boss, room):
    act(boss, "room", "close", room)
    room.refresh_from_db()
    assert room.closed_at
    assert [(e.namespace, e.event) for e in outbox] == [("/", "lobby:closed"), ("/rooms/tea", "room:closed")]
    act(boss, "room", "reopen", room)
    room.refresh_from_db()
    assert room.closed_at is None


def test_a_ban_names_who_gave_it_and_reaches_every_tab_of_the_banned(boss, room, people):
    boss.post("/admin/voiceroom/ban/add/", {"room": room.pk, "user": people["cy"].pk, "reason": "rude"})
    assert Ban.objects.get().by == people["di"]
    (told,) = outbox
    assert (told.namespace, told.event, list(told.rooms)) == ("/rooms/tea", "room:closed", [f"user:{people['cy'].pk}"])
