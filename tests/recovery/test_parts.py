"""The pure parts: positions, the ring, what a session concerns, and seals."""

import asyncio
import pickle
from types import SimpleNamespace

import pytest

from realtime.messages import decoded, event_packet, frames_of
from realtime.options import Options
from realtime.recovery.config import Recovery, recovery_from
from realtime.recovery.entry import Entry, needs_offset, with_offset
from realtime.recovery.position import START, Offset, read_offset
from realtime.recovery.redis import RedisHub
from realtime.recovery.ring import Ring
from realtime.recovery.sealed import Sealer, entry_record, read_entry, read_session, session_record
from realtime.recovery.session import PAST, Session
from realtime.recovery.writing import AT_ONCE, Writing
from realtime.socketio.msgpack import MsgpackParser
from realtime.socketio.parser import JSONParser
from realtime.targets import EVERYWHERE, user_room

ORIGIN = "0123456789abcdef"


def entry(*rooms, excepted=(), namespace="/", word="x"):
    return Entry(namespace, [f'42["{word}"]'], rooms, excepted)


@pytest.mark.parametrize(
    "offset",
    [Offset("00ff00ff", (0, 0)), Offset("00ff00ff", (1700000000000, 7)), Offset("0a0b0c0d", (1, 2), ORIGIN, 3)],
)
def test_an_offset_is_read_as_it_was_written(offset):
    assert read_offset(str(offset)) == offset


@pytest.mark.parametrize(
    "text", [None, 7, "", "00ff00ff", "00ff00ff.1", "00ff00ff.1.2 ", "00ff00ff.1.2\n", "00FF00FF.1.2", "00ff00ff.-1.2"]
)
def test_what_is_no_offset_is_none(text):
    assert read_offset(text) is None


def test_the_ring_gives_what_came_behind_a_position_or_says_that_it_cannot():
    ring = Ring(3, 10**6, 100, START)
    entries = [entry(word=str(i)) for i in range(5)]
    assert ring.since(START) == []
    for i, each in enumerate(entries, 1):
        ring.append((0, i), each, now=i)
    assert ring.since((0, 5)) == []
    assert ring.since((0, 2)) == [((0, 3), entries[2]), ((0, 4), entries[3]), ((0, 5), entries[4])]
    assert ring.since((0, 1)) is None and ring.since(START) is None


def test_the_ring_is_bounded_in_bytes_and_time_too():
    ring = Ring(1000, 1000, 10, START)
    for i in range(1, 10):
        ring.append((0, i), entry(word="w" * 100), now=0)
    assert len(ring) == 3 and ring.floor == (0, 6)
    ring.expire(11)
    assert len(ring) == 0 and ring.since((0, 9)) == [] and ring.since((0, 8)) is None


def test_a_session_knows_what_was_for_it():
    session = Session("sid", "/", b"", (0, 1))
    session.entered = (0, 5)
    session.joined(["a"], (0, 10))
    session.joined(["b"], (0, 10))
    session.left("b", (0, 20))
    session.user = user_room(7)
    cases = [
        (entry(), 5, False), (entry(), 6, True), (entry("a"), 10, False), (entry("a"), 11, True),
        (entry("b"), 20, True), (entry("b"), 21, False), (entry("c"), 30, False), (entry("c", "a"), 30, True),
        (entry("sid"), 2, True), (entry("a", excepted=["sid"]), 30, False), (entry("a", excepted=["b"]), 15, False),
        (entry("a", excepted=["b"]), 25, True), (entry("a", namespace="/chat"), 30, False),
        (entry("a", namespace=EVERYWHERE), 30, True), (entry(user_room(7), namespace=EVERYWHERE), 30, True),
        (entry(user_room(8), namespace=EVERYWHERE), 30, False),
    ]  # fmt: skip
    for each, at, expected in cases:
        assert session.concerns(each, (0, at)) is expected, (each, at)


def test_of_many_rooms_that_were_left_the_first_are_forgotten_and_that_is_known():
    session = Session("sid", "/", b"", (0, 0))
    for i in range(1, PAST + 2):
        session.joined([str(i)], (0, 2 * i))
        session.left(str(i), (0, 2 * i + 1))
    assert len(session.past) == PAST and session.floor == (0, 3)
    session.proven((0, 100))
    assert all(until > (0, 100) for _, _, until in session.past)
    session.proven((0, 50))
    assert session.since == (0, 100)


