"""Whatever a channel layer does to the envelopes, records arrive once and in order, or the line breaks."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.engine.forwarding.line import BATCH, BEAT, RESEND_AFTER, WINDOW, Line
from realtime.engine.forwarding.wire import Kind, Record

TIMEOUT = 3.0


class Pair:
    """Two ends, and a layer between them that a test disturbs. Time is the test's."""

    def __init__(self):
        self.now = 100.0
        self.a, self.b = Line(b"a", b"b", 1, self.now), Line(b"b", b"a", 1, self.now)
        self.heard, self.news = {b"a": [], b"b": []}, []

    def say(self, line, text):
        line.put(Record(Kind.EVENT, 2, text))

    def carry(self, lose=lambda: False, twice=lambda: False):
        """Sends all there is, and what that leads to."""
        for _ in range(100):
            sent = False
            for line, other in ((self.a, self.b), (self.b, self.a)):
                while (envelope := line.next_envelope(self.now)) is not None:
                    sent = True
                    for _ in range(0 if lose() else 2 if twice() else 1):
                        self.give(other, envelope)
            if not sent:
                return

    def give(self, line, envelope):
        news, records = line.receive(envelope, self.now)
        if news:
            self.news.append((line.me, news))
        self.heard[line.me] += [record.data for record in records if record.tunnel]

    def wait(self, seconds, **disturbed):
        """Time passes; False if an end has given up."""
        for _ in range(round(seconds / 0.25)):
            self.now += 0.25
            if not (self.a.tick(self.now, TIMEOUT) and self.b.tick(self.now, TIMEOUT)):
                return False
            self.carry(**disturbed)
        return True


def texts(count):
    return [str(i).encode() for i in range(count)]


def test_what_goes_in_comes_out_in_order():
    pair = Pair()
    for text in texts(5):
        pair.say(pair.a, text)
        pair.say(pair.b, text)
    pair.carry()
    assert pair.heard == {b"a": texts(5), b"b": texts(5)}
    assert not pair.a.unacked and not pair.b.unacked


@settings(max_examples=50)
@given(st.integers(0, 2**32), st.floats(0, 0.5), st.floats(0, 0.5))
def test_what_the_layer_loses_or_doubles_arrives_once_and_in_order(seed, losing, doubling):
    pair, dice = Pair(), random.Random(seed)
    disturbed = {"lose": lambda: dice.random() < losing, "twice": lambda: dice.random() < doubling}
    for text in texts(30):
        pair.say(pair.a, text)
        pair.say(pair.b, text)
        pair.carry(**disturbed)
    alive = pair.wait(2, **disturbed)  # the layer gets better before the patience ends
    alive = alive and pair.wait(5)
    assert not alive or pair.heard == {b"a": texts(30), b"b": texts(30)}
    for heard in pair.heard.values():
        assert heard == texts(30)[: len(heard)]


def test_a_lost_envelope_is_sent_again():
    pair = Pair()
    pair.say(pair.a, b"first")
    pair.carry(lose=lambda: True)
    pair.say(pair.a, b"second")
    pair.carry()
    assert pair.heard[b"b"] == []
    assert pair.wait(2 * RESEND_AFTER)
    assert pair.heard[b"b"] == [b"first", b"second"]


def test_silence_ends_a_line_with_something_under_way():
    pair = Pair()
    pair.say(pair.a, b"hello?")
    assert pair.wait(TIMEOUT - 2 * RESEND_AFTER, lose=lambda: True)
    assert not pair.wait(4 * RESEND_AFTER, lose=lambda: True)


def test_an_idle_line_with_tunnels_says_that_it_is_there_and_notices_when_nobody_is():
    pair = Pair()
    pair.a.tunnels = 1
    assert pair.wait(30 * BEAT)
    assert not pair.wait(2 * BEAT + TIMEOUT, lose=lambda: True)


def test_an_idle_line_without_tunnels_says_nothing():
    pair = Pair()
    assert pair.wait(100, lose=lambda: pytest.fail("something was said"))


def test_a_loop_that_stood_still_loses_no_line():
    pair = Pair()
    pair.say(pair.a, b"hello")
    pair.a.next_envelope(pair.now)
    pair.now += 60
    assert pair.a.tick(pair.now, TIMEOUT)
    pair.carry()
    assert pair.heard[b"b"] == [b"hello"]


def test_a_layer_that_fails_is_waited_for_ten_times_as_long():
    pair = Pair()
    pair.say(pair.a, b"hello")
    for _ in range(100):
        pair.a.next_envelope(pair.now)
        pair.now += 0.25
        assert pair.a.tick(pair.now, TIMEOUT, layer_works=False)
    pair.carry()
    assert pair.heard[b"b"] == [b"hello"]


def test_no_more_than_a_window_is_under_way():
    pair, size = Pair(), 100_000
    for _ in range(100):
        pair.say(pair.a, b"x" * size)
    envelopes = []
    while (envelope := pair.a.next_envelope(pair.now)) is not None:
        envelopes.append(envelope)
        assert sum(len(record.data) for record in envelope.records) <= BATCH
    assert WINDOW <= sum(len(record.data) for each in envelopes for record in each.records) < WINDOW + BATCH
    for envelope in envelopes:
        pair.give(pair.b, envelope)
    pair.carry()
    assert len(pair.heard[b"b"]) == 100


def test_an_end_that_has_forgotten_the_line_says_so():
    pair = Pair()
    pair.say(pair.a, b"before")
    pair.carry()
    pair.b = Line(b"b", b"a", 2, pair.now)
    pair.say(pair.a, b"after")
    pair.carry()
    assert pair.news == [(b"a", "forgotten")] and pair.heard[b"b"] == [b"before"]
    pair.a.begin(5)
    pair.say(pair.a, b"again")
    pair.carry()
    assert pair.heard[b"b"] == [b"before", b"again"]


def test_an_end_that_begins_again_has_forgotten_the_tunnels():
    pair = Pair()
    pair.say(pair.b, b"before")
    pair.carry()
    pair.a.tunnels = 1
    pair.b = Line(b"b", b"a", 2, pair.now)
    pair.say(pair.b, b"again")
    pair.carry()
    assert (b"a", "begun again") in pair.news
    assert pair.heard[b"a"] == [b"before", b"again"]


def test_an_envelope_of_an_old_life_is_dropped():
    pair = Pair()
    pair.say(pair.a, b"old")
    old = pair.a.next_envelope(pair.now)
    pair.give(pair.b, old)
    pair.a.begin(9)
    pair.say(pair.a, b"new")
    pair.carry()
    pair.give(pair.b, old)
    pair.carry()
    assert pair.heard[b"b"] == [b"old", b"new"]


def test_a_line_that_nobody_used_begins_a_new_life_long_before_it_is_forgotten():
    pair = Pair()
    pair.say(pair.a, b"before")
    pair.carry()
    pair.now += 700
    assert pair.a.stale(pair.now) and not pair.a.forgettable(pair.now)
    pair.now += 3000
    assert pair.a.forgettable(pair.now)
