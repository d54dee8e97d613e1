"""A line between two engines: what goes in at one end comes out at the other once and in order, or the line breaks.

A channel layer may lose a message (a Redis that restarts, a full channel) and says nothing. So envelopes are numbered,
acknowledged and sent again; and as long as tunnels lie in a line, silence means that the other end is gone. No clock
and no layer here: whoever has the line says what time it is, and sends the envelopes.

Each direction has lives, named by growing numbers; in each, envelopes count from 0. A new one begins where the other
end has forgotten the old one, and what lay in the line is lost then.
"""

from collections import deque
from typing import Any

from .wire import LATEST, Envelope, Kind, Record

BATCH = 262_144  # bytes of records in one envelope, about
WINDOW = 4_194_304  # bytes that may be on their way without an acknowledgement
RESEND_AFTER = 0.5  # seconds
RESEND_MOST = 16  # envelopes at a time
BEAT = 1.0  # seconds of silence after which an end with tunnels says that it is there
RENEW_AFTER = 600.0  # seconds of idleness after which a new life begins: the other end may forget the old one
FORGET_AFTER = 3600.0
NOBODY_HOME = 0.1  # how much a miss counts while the layer itself fails
BEAT_RECORD = Record(Kind.CREDIT, 0)


class Line:
    """One end. ``tunnels`` counts what lies in it; whoever has the line keeps that number."""

    def __init__(self, me: bytes, peer: bytes, life: int, now: float) -> None:
        self.me, self.peer = me, peer
        self.queue: deque[Record] = deque()
        self.unacked: deque[list[Any]] = deque()  # [number, records, bytes, sent]
        self._again: deque[list[Any]] = deque()
        self.tunnels = 0
        self.ack_due = False
        self.used = now
        self._their_life = self._expected = 0
        self.begin(life)

    def begin(self, life: int) -> None:
        """A new life of this direction. What was on its way is forgotten."""
        self.life, self._number, self._unacked_bytes = life, 0, 0
        self._misses = 0.0
        self._confirmed = False
        self.queue.clear()
        self.unacked.clear()
        self._again.clear()

    # -- out ------------------------------------------------------------------------------------------------

    def put(self, record: Record) -> None:
        """One record for the other end."""
        self.queue.append(record)

    def stale(self, now: float) -> bool:
        """Whether nothing was in it for so long that what comes next should begin a new life."""
        return self._unused and now - self.used > RENEW_AFTER

    def forgettable(self, now: float) -> bool:
        """Whether it may be thrown away."""
        return self._unused and now - self.used > FORGET_AFTER

    @property
    def _unused(self) -> bool:
        return not (self.tunnels or self.queue or self.unacked)

    @property
    def waiting(self) -> bool:
        """Whether there is something to send."""
        return bool(self.queue or self._again or self.ack_due)

    @property
    def proven(self) -> bool:
        """Whether the other end has ever acknowledged something of this life."""
        return self._confirmed

    @property
    def missing(self) -> bool:
        """Whether the other end has not acknowledged something in time."""
        return self._misses > 0

    def next_envelope(self, now: float) -> Envelope | None:
        """The next to send, or None if nothing may be sent now."""
        while self._again:
            entry = self._again.popleft()
            if self.unacked and entry[0] >= self.unacked[0][0]:
                return self._envelope(entry, now)
        if self.queue and self._unacked_bytes < WINDOW:
            return self._envelope(self._fresh(now), now)
        if self.ack_due:
            return self._envelope([LATEST, (), 0, now], now)
        return None

    def _fresh(self, now: float) -> list[Any]:
        records: list[Record] = []
        size = 0
        while self.queue and (not records or size + len(self.queue[0].data) <= BATCH):
            records.append(self.queue.popleft())
            size += len(records[-1].data)
        entry = [self._number, tuple(records), size, now]
        self._number += 1
        self._unacked_bytes += size
        self.unacked.append(entry)
        return entry

    def _envelope(self, entry: list[Any], now: float) -> Envelope:
        self.ack_due, self.used, entry[3] = False, now, now
        return Envelope(self.peer, self.me, self.life, entry[0], self._their_life, self._expected, entry[1])

    # -- in -------------------------------------------------------------------------------------------------

    def receive(self, envelope: Envelope, now: float) -> tuple[str | None, tuple[Record, ...]]:
        """(what happened, the records that came with it in their order).

        What happened is None, ``"begun again"`` (the other end has forgotten all tunnels) or ``"forgotten"`` (this
        life of ours too: it must ``begin`` another).
        """
        self.used = now
        if self._acknowledge(envelope):
            return "forgotten", ()
        if envelope.number == LATEST or envelope.life < self._their_life:
            return None, ()
        self.ack_due, news = True, None
        if envelope.life > self._their_life:
            news = "begun again" if self._their_life and self.tunnels else None
            self._their_life, self._expected = envelope.life, 0
        if envelope.number != self._expected:
            return news, ()
        self._expected += 1
        return news, envelope.records

    def _acknowledge(self, envelope: Envelope) -> bool:
        """Lets go what has arrived. True if the other end knows nothing of this life any more."""
        if envelope.acked_life != self.life:
            return False
        if envelope.acked == 0:
            return self._confirmed
        while self.unacked and self.unacked[0][0] < envelope.acked:
            self._unacked_bytes -= self.unacked.popleft()[2]
            self._misses, self._confirmed = 0, True
        return False

    # -- time -----------------------------------------------------------------------------------------------

    def tick(self, now: float, timeout: float, layer_works: bool = True) -> bool:
        """What time brings: envelopes to send again, a beat. False if the other end has been silent for ``timeout``.

        Misses are counted, not seconds: a loop that stood still has heard nobody, and that is nobody's fault.
        """
        if self.unacked and now - self.unacked[0][3] >= RESEND_AFTER and not self._again:
            self._misses += 1 if layer_works else NOBODY_HOME
            if self._misses * RESEND_AFTER >= timeout:
                return False
            self._again.extend(list(self.unacked)[:RESEND_MOST])
        elif self.tunnels and not self.unacked and not self.queue and now - self.used >= BEAT:
            self.queue.append(BEAT_RECORD)
        return True
