import re

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from realtime.testing import outbox
from voiceroom import rules
from voiceroom.models import Ban, Room


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


def test_creating_a_room_goes_into_it_and_tells_the_lobby(cy, people):
    page = cy.post("/rooms/new/", {"name": "Night shift", "topic": "Who is up?"})
    room = Room.objects.get()
    assert page.headers["Location"] == "/rooms/night-shift/"
    assert room.standing(people["cy"]).role == rules.OWNER
    assert [(sent.namespace, sent.event, list(sent.rooms)) for sent in outbox] == [("/", "lobby:room", ["everybody"])]


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


def test_a_room_without_a_name_is_not_made(cy):
    assert cy.post("/rooms/new/", {"name": " \u202e "}).status_code == 200
    assert not Room.objects.exists()


def test_who_may_not_enter_reads_why(cy, room, people):
    Ban.objects.create(room=room, user=people["cy"])
    page = cy.get("/rooms/tea/")
    assert (page.status_code, b"banned" in page.content) == (403, True)
    Room.objects.update(closed_at=timezone.now())
    assert b"closed" in cy.get("/rooms/tea/").content


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
    assert [(sent.namespace, sent.event) for sent in outbox] == [("/", "lobby:closed"), ("/rooms/tea", "room:closed")]
