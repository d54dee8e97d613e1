"""What staff do in Django's admin reaches the rows, and the open pages."""

import csv
import datetime

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.utils import timezone

from realtime.testing import outbox
from voiceroom.models import (
    Ban,
    Guest,
    HandRequest,
    InviteLink,
    Membership,
    Message,
    ModerationEvent,
    Report,
    Room,
    Seat,
    SeatInvitation,
)


@pytest.fixture
def boss(client, people):
    people["di"].is_superuser = True
    people["di"].save()
    client.force_login(people["di"])
    return client


def act(client, model, action, *rows, **more):
    fields = {"action": action, "_selected_action": [row.pk for row in rows], "confirmed": "yes", **more}
    return client.post(f"/admin/voiceroom/{model}/", fields, follow=True)


def log():
    return list(ModerationEvent.objects.order_by("pk").values_list("action", flat=True))


def told(event):
    return [list(sent.args) for sent in outbox if sent.event == event]


def test_every_list_and_form_opens(boss, room, people):
    Message.objects.create(room=room, author=people["cy"], text="hello", key="key-of-mine")
    Ban.objects.create(room=room, user=people["cy"])
    HandRequest.objects.create(room=room, user=people["cy"])
    SeatInvitation.objects.create(room=room, user=people["cy"], by=people["ada"])
    InviteLink.objects.create(room=room, by=people["ada"], expires=timezone.now(), max_uses=1)
    ModerationEvent.objects.create(room=room, by=people["ada"], user=people["cy"], action="kick")
    Guest.objects.create(room=room, user=people["cy"])
    Report.objects.create(room=room, by=people["bo"], user=people["cy"], reason="spam")
    for model in apps.get_app_config("voiceroom").get_models():
        if admin.site.is_registered(model):
            address = f"/admin/voiceroom/{model._meta.model_name}/"
            assert boss.get(f"{address}?q=e").status_code == 200
            assert boss.get(f"{address}{model.objects.first().pk}/change/").status_code == 200
    assert boss.get("/admin/voiceroom/message/?state=kept").status_code == 200
    assert boss.get("/admin/voiceroom/room/?state=closed").status_code == 200


def test_rooms_are_found_in_any_case_of_any_alphabet(boss, room):
    room.topic = "École du thé"
    room.save()
    for search, found in (("ÉCOLE", True), ("ecole TEA", True), ("ada ÉCOLE", True), ("école none", False)):
        page = boss.get("/admin/voiceroom/room/", {"q": search})
        assert (b"du th" in page.content) is found, search


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
    assert [(e.namespace, e.event) for e in outbox] == [
        ("/", "lobby:closed"),
        ("/", "lobby:news"),
        ("/rooms/tea", "room:closed"),
    ]
    act(boss, "room", "reopen", room)
    room.refresh_from_db()
    assert room.closed_at is None


@pytest.mark.parametrize(("model", "action"), [("room", "close"), ("membership", "ban")])
def test_what_sends_people_out_is_asked_first(boss, room, people, model, action):
    row = room if model == "room" else Membership.objects.create(room=room, user=people["cy"])
    page = act(boss, model, action, row, confirmed="")
    assert b"Yes, do it" in page.content and str(row) in page.content.decode()
    room.refresh_from_db()
    assert (room.closed_at, Ban.objects.count(), log()) == (None, 0, [])


def test_a_room_shows_what_it_is_about_its_door_and_its_bans(boss, room, people):
    Room.objects.update(topic="<i>Green</i> tea", locked=True, is_private=True)
    page = boss.get("/admin/voiceroom/room/").content.decode()
    assert "&lt;i&gt;Green&lt;/i&gt; tea" in page
    assert "private, locked" in page
    over = timezone.now() - datetime.timedelta(days=1)
    Ban.objects.create(room=room, user=people["cy"], reason="drums")
    Ban.objects.create(room=room, user=people["bo"], reason="flutes", until=over)
    page = boss.get(f"/admin/voiceroom/room/{room.pk}/change/").content.decode()
    assert "drums" in page and "flutes" not in page


