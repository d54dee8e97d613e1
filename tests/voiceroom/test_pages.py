import datetime
import re

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from realtime.testing import outbox
from voiceroom import rules
from voiceroom.models import Ban, InviteLink, Room


@pytest.fixture
def cy(client, people):
    client.force_login(people["cy"])
    return client


@pytest.mark.parametrize("address", ["/", "/rooms/new/", "/rooms/tea/"])
def test_the_pages_of_the_house_want_a_login(client, room, address):
    assert client.get(address).headers["Location"] == f"/login/?next={address}"


def test_signing_up_makes_an_account_and_goes_in(client, db):
    fields = {
        "username": "new",
        "first_name": "New\u202e Person",
        "password1": "a-long-one-9",
        "password2": "a-long-one-9",
    }
    assert client.post("/sign-up/", fields).headers["Location"] == "/"
    assert get_user_model().objects.get(username="new").first_name == "New Person"
    assert client.get("/").context["user"].username == "new"


def test_a_taken_name_is_explained_beside_its_field(client, people):
    fields = {"username": "ada", "password1": "a-long-one-9", "password2": "a-long-one-9"}
    page = client.post("/sign-up/", fields)
    assert b"already exists" in page.content


def test_a_bad_password_is_explained_where_it_is_chosen(client, db):
    page = client.post("/sign-up/", {"username": "new", "password1": "123", "password2": "123"})
    assert "too short" in str(page.context["form"].errors["password1"])
    assert "password2" not in page.context["form"].errors


@pytest.mark.parametrize("debug", [True, False])
def test_the_address_of_no_room_leads_to_a_page_of_the_house(client, people, settings, debug):
    settings.DEBUG = debug
    page = client.get("/rooms/none/")
    assert page.status_code == 404
    assert b"There is nothing here" in page.content and b'href="/"' in page.content


def test_creating_a_room_goes_into_it_and_tells_the_lobby(cy, people):
    page = cy.post("/rooms/new/", {"name": "Night shift", "topic": "Who is up?"})
    room = Room.objects.get()
    assert page.headers["Location"] == "/rooms/night-shift/"
    assert room.standing(people["cy"]).role == rules.OWNER
    assert [(sent.namespace, sent.event, list(sent.rooms)) for sent in outbox] == [("/", "lobby:news", ["everybody"])]


def test_a_private_room_is_told_to_its_people_only(cy, people):
    cy.post("/rooms/new/", {"name": "Plans", "is_private": "on", "invited": "ada，bo"})
    room = Room.objects.get()
    assert room.standing(people["ada"]).role == rules.MEMBER
    ids = {people[name].pk for name in ("ada", "bo", "cy")}
    assert set(outbox[0].rooms) == {"staff", *(f"user:{pk}" for pk in ids)}


def test_an_unknown_guest_is_named_in_the_form(cy):
    page = cy.post("/rooms/new/", {"name": "Plans", "invited": "ada, nobody-here"})
    assert b"Nobody here is called nobody-here." in page.content
    assert not Room.objects.exists()


def test_nobody_opens_rooms_without_end(cy, people, settings):
    settings.VOICEROOM = {"OPEN_ROOMS": 2}
    pages = [cy.post("/rooms/new/", {"name": "Again"}) for _ in range(3)]
    assert [page.status_code for page in pages] == [302, 302, 200]
    assert b"Close one of them" in pages[-1].content
    assert Room.objects.count() == 2
    Room.objects.filter(pk=Room.objects.first().pk).update(closed_at=timezone.now())
    assert cy.post("/rooms/new/", {"name": "Again"}).status_code == 302


def test_a_guest_is_offered_no_room_of_their_own_and_makes_none(client, room, people):
    room.guests_allowed = True
    room.save()
    client.post("/rooms/tea/guest/", {"name": "Eve"})
    assert b"/rooms/new/" not in client.get("/").content
    page = client.post("/rooms/new/", {"name": "Mine"})
    assert page.status_code == 200 and b"Create an account first" in page.content
    assert Room.objects.count() == 1


def test_a_room_without_a_name_is_not_made(cy):
    assert cy.post("/rooms/new/", {"name": " \u202e "}).status_code == 200
    assert not Room.objects.exists()


def test_who_may_not_enter_reads_why(cy, room, people):
    Ban.objects.create(room=room, user=people["cy"])
    page = cy.get("/rooms/tea/")
    assert (page.status_code, b"banned" in page.content) == (403, True)
    Room.objects.update(closed_at=timezone.now())
    assert b"closed" in cy.get("/rooms/tea/").content


def test_a_banned_person_reads_why_and_until_when(cy, room, people):
    until = timezone.now() + datetime.timedelta(hours=2)
    Ban.objects.create(room=room, user=people["cy"], until=until, reason="<b>Shouting</b>")
    page = cy.get("/rooms/tea/").content.decode()
    assert "&lt;b&gt;Shouting&lt;/b&gt;" in page and f'datetime="{timezone.localtime(until).isoformat()}"' in page


def test_an_unknown_room_is_a_friendly_404(cy):
    page = cy.get("/rooms/none/")
    assert (page.status_code, b"nothing here" in page.content) == (404, True)


