"""Seats, doors and order, decided without request, socket or database: tables of who may do what."""

import pytest

from voiceroom import rules
from voiceroom.options import DEFAULTS
from voiceroom.rules import Place, Standing

OWNER, HOST, MODERATOR = (Standing(role=role) for role in (rules.OWNER, rules.HOST, rules.MODERATOR))
MEMBER, STRANGER, STAFF = Standing(role=rules.MEMBER), Standing(), Standing(staff=True)
EMPTY, TAKEN, LOCKED = Place(), Place(taken=True), Place(locked=True)
BANNED, CLOSED = Standing(role=rules.OWNER, banned=True), Standing(staff=True, closed=True)


def test_ranks_go_from_the_house_down_to_strangers():
    ranks = [each.rank for each in (STAFF, OWNER, HOST, MODERATOR, MEMBER, STRANGER)]
    assert ranks == [4, 3, 2, 1, 0, 0]
    assert [each.moderates for each in (STAFF, OWNER, HOST, MODERATOR, MEMBER)] == [True] * 4 + [False]
    assert [each.hosts for each in (STAFF, OWNER, HOST, MODERATOR, MEMBER)] == [True] * 3 + [False] * 2


@pytest.mark.parametrize(
    ("standing", "mode", "seated", "place", "reason"),
    [
        (MEMBER, "free", False, EMPTY, None),
        (MEMBER, "free", False, TAKEN, "seat_taken"),
        (MEMBER, "free", False, LOCKED, "seat_locked"),
        (MODERATOR, "free", False, LOCKED, None),
        (MEMBER, "free", True, EMPTY, "seated"),
        (MEMBER, "apply", False, EMPTY, "apply_only"),
        (MODERATOR, "apply", False, EMPTY, None),
        (OWNER, "free", False, TAKEN, "seat_taken"),
        (MEMBER, "free", False, None, "no_seat"),
        (BANNED, "free", False, EMPTY, "banned"),
        (CLOSED, "free", False, EMPTY, "closed"),
    ],
)
def test_a_seat_is_taken(standing, mode, seated, place, reason):
    assert rules.why_not_take(standing, mode, seated, place) == reason


@pytest.mark.parametrize(
    ("seated", "place", "reason"),
    [(True, EMPTY, None), (True, TAKEN, "seat_taken"), (True, LOCKED, "seat_locked"), (False, EMPTY, "not_seated")],
)
def test_a_seat_is_changed_in_either_mode_by_who_has_one(seated, place, reason):
    assert rules.why_not_move(MEMBER, seated, place) == reason


def test_the_first_free_seat_is_neither_taken_nor_locked():
    places = [Place(0, taken=True), Place(1, locked=True), Place(2), Place(3)]
    assert rules.first_free(places) == 2
    assert rules.first_free(places[:2]) is None


@pytest.mark.parametrize(
    ("standing", "place", "on", "reason"),
    [
        (MEMBER, TAKEN, True, None),
        (MEMBER, Place(muted=True), True, "muted"),
        (MEMBER, Place(muted=True), False, None),
        (OWNER, Place(muted=True), True, "muted"),
        (MEMBER, None, True, "not_seated"),
        (BANNED, TAKEN, True, "banned"),
    ],
)
def test_a_microphone_is_switched_by_who_sits_and_is_not_muted(standing, place, on, reason):
    assert rules.why_not_mic(standing, place, on) == reason


@pytest.mark.parametrize(
    ("standing", "place", "reason"),
    [
        (MEMBER, Place(muted=True), "muted"),
        (MEMBER, Place(muted=True, asked=True), None),
        (MODERATOR, Place(muted=True), None),
        (MEMBER, Place(), None),
        (MEMBER, None, "not_seated"),
    ],
)
def test_nobody_unmutes_another_and_oneself_only_when_asked(standing, place, reason):
    assert rules.why_not_unmute(standing, place) == reason


@pytest.mark.parametrize(
    ("hands_open", "seated", "raised", "reason"),
    [
        (True, False, False, None),
        (False, False, False, "hands_closed"),
        (True, True, False, "seated"),
        (True, False, True, "already_raised"),
    ],
)
def test_a_hand_is_raised_by_who_has_no_seat_and_no_hand_up(hands_open, seated, raised, reason):
    assert rules.why_not_raise(MEMBER, hands_open, seated, raised) == reason


ABOVE = [
    (STAFF, OWNER), (OWNER, HOST), (OWNER, MODERATOR), (HOST, MODERATOR), (HOST, MEMBER), (MODERATOR, MEMBER),
    (MODERATOR, STRANGER),
]  # fmt: skip


@pytest.mark.parametrize(("above", "below"), ABOVE)
def test_people_are_handled_from_above_only(above, below):
    assert rules.why_not_handle(above, below) is None
    assert rules.why_not_handle(below, above) == "forbidden"
    assert rules.why_not_handle(above, above) == "forbidden"
    assert rules.why_not_lock_seat(above, below) is None
    assert rules.why_not_lock_seat(below, above) == "forbidden"


@pytest.mark.parametrize(
    ("standing", "other", "role", "reason"),
    [
        (OWNER, MEMBER, "host", None),
        (OWNER, HOST, "member", None),
        (HOST, MEMBER, "moderator", None),
        (HOST, MEMBER, "host", "forbidden"),
        (HOST, HOST, "member", "forbidden"),
        (MODERATOR, MEMBER, "member", "forbidden"),
        (OWNER, MEMBER, "owner", "bad_arguments"),
        (OWNER, MEMBER, "king", "bad_arguments"),
        (OWNER, MEMBER, None, "bad_arguments"),
        (STAFF, MEMBER, "host", None),
        (BANNED, MEMBER, "host", "banned"),
    ],
)
def test_roles_are_given_below_ones_own(standing, other, role, reason):
    assert rules.why_not_role(standing, other, role) == reason


