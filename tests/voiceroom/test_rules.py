"""Who may do what, decided without request, socket or database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceroom import rules
from voiceroom.options import DEFAULTS
from voiceroom.rules import Standing


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (Standing(), None),
        (Standing(closed=True, staff=True), "closed"),
        (Standing(banned=True), "banned"),
        (Standing(banned=True, staff=True), None),
        (Standing(private=True), "private"),
        (Standing(private=True, role=rules.MEMBER), None),
        (Standing(private=True, staff=True), None),
        (Standing(private=True, role=rules.MEMBER, banned=True), "banned"),
    ],
)
def test_a_room_says_who_may_come_in_and_why_not(standing, reason):
    assert rules.why_shut_out(standing) == reason


def test_a_full_room_takes_only_who_keeps_order():
    assert rules.why_not_enter(Standing(capacity=2), others=1) is None
    assert rules.why_not_enter(Standing(capacity=2), others=2) == "full"
    assert rules.why_not_enter(Standing(capacity=2, role=rules.MODERATOR), others=2) is None


def test_a_burst_of_messages_is_refused_until_its_time_is_over():
    burst = [100.0 + n / 10 for n in range(DEFAULTS.burst)]
    assert rules.why_not_send(Standing(), burst, 101.0) == "too_fast"
    assert rules.why_not_send(Standing(), burst[:-1], 101.0) is None
    assert rules.why_not_send(Standing(), burst, 100.0 + DEFAULTS.burst_seconds) is None


@pytest.mark.parametrize(
    ("standing", "own", "reason"),
    [
        (Standing(role=rules.MEMBER), True, None),
        (Standing(role=rules.MEMBER), False, "forbidden"),
        (Standing(), False, "forbidden"),
        (Standing(role=rules.MODERATOR), False, None),
        (Standing(role=rules.HOST), False, None),
        (Standing(role=rules.OWNER), False, None),
        (Standing(staff=True), False, None),
        (Standing(banned=True), True, "banned"),
    ],
)
def test_messages_are_deleted_by_their_author_or_a_moderator(standing, own, reason):
    assert rules.why_not_delete(standing, own) == reason


@pytest.mark.parametrize("text", ["", "  \n ", "\x00\x07", "\ud800", None, 7, ["x"], {"a": 1}, True])
def test_what_is_no_text_is_empty(text):
    assert rules.why_not_text(text) == "empty"


def test_a_text_has_a_greatest_length():
    assert rules.why_not_text("家" * DEFAULTS.text_length) is None
    assert rules.why_not_text("家" * DEFAULTS.text_length + "x") == "too_long"


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with space", "k\n" * 8, None, 12345678, ["a" * 8]])
def test_what_is_no_key_is_a_bad_key(key):
    assert rules.why_not_key(key) == "bad_key"


def test_lines_of_a_text_stay_and_control_characters_go():
    assert rules.clean_text(" a\r\nb\x00\x1b[31m\tc\n\n") == "a\nb[31m\tc"


def test_a_name_is_one_line_and_turns_nobody_elses_direction():
    assert rules.clean_line(" Bad\n\u202eman\u202c  \u2066x\u2069 ") == "Bad man x"
    assert rules.clean_line("مرحبا 你好") == "مرحبا 你好"


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text):
    assert rules.clean_text(rules.clean_text(text)) == rules.clean_text(text)
    assert rules.clean_line(rules.clean_line(text)) == rules.clean_line(text)
    assert "\n" not in rules.clean_line(text)