def test_a_session_is_read_as_it_was_written_and_in_another_epoch_without_its_positions():
    sealer = Sealer(b"secret")
    session = Session("sid", "/", b"who", (1, 2), {"seat": [1, b"\x00", "\ud800", None]})
    session.joined(["a"], (1, 3))
    session.joined(["b"], (1, 3))
    session.left("b", (1, 4))
    sealed = sealer.seal(session_record(session, "epoch", "owner"))
    read = read_session(sealer.open(sealed), session.pid, "epoch")
    for name in ("sid", "namespace", "identity", "data", "rooms", "past", "since", "entered", "floor", "pid"):
        assert getattr(read, name) == getattr(session, name)
    read = read_session(sealer.open(sealed), session.pid, "another")
    assert (read.since, read.rooms, read.past) == (None, {"a": START}, [])
    assert session.pid.encode() not in sealed and session.pid not in sealer.name_of(session.pid)


def test_an_entry_is_read_as_it_was_written():
    before = Entry("/chat", ['42["x"]', b"\x00"], ["a"], ["b"], False, ORIGIN, 7)
    sealer = Sealer(b"secret")
    assert read_entry(sealer.open(sealer.seal(entry_record("event", before, "json", again=True)))) == (
        "event", True, "json", before
    )  # fmt: skip


@pytest.mark.parametrize("value", [None, "text", 7, b"", b"short", pickle.dumps(print), Sealer(b"another").seal([1])])
def test_what_has_no_seal_of_ours_is_refused(value):
    with pytest.raises(ValueError):
        Sealer(b"secret").open(value)


def test_the_offset_is_the_last_argument_in_every_parser():
    for codec in (JSONParser(), MsgpackParser()):
        frames = frames_of(codec, event_packet("/chat", ["x", 1, b"\x00"]))
        assert decoded(with_offset(frames, codec, "0.1.2"), codec).data == ["x", 1, b"\x00", "0.1.2"]
    assert needs_offset(['42["x"]'], JSONParser()) and not needs_offset(['42["x",1]'], JSONParser())


def test_the_setting():
    assert recovery_from(None) is recovery_from(False) is None
    assert recovery_from(True) == recovery_from({}) == Recovery()
    assert recovery_from({"MAX_LENGTH": 5, "skip_middlewares": True}) == Recovery(max_length=5, skip_middlewares=True)
    with pytest.raises(ValueError, match="did you mean MAX_LENGTH"):
        recovery_from({"MAX_LENGHT": 5})


@pytest.mark.redis
async def test_a_hub_that_is_entered_again_begins_its_log_once(redis_server):
    recovery = {"REDIS": redis_server.url, "PREFIX": "parts"}
    options = Options(channel_layer=None, connection_state_recovery=recovery)
    hub = RedisHub(asyncio.get_running_loop(), JSONParser(), None, b"secret", options)
    before = len(asyncio.all_tasks())
    for _ in range(5):
        hub.enter()
    assert len(asyncio.all_tasks()) == before + 3
    await asyncio.wait_for(hub.feed.begun.wait(), 5)
    await hub.close()
    assert len(asyncio.all_tasks()) == before


async def test_who_waits_for_a_session_to_be_saved_waits_for_its_own_write():
    """Of a thousand that come at once, the first write takes half."""
    written = []

    class Store:
        failures = (OSError,)

        async def write(self, entries, sessions):
            names = [name for name, _, _ in sessions]
            await asyncio.sleep(0)
            written.extend(names)

    hub = SimpleNamespace(loop=asyncio.get_running_loop(), session_record=lambda name, session: (name, b"", 1))
    writing = Writing(hub, Store(), None)
    writing.begun.set()
    names = [f"session {number}" for number in range(2 * AT_ONCE)]

    async def one_that_comes(name):
        writing.save(name, object())
        await writing.saved(name)
        return name in written

    task = asyncio.create_task(writing._write())
    try:
        assert all(await asyncio.gather(*map(one_that_comes, names)))
    finally:
        task.cancel()
