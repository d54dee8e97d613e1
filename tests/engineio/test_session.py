"""The heartbeat and the close rules, with the clock in the test's hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.engineio.packet import Packet, PacketType
from realtime.engineio.session import Closed, Send, Session

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = (Packet(kind) for kind in PacketType)
PING_TIMEOUT = Closed("ping timeout")


def session(revision, now=100.0):
    return Session(revision, "polling", 25, 20, now)


# -- revision 4: the server pings ---------------------------------------------------------------------------


def test_revision_4_pings_after_the_interval_and_not_before():
    quiet = session(4)
    assert quiet.deadline == 125
    assert quiet.tick(100) is quiet.tick(124.9) is None
    assert quiet.tick(125) == Send("2")
    assert quiet.deadline == 145


def test_revision_4_wants_the_pong_within_the_timeout():
    quiet = session(4)
    quiet.tick(125)
    assert quiet.tick(144.9) is None
    assert quiet.tick(145) == PING_TIMEOUT


def test_a_pong_starts_the_next_interval():
    living = session(4)
    for beat in (125, 155, 185):
        assert living.tick(beat) == Send("2")
        assert living.receive(PONG, beat + 5) is None
        assert living.deadline == beat + 30


def test_a_timer_that_rings_late_does_not_give_the_client_more_time():
    quiet = session(4)
    assert quiet.tick(130) == Send("2")
    assert quiet.deadline == 145
    assert quiet.tick(145) == PING_TIMEOUT


def test_there_is_no_timeout_before_the_first_ping():
    assert session(4).tick(121) is None


def test_a_message_is_no_pong():
    quiet = session(4)
    quiet.tick(125)
    quiet.receive(MESSAGE, 130)
    assert quiet.tick(145) == PING_TIMEOUT


def test_a_ping_from_a_client_of_revision_4_is_the_wrong_direction():
    assert session(4).receive(PING, 101) == Closed("transport error")
    assert session(4).receive(Packet(PacketType.PING, "probe"), 101) == Closed("transport error")


# -- revision 3: the client pings ---------------------------------------------------------------------------


def test_revision_3_answers_a_ping_without_its_data():
    living = session(3)
    assert living.receive(PING, 110) == Send("3")
    assert living.receive(Packet(PacketType.PING, "x"), 120) == Send("3")


def test_revision_3_gives_the_client_interval_and_timeout():
    quiet = session(3)
    assert quiet.deadline == 145
    assert quiet.tick(125) is quiet.tick(144.9) is None
    assert quiet.tick(145) == PING_TIMEOUT


def test_each_ping_of_revision_3_gives_the_whole_time_again():
    living = session(3)
    living.receive(PING, 140)
    assert living.deadline == 185 and living.tick(145) is None and living.tick(185) == PING_TIMEOUT


def test_a_pong_from_a_client_of_revision_3_is_the_wrong_direction():
    assert session(3).receive(PONG, 101) == Closed("transport error")


# -- both ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("revision", [3, 4])
def test_close_is_the_end(revision):
    assert session(revision).receive(CLOSE, 101) == Closed("transport close")


@pytest.mark.parametrize("revision", [3, 4])
@pytest.mark.parametrize("packet", [OPEN, UPGRADE, NOOP], ids=["open", "upgrade", "noop"])
def test_what_means_nothing_now_is_ignored(revision, packet):
    ours = session(revision)
    before = ours.deadline
    assert ours.receive(packet, 101) is None and ours.deadline == before


@given(st.sampled_from([3, 4]), st.lists(st.tuples(st.integers(0, 30), st.booleans())))
def test_a_deadline_is_never_further_than_a_beat_away(revision, steps):
    now, ours = 0, Session(revision, "websocket", 25, 20, 0)
    for wait, beats in steps:
        now += wait
        if ours.tick(now) == PING_TIMEOUT:
            return
        if beats:
            ours.receive(PONG if revision == 4 else PING, now)
        assert now <= ours.deadline <= now + 45 or ours.tick(now) is not None