@pytest.mark.parametrize("address", ["/", "/rooms/new/", "/rooms/tea/", "/login/", "/sign-up/", "/rooms/none/"])
def test_no_page_has_anything_inline_and_its_policy_says_so(client, people, room, address):
    if address not in ("/login/", "/sign-up/"):
        client.force_login(people["ada"])
    page = client.get(address)
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy and "unsafe" not in policy and "connect-src 'self' ws://testserver" in policy
    text = page.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", text)


def test_hostile_names_stay_text_on_the_page(cy, people):
    evil = '"><img src=x onerror=alert(1)>'
    room = Room.objects.create(slug="evil", name=evil, topic=evil, owner=people["ada"])
    text = cy.get(room.get_absolute_url()).content.decode()
    assert "<img" not in text and "&lt;img" in text


def test_pages_speak_the_language_that_was_asked_for(client, db):
    page = client.get("/login/", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).content.decode()
    assert 'lang="zh-hans"' in page and "欢迎回来" in page


def test_an_owner_closes_a_room_and_nobody_else_does(client, room, people):
    client.force_login(people["bo"])
    assert client.post("/rooms/tea/close/").status_code == 403
    assert b"/close/" not in client.get("/rooms/tea/").content
    client.force_login(people["ada"])
    assert b"/close/" in client.get("/rooms/tea/").content
    assert b"Close it" in client.get("/rooms/tea/close/").content
    assert client.post("/rooms/tea/close/").headers["Location"] == "/"
    room.refresh_from_db()
    assert room.closed_at
    assert [(sent.namespace, sent.event) for sent in outbox] == [
        ("/", "lobby:closed"),
        ("/", "lobby:news"),
        ("/rooms/tea", "room:closed"),
    ]


@pytest.fixture
def open_to_guests(room):
    room.guests_allowed = True
    room.save()
    return room


def test_a_room_without_guests_wants_a_login_and_one_with_guests_a_name(client, room, people):
    assert client.get("/rooms/tea/guest/").status_code == 403
    Room.objects.update(guests_allowed=True)
    assert client.get("/rooms/tea/?invite=x").headers["Location"] == "/rooms/tea/guest/?invite=x"
    assert client.get("/rooms/tea/guest/").status_code == 200


def test_a_guest_is_a_user_with_a_name_and_no_password(client, open_to_guests):
    page = client.post("/rooms/tea/guest/", {"name": " Eve\u202e \n x"})
    assert page.headers["Location"] == "/rooms/tea/"
    user = get_user_model().objects.get(username__startswith="guest-")
    assert (user.first_name, user.has_usable_password(), user.guest.room) == ("Eve x", False, open_to_guests)
    assert client.get("/rooms/tea/").status_code == 200


def test_a_banned_guest_who_logs_out_comes_back_as_the_same_one(client, open_to_guests):
    client.post("/rooms/tea/guest/", {"name": "Eve"})
    user = get_user_model().objects.get(username__startswith="guest-")
    Ban.objects.create(room=open_to_guests, user=user)
    client.post("/logout/")
    client.post("/rooms/tea/guest/", {"name": "Somebody else"})
    assert get_user_model().objects.filter(username__startswith="guest-").count() == 1
    page = client.get("/rooms/tea/")
    assert (page.status_code, page.context["reason"]) == (403, "banned")


def test_a_room_takes_only_so_many_new_guests(client, open_to_guests, settings):
    settings.VOICEROOM = {"GUESTS_AN_HOUR": 1}
    client.post("/rooms/tea/guest/", {"name": "Eve"})
    client.cookies.clear()
    assert b"Too many guests" in client.post("/rooms/tea/guest/", {"name": "Mallory"}).content


def test_a_private_room_takes_guests_by_a_link_only(client, open_to_guests, people):
    Room.objects.update(is_private=True)
    later = timezone.now() + datetime.timedelta(hours=1)
    link = InviteLink.objects.create(room=open_to_guests, by=people["ada"], expires=later, max_uses=1)
    token = link.token  # another one in the next second: it has the time in it
    assert client.get("/rooms/tea/guest/").status_code == 403
    page = client.post(f"/rooms/tea/guest/?invite={token}", {"name": "Eve"})
    assert client.get(page.headers["Location"]).context["invite"] == token
    link.refresh_from_db()
    assert link.uses == 0  # looking uses nothing up


def test_a_locked_room_says_so_and_opens_for_a_link(cy, room, people):
    Room.objects.update(locked=True, door="x")
    assert cy.get("/rooms/tea/").context["reason"] == "locked"
    later = timezone.now() + datetime.timedelta(hours=1)
    link = InviteLink.objects.create(room=room, by=people["ada"], expires=later, max_uses=1)
    assert cy.get(link.path).status_code == 200


def test_the_servers_code_is_shown_while_somebody_develops_and_not_in_production(cy, settings):
    settings.DEBUG = True
    page = cy.get("/source/")
    assert page.headers["Content-Type"].startswith("text/plain") and b"class Chat" in page.content
    settings.DEBUG = False
    assert cy.get("/source/").status_code == 404
