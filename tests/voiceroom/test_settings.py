"""settings.VOICEROOM: written down, checked, obeyed at once, and what is over a limit is counted by its name."""

import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, override_settings

from realtime.signals import server_side_event
from tests.voiceroom.tabs import code, enter, join, leave, refusal
from voiceroom import checks, conf, metrics, rules
from voiceroom.models import Membership, Room
from voiceroom.options import DEFAULTS, FIELDS
from voiceroom.rules import OWNER, Standing

ROOT = Path(conf.__file__).parents[1]
PAGE = ROOT / "docs/reference/voice-settings.md"
HOST = Standing(role=OWNER)


@pytest.fixture(autouse=True)
def nothing_refused_yet():
    metrics.refused.clear()


# -- the page and the checks ----------------------------------------------------------------------------------


def test_the_page_names_every_setting_with_its_default_and_no_other():
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| `([^`]+)` \|", PAGE.read_text(), re.MULTILINE))
    assert rows == {name: repr(getattr(DEFAULTS, name.lower())).replace("'", '"') for name in FIELDS}


def test_every_setting_is_read_somewhere():
    sources = [path.read_text() for path in (ROOT / "voiceroom").rglob("*.py") if path.name != "options.py"]
    # A rate is named where it is asked for, others are attributes.
    unread = [name for name in FIELDS if not any(f".{name.lower()}" in s or f'"{name}"' in s for s in sources)]
    assert unread == []


def test_every_default_fits():
    assert list(checks.voiceroom_settings(None)) == []


@pytest.mark.parametrize(
    ("given", "id", "text"),
    [
        ([], "voiceroom.E001", "no dict"),
        ({"SEAT_GRACES": 3}, "voiceroom.E001", "Did you mean SEAT_GRACE?"),
        ({"seat_grace": 3}, "voiceroom.E001", "Did you mean SEAT_GRACE?"),
        ({"NOTHING_LIKE_IT_AT_ALL": 3}, "voiceroom.E001", "voice-settings.md"),
        ({"ASKS": "3"}, "voiceroom.E002", "takes a whole number, '3' does not fit"),
        ({"ASKS": True}, "voiceroom.E002", "takes a whole number"),
        ({"ASKS": 0}, "voiceroom.E002", "at least 1"),
        ({"MESH_PLACES": 9}, "voiceroom.E002", "2 to 8"),
        ({"EDIT_SECONDS": "soon"}, "voiceroom.E002", "takes a number"),
        ({"COMMAND_RATE": 5}, "voiceroom.E002", "a pair"),
        ({"COMMAND_RATE": (1, 0.5)}, "voiceroom.E002", "a pair"),
        ({"STUN_URLS": "stun:x"}, "voiceroom.E002", "takes a list"),
        ({"SEATS": 9, "MOST_SEATS": 8}, "voiceroom.E003", "greater"),
        ({"MEDIA_BACKEND": "none"}, "voiceroom.E003", "names no backend"),
    ],
)
def test_a_mistake_is_found_before_it_is_made(settings, given, id, text):
    settings.VOICEROOM = given
    (problem,) = checks.voiceroom_settings(None)
    assert problem.id == id and text in f"{problem.msg} {problem.hint}"


def test_a_secret_is_not_shown(settings):
    settings.VOICEROOM = {"TURN_SECRET": 20_010_101}
    assert "20010101" not in str(checks.voiceroom_settings(None))


@pytest.mark.parametrize("given", [{"NO_SUCH": 1}, 7])
def test_what_the_check_would_have_said_is_raised_too(settings, given):
    settings.VOICEROOM = given
    with pytest.raises(ImproperlyConfigured):
        conf.options()


def test_settings_are_read_when_they_are_needed():
    before = conf.options().asks
    with override_settings(VOICEROOM={"ASKS": before + 1}):
        assert conf.options().asks == before + 1
    assert conf.options().asks == before


# -- counting -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refusal", "limit"),
    [
        (rules.why_not_try(6, 6), "ATTEMPTS"),
        (rules.why_not_try(1, 31), "ROOM_ATTEMPTS"),
        (rules.why_not_invite(HOST, 721, 1), "LINK_HOURS"),
        (rules.why_not_invite(HOST, 1, 1001), "LINK_USES"),
        (rules.why_not_invite(HOST, 1, 1, links=100), "LINKS"),
        (rules.why_not_password("x" * 101), "PASSWORD_LENGTH"),
        (rules.why_not_ban(HOST, Standing(), 525_601, ""), "BAN_MINUTES"),
        (rules.why_not_update(HOST, {"seat_count": 21}), "MOST_SEATS"),
        (rules.why_not_update(HOST, {"capacity": 1001}), "MOST_PEOPLE"),
        (rules.why_not_update(HOST, {"name": "x" * 61}), "NAME_LENGTH"),
        (rules.why_not_update(HOST, {"topic": "x" * 121}), "TOPIC_LENGTH"),
        (rules.why_not_create(False, 20), "OPEN_ROOMS"),
        (rules.why_not_guest(True, 60), "GUESTS_AN_HOUR"),
        (rules.why_not_report(HOST, False, "spam", "x" * 501, 0), "REPORT_LENGTH"),
        (rules.why_not_report(HOST, False, "spam", "", 5), "REPORTS"),
        (rules.why_not_send(HOST, [0.0] * 8, 0.0), "BURST"),
        (rules.why_not_edit(HOST, True, 0, 20), "EDITS"),
        (rules.why_not_edit(HOST, True, 901, 0), "EDIT_SECONDS"),
        (rules.why_not_text("x" * 4001), "TEXT_LENGTH"),
        (rules.why_not_enter(Standing(capacity=2), 2), "CAPACITY"),
        (rules.why_not_stay(20), "TABS"),
        (rules.why_not_ask(3), "ASKS"),
    ],
)
def test_a_refusal_by_a_limit_knows_which(refusal, limit):
    metrics.count(refusal)
    assert metrics.refused == {limit: 1} and limit in FIELDS


def test_a_refusal_by_a_rule_is_not_counted():
    assert metrics.count("forbidden") == "forbidden" and metrics.count(None) is None
    assert metrics.refused == {}


# -- obeyed ---------------------------------------------------------------------------------------------------

LIVE = pytest.mark.django_db(transaction=True)


@LIVE
@pytest.mark.parametrize(
    ("given", "command", "answer"),
    [
        ({"TEXT_LENGTH": 3}, ("chat:send", "four", "a-key-1234"), "too_long"),
        ({"BURST": 1}, ("chat:send", "once", "a-key-1234"), None),
        ({"COMMAND_RATE": (0, 1)}, ("hand:raise",), None),
        ({"MOST_SEATS": 2}, ("room:update", {"seat_count": 3}), "bad_arguments"),
        ({"NAME_LENGTH": 2}, ("room:update", {"name": "Tea"}), "bad_arguments"),
        ({"LINK_HOURS": 1}, ("invite:create", {"hours": 2}), "bad_arguments"),
        ({"BAN_MINUTES": 1}, ("member:ban", 1, 2), "bad_arguments"),
        ({"PASSWORD_LENGTH": 2}, ("room:password", "sesame"), "bad_arguments"),
        ({"SIGNAL_BYTES": 2}, ("media:signal", "x", {"sdp": ""}), "too_large"),
        ({"FRAME_LISTENERS": 0}, ("media:fallback", True), "full"),
    ],
)
async def test_a_command_is_held_to_the_setting_of_this_moment(room, people, settings, given, command, answer):
    ada, _ = await join(people["ada"])
    bo, _ = await join(people["bo"])
    settings.VOICEROOM = given
    name, *args = command
    args = [people["bo"].pk, *args[1:]] if name == "member:ban" else args
    assert code(await ada.call(name, *args)) == answer
    assert list(metrics.refused) == ([] if answer is None else list(given))
    await leave(ada, bo)


@LIVE
async def test_what_is_too_fast_for_the_setting_is_refused_and_counted(room, people, settings):
    ada, _ = await join(people["ada"])
    settings.VOICEROOM = {"COMMAND_RATE": (0, 2)}
    answers = [code(await ada.call("hand:lower")) for _ in range(5)]
    assert answers == [None, None, "too_fast", "too_fast", "too_fast"]
    assert metrics.refused == {"COMMAND_RATE": 3}
    settings.VOICEROOM = {"COMMAND_RATE": (10**9, 1000)}  # one comes within a nanosecond
    assert code(await ada.call("hand:lower")) is None
    await leave(ada)


@LIVE
async def test_a_room_has_only_so_many_good_links(room, people, settings):
    settings.VOICEROOM = {"LINKS": 2}
    ada, _ = await join(people["ada"])
    assert [code(await ada.call("invite:create")) for _ in range(3)] == [None, None, "too_many"]
    (first, _) = (await ada.call("invite:list"))["links"]
    await ada.call("invite:revoke", first["id"])
    assert code(await ada.call("invite:create")) is None
    await leave(ada)


@LIVE
async def test_a_person_has_only_so_many_tabs_and_a_tab_that_comes_back_is_no_further_one(room, people, settings):
    settings.VOICEROOM = {"TABS": 2}
    first, told = await join(people["cy"])
    second, _ = await join(people["cy"])
    third, answer = await join(people["cy"])
    assert code(answer) == "too_many_tabs"
    back, answer = await join(people["cy"], options={"tab": told["media"]["tab"]})
    assert answer["ok"]
    ada, answer = await join(people["ada"])
    assert answer["ok"]
    await leave(ada, back, first, second, third)


@LIVE
async def test_a_full_room_counts_whom_it_turns_away(room, people):
    await Room.objects.aupdate(capacity=2)
    tabs = [(await join(people[name]))[0] for name in ("ada", "bo")]
    cy, answer = await join(people["cy"])
    assert code(answer) == "full" and metrics.refused == {"CAPACITY": 1}
    await leave(cy, *tabs)


@pytest.mark.django_db
def test_the_page_that_creates_a_room_obeys_too(people, settings):
    settings.VOICEROOM = {"INVITED": 1, "NAME_LENGTH": 4, "MOST_SEATS": 5, "PASSWORD_LENGTH": 3}
    client = Client()
    client.force_login(people["cy"])
    page = client.get("/rooms/new/").content.decode()
    assert 'maxlength="4"' in page and 'max="5"' in page
    facts = {"name": "Kitchen", "seat_count": 6, "password": "sesame", "invited": "ada, bo"}
    form = client.post("/rooms/new/", facts).context["form"]
    assert set(form.errors) == {"name", "seat_count", "password", "invited"}
    assert "at most 1 " in str(form.errors["invited"])
    settings.VOICEROOM = {"OPEN_ROOMS": 1, "SEATS": 3}
    assert client.post("/rooms/new/", {"name": "One", "seat_mode": "free"}).status_code == 302
    assert Room.objects.get(name="One").seat_count == 3
    assert "too many open rooms" in client.post("/rooms/new/", {"name": "Two", "seat_mode": "free"}).content.decode()
    assert metrics.refused == {"INVITED": 1, "OPEN_ROOMS": 1}


# -- asking one person again and again, and people whom one does not know --------------------------------------


@LIVE
async def test_nobody_is_asked_to_sit_down_or_to_unmute_again_and_again(room, people, settings):
    settings.VOICEROOM = {"ASKS": 2}
    ada, bo, cy = [(await join(people[name]))[0] for name in ("ada", "bo", "cy")]
    answers = [code(await ada.call("seat:invite", people["cy"].pk)) for _ in range(3)]
    assert answers == [None, None, "too_often"] and metrics.refused == {"ASKS": 1}
    assert code(await ada.call("seat:invite", people["bo"].pk)) is None  # a limit for each pair
    assert code(await bo.call("seat:invite", people["cy"].pk)) is None
    await cy.call("seat:take", 0)
    assert code(await ada.call("seat:ask_unmute", 0)) == "too_often"
    await Membership.objects.aupdate(muted_by_host=False)
    await leave(ada, bo, cy)


@LIVE
@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("member:ban", [5, "x"]), ("member:unban", []), ("member:kick", []), ("member:role", ["moderator"]),
        ("chat:mute", [True]), ("seat:invite", []), ("hand:accept", []), ("hand:reject", []), ("knock:answer", [True]),
        ("member:report", ["spam"]),
    ],
)  # fmt: skip
async def test_a_host_learns_nothing_of_who_was_never_here(room, people, django_user_model, name, args):
    stranger = await django_user_model.objects.acreate(username="eve", first_name="Eve")
    ada, _ = await join(people["ada"])
    known, guessed = await ada.call(name, stranger.pk, *args), await ada.call(name, 10**6, *args)
    assert known == guessed and code(known) == "not_found"
    assert (await ada.call("ban:list"))["bans"] == []
    assert not await Membership.objects.filter(user=stranger).aexists()
    await leave(ada)


@LIVE
async def test_who_was_invited_by_name_and_has_not_come_is_still_a_stranger(room, people):
    await Membership.objects.acreate(room=room, user=people["cy"], entered=False)
    ada, _ = await join(people["ada"])
    assert code(await ada.call("member:role", people["cy"].pk, "moderator")) == "not_found"
    cy, _ = await join(people["cy"])
    assert code(await ada.call("member:role", people["cy"].pk, "moderator")) is None
    await leave(ada, cy)


@LIVE
async def test_staff_who_only_look_in_can_be_asked_to_sit_down(room, people):
    await Room.objects.aupdate(is_private=True)
    ada, _ = await join(people["ada"])
    di, _ = await join(people["di"])
    assert code(await ada.call("seat:invite", people["di"].pk)) is None
    await leave(ada, di)
    assert await refusal(people["cy"]) == "private"


@LIVE
async def test_staff_read_what_was_refused_in_all_processes(room, people):
    metrics.refused.update({"BURST": 2})
    di, cy = await enter(people["di"], "/"), await enter(people["cy"], "/")
    assert await di.call("house:refusals") == {"ok": True, "refused": {"BURST": 2}}
    assert code(await cy.call("house:refusals")) == "forbidden"
    await leave(di, cy)


def test_a_process_answers_others_what_it_refused():
    metrics.refused.update({"BURST": 2})
    answers = [answer for _, answer in server_side_event.send("/", event=metrics.QUESTION, args=[])]
    assert {"BURST": 2} in answers
    assert {"BURST": 2} not in [answer for _, answer in server_side_event.send("/", event="other", args=[])]
