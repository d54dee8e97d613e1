"""The rules of one session in time: heartbeat, close, which control packet is legal. Packets in, events out.

No clock: whoever calls says what time it is (``now``, in seconds of a monotonic clock) and calls ``tick`` when
``deadline`` has come. Messages do not pass here: they change nothing in a session.
"""

from enum import Enum, auto
from typing import NamedTuple

from .packet import Packet, PacketType


class Send(NamedTuple):
    """Send this frame."""

    frame: str


class Closed(NamedTuple):
    """The session is over; ``reason`` is one of Node's words."""

    reason: str


class State(Enum):
    OPEN = auto()
    CLOSING = auto()  # the server wants to close; what is queued goes out first
    CLOSED = auto()


PING, PONG = "2", "3"
TRANSPORT_ERROR = Closed("transport error")  # Node: "invalid heartbeat direction"
CLIENT_CLOSED = Closed("transport close")
PING_TIMEOUT = Closed("ping timeout")


class Session:
    """One Engine.IO session.

    In revision 4 the server pings every ``ping_interval`` and wants the pong within ``ping_timeout``; in revision 3
    the client pings, and has the sum of both for it.
    """

    __slots__ = ("_awaiting_pong", "_interval", "_timeout", "deadline", "revision", "state", "transport")

    def __init__(self, revision: int, transport: str, ping_interval: float, ping_timeout: float, now: float) -> None:
        self.revision = revision
        self.transport = transport
        self.state = State.OPEN
        self._interval = ping_interval
        self._timeout = ping_timeout
        self._rest(now)

    def _rest(self, now: float) -> None:
        """From here until the next beat nothing is owed."""
        self._awaiting_pong = False
        self.deadline = now + self._interval + (self._timeout if self.revision == 3 else 0)

    def receive(self, packet: Packet, now: float) -> Send | Closed | None:
        """What a control packet leads to: ``Send``, ``Closed`` or None. As in Node, 0, 5 and 6 are ignored."""
        if packet.type is PacketType.CLOSE:
            return CLIENT_CLOSED
        if packet.type is PacketType.PING:
            return self._beat(now, Send(PONG)) if self.revision == 3 else TRANSPORT_ERROR
        if packet.type is PacketType.PONG:
            return self._beat(now, None) if self.revision == 4 else TRANSPORT_ERROR
        return None

    def _beat(self, now: float, answer: Send | None) -> Send | None:
        self._rest(now)
        return answer

    def tick(self, now: float) -> Send | Closed | None:
        """What is due now: ``Send`` of a ping, ``Closed``, or None if it is not yet ``deadline``."""
        if now < self.deadline:
            return None
        if self.revision == 3 or self._awaiting_pong:
            return PING_TIMEOUT
        self._awaiting_pong = True
        self.deadline += self._timeout  # of the ping that was due, not of a timer that was late
        return Send(PING)