def test_a_ban_names_who_gave_it_and_reaches_every_tab_of_the_banned(boss, room, people):
    boss.post("/admin/voiceroom/ban/add/", {"room": room.pk, "user": people["cy"].pk, "reason": "rude"})
    assert Ban.objects.get().by == people["di"]
    (told,) = outbox
    assert (told.namespace, told.event, list(told.rooms)) == ("/rooms/tea", "room:closed", [f"user:{people['cy'].pk}"])
    assert log() == ["ban"]
    boss.post(f"/admin/voiceroom/ban/{Ban.objects.get().pk}/delete/", {"post": "yes"})
    assert not Ban.objects.exists() and log() == ["ban", "unban"]


def test_a_ban_that_is_over_sends_nobody_out(boss, room, people):
    over = timezone.now() - datetime.timedelta(days=1)
    fields = {"room": room.pk, "user": people["cy"].pk, "until_0": over.date(), "until_1": "12:00:00"}
    boss.post("/admin/voiceroom/ban/add/", fields)
    assert Ban.objects.exists() and not told("room:closed") and log() == []


def test_a_room_made_here_has_its_owner_and_its_seats(boss, people):
    forms = {
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
        "bans-TOTAL_FORMS": 0,
        "bans-INITIAL_FORMS": 0,
    }
    fields = {"name": "Cake", "slug": "cake", "owner": people["ada"].pk, "capacity": 20, "seat_count": 3}
    page = boss.post("/admin/voiceroom/room/add/", fields | forms | {"seat_mode": "free", "hands_open": "on"})
    assert page.status_code == 302, page.context["errors"]
    room = Room.objects.get(slug="cake")
    assert room.standing(people["ada"]).role == "owner" and room.seats.count() == 3
    fields = fields | forms | {"seat_mode": "apply", "name": "Cakes", "seat_count": 5}
    page = boss.post(f"/admin/voiceroom/room/{room.pk}/change/", fields)
    assert page.status_code == 302, page.context["errors"]
    ((news,),) = told("room:changed")
    assert (news["room"]["name"], news["room"]["seat_mode"], len(news["seats"])) == ("Cakes", "apply", 5)
    assert log() == ["update"]


def test_rooms_are_locked_muted_and_told_something(boss, room, people):
    Seat.objects.filter(index=0).update(user=people["cy"], mic_on=True)
    act(boss, "room", "lock", room)
    assert Room.objects.get().locked and told("room:changed")[0][0]["room"]["locked"] is True
    act(boss, "room", "unlock", room)
    assert not Room.objects.get().locked
    act(boss, "room", "mute_everybody", room)
    assert Seat.objects.get(index=0).muted_by_host and told("room:changed")[-1][0]["seats"][0]["muted"]
    act(boss, "room", "announce", room, text="Back in five")
    assert told("room:announcement") == [[{"text": "Back in five"}]]
    assert b"Write the announcement" in act(boss, "room", "announce", room).content
    assert log() == ["lock", "unlock", "mute_all", "announce"]


def test_seats_are_emptied_muted_and_locked(boss, room, people):
    seat = Seat.objects.get(index=0)
    Seat.objects.filter(pk=seat.pk).update(user=people["cy"], mic_on=True)
    act(boss, "seat", "mute", seat)
    assert told("room:changed")[0][0]["seats"][0]["muted"]
    act(boss, "seat", "empty", seat)
    assert Seat.objects.get(index=0).user is None
    act(boss, "seat", "lock", seat)
    act(boss, "seat", "unlock", seat)
    assert log() == ["seat_mute", "seat_kick", "seat_lock", "seat_unlock"]