@pytest.mark.parametrize(
    ("standing", "others", "reason"),
    [
        (Standing(locked=True), 0, "locked"),
        (Standing(locked=True, welcome=True), 0, None),
        (Standing(locked=True, invited=True), 0, None),
        (Standing(locked=True, role=rules.MODERATOR), 0, None),
        (Standing(locked=True, role=rules.MEMBER), 0, "locked"),
        (Standing(password=True), 0, "password"),
        (Standing(password=True, welcome=True), 0, None),
        (Standing(password=True, invited=True), 0, None),
        (Standing(password=True, staff=True), 0, None),
        (Standing(password=True), 100, "full"),
        (Standing(private=True, invited=True), 0, None),
        (Standing(private=True), 0, "private"),
        (Standing(guest=True), 0, "no_guests"),
        (Standing(guest=True, guests_allowed=True), 0, None),
        (Standing(banned=True, invited=True, welcome=True), 0, "banned"),
        (Standing(closed=True, invited=True, staff=True), 0, "closed"),
    ],
)
def test_a_door_opens_for_who_is_let_in(standing, others, reason):
    assert rules.why_not_enter(standing, others) == reason


@pytest.mark.parametrize(
    ("hours", "uses", "reason"),
    [(1, 1, None), (720, 1000, None), (0, 1, "bad_arguments"), (721, 1, "bad_arguments"), (1, 0, "bad_arguments"),
     (1, 1001, "bad_arguments"), (True, 1, "bad_arguments"), ("1", 1, "bad_arguments"), (1.5, 1, "bad_arguments")],
)  # fmt: skip
def test_a_link_lives_a_while_and_lets_in_so_many(hours, uses, reason):
    assert rules.why_not_invite(MODERATOR, hours, uses) == reason
    assert rules.why_not_invite(MEMBER, hours, uses) == "forbidden"


@pytest.mark.parametrize("facts", [(True, False, False), (False, True, False), (False, False, True)])
def test_a_link_that_is_over_in_any_way_is_invalid(facts):
    assert rules.why_not_link(*facts) == "invite_invalid"
    assert rules.why_not_link(False, False, False) is None


def test_passwords_are_tried_a_few_times_by_one_and_by_all():
    assert rules.why_not_try(DEFAULTS.attempts, DEFAULTS.room_attempts) is None
    assert rules.why_not_try(DEFAULTS.attempts + 1, 1) == "too_fast"
    assert rules.why_not_try(1, DEFAULTS.room_attempts + 1) == "too_fast"


@pytest.mark.parametrize(
    ("text", "reason"),
    [(None, None), ("x", None), ("", "bad_arguments"), (" ", "bad_arguments"), (7, "bad_arguments"),
     ("x" * 101, "bad_arguments"), (["x"], "bad_arguments"), ("\ud800", "bad_arguments")],
)  # fmt: skip
def test_a_password_is_some_text_or_none(text, reason):
    assert rules.why_not_password(text) == reason


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"name": "Tea"}, None),
        ({"name": " \u202e "}, "bad_arguments"),
        ({"name": "x" * 61}, "bad_arguments"),
        ({"topic": ""}, None),
        ({"topic": "x" * 121}, "bad_arguments"),
        ({"seat_mode": "apply", "capacity": 2, "guests_allowed": True}, None),
        ({"seat_mode": "chaos"}, "bad_arguments"),
        ({"seat_mode": ["free"]}, "bad_arguments"),
        ({"capacity": 1}, "bad_arguments"),
        ({"capacity": True}, "bad_arguments"),
        ({}, "bad_arguments"),
        ({"owner": 1}, "bad_arguments"),
        ({"closed_at": None}, "bad_arguments"),
        ("name", "bad_arguments"),
    ],
)
def test_only_what_a_host_decides_is_changed(facts, reason):
    assert rules.why_not_update(HOST, facts) == reason
    assert rules.why_not_update(MODERATOR, facts) == "forbidden"


@pytest.mark.parametrize(
    ("minutes", "reason", "answer"),
    [(None, "", None), (1, "rude", None), (0, "", "bad_arguments"), (True, "", "bad_arguments"),
     (10**9, "", "bad_arguments"), (5, None, "bad_arguments")],
)  # fmt: skip
def test_a_ban_has_an_end_or_none_and_a_reason(minutes, reason, answer):
    assert rules.why_not_ban(MODERATOR, MEMBER, minutes, reason) == answer
    assert rules.why_not_ban(MEMBER, MEMBER, 5, "") == "forbidden"


def test_a_room_is_closed_by_its_owner_or_the_house():
    closers = [rules.why_not_close(each) for each in (STAFF, OWNER, HOST, MODERATOR, MEMBER)]
    assert closers == [None, None, "forbidden", "forbidden", "forbidden"]


def test_guests_come_where_they_may_and_not_all_at_once():
    assert rules.why_not_guest(True, 0) is None
    assert rules.why_not_guest(False, 0) == "no_guests"
    assert rules.why_not_guest(True, DEFAULTS.guests_an_hour) == "too_fast"