def test_members_are_sent_out_muted_and_banned(boss, room, people):
    member = Membership.objects.create(room=room, user=people["cy"])
    act(boss, "membership", "send_out", member)
    act(boss, "membership", "mute", member)
    act(boss, "membership", "ban", member)
    member.refresh_from_db()
    assert member.muted_by_host and Ban.objects.get().by == people["di"]
    assert [args[0]["code"] for args in told("room:closed")] == ["kicked", "banned"]
    assert log() == ["kick", "seat_mute", "ban"]


def test_members_lose_the_right_to_write_and_get_it_back(boss, room, people):
    member = Membership.objects.create(room=room, user=people["cy"])
    act(boss, "membership", "mute_chat", member)
    act(boss, "membership", "unmute_chat", member)
    assert [args[0]["room"]["chat_muted"] for args in told("room:changed")] == [[people["cy"].pk], []]
    assert log() == ["chat_mute", "chat_unmute"]


def test_a_role_given_here_is_seen_in_the_room(boss, room, people):
    member = Membership.objects.create(room=room, user=people["cy"])
    fields = {"room": room.pk, "user": people["cy"].pk, "role": "host"}
    assert boss.post(f"/admin/voiceroom/membership/{member.pk}/change/", fields).status_code == 302
    assert told("room:changed")[0][0]["people"][0]["role"] == "host" and log() == ["role"]


def test_a_revoked_link_opens_nothing(boss, room, people):
    later = timezone.now() + datetime.timedelta(hours=1)
    link = InviteLink.objects.create(room=room, by=people["ada"], expires=later, max_uses=1)
    act(boss, "invitelink", "revoke", link)
    link.refresh_from_db()
    assert link.why_not() == "invite_invalid" and log() == ["revoke"]


def test_the_log_is_read_filtered_exported_and_never_written(boss, room, people):
    event = ModerationEvent.objects.create(room=room, by=people["ada"], action="kick", detail='=cmd|"x"')
    assert boss.get("/admin/voiceroom/moderationevent/?action__exact=kick").status_code == 200
    assert boss.post(f"/admin/voiceroom/moderationevent/{event.pk}/change/", {"detail": "x"}).status_code == 403
    assert boss.post(f"/admin/voiceroom/moderationevent/{event.pk}/delete/", {"post": "yes"}).status_code == 403
    assert boss.get("/admin/voiceroom/moderationevent/add/").status_code == 403
    page = act(boss, "moderationevent", "export", event)
    head, row = csv.reader(page.content.decode().splitlines())
    assert head[1:] == ["room", "by", "action", "user", "detail"]
    assert row[1:] == ["tea", "ada", "kick", "", '\'=cmd|"x"']


def test_staff_do_what_their_permissions_say_and_no_more(client, room, people):
    staff = people["di"]
    staff.user_permissions.set(Permission.objects.filter(codename__in=["view_room", "moderate_room"]))
    client.force_login(staff)
    act(client, "room", "lock", room)
    act(client, "room", "close", room)
    act(client, "room", "announce", room, text="hello")
    now = Room.objects.get()
    assert (now.locked, now.closed_at, told("room:announcement")) == (True, None, [])
    assert log() == ["lock"]
    assert client.get("/admin/voiceroom/moderationevent/").status_code == 403


def test_the_live_page_is_for_staff_who_may_see_rooms(boss, client, room, people):
    page = boss.get("/admin/voiceroom/room/live/")
    assert page.status_code == 200 and b"admin_live.js" in page.content
    people["bo"].is_staff = True
    people["bo"].save()
    client.force_login(people["bo"])
    assert client.get("/admin/voiceroom/room/live/").status_code == 403
    client.force_login(people["cy"])
    assert client.get("/admin/voiceroom/room/live/").status_code == 302


def test_staff_without_the_permission_are_no_moderators(room, people):
    people["di"].user_permissions.clear()
    staff = type(people["di"]).objects.get(pk=people["di"].pk)
    assert not room.standing(staff).staff
