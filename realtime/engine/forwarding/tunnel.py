"""One forwarded request: what of it is on its way, in both directions, and never more than a window of it."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Any

from ...exceptions import RealtimeError
from ...metrics import count
from .events import BadEvent, pack_event, unpack_event
from .wire import Kind, Record

CHUNK = 131_072  # bytes of one record
WINDOW = 262_144  # bytes that the other end has not taken yet, after which a sender waits
OVERHEAD = 64  # bytes that an event counts besides its own


class Broken(RealtimeError):
    """The other end is gone, or the line to it is."""


class Tunnel:
    """One end. ``put(record)`` gives a record to the line; ``allowed`` are the events that may come out here."""

    def __init__(self, put: Callable[[Record], None], number: int, allowed: Collection[str], longest: int) -> None:
        self._put, self.number, self._allowed, self._longest = put, number, allowed, longest
        self._incoming: deque[tuple[dict[str, Any], int]] = deque()
        self._parts: list[bytes] = []
        self._parts_size = 0
        self._on_its_way = self._taken = 0
        self._news: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self.broken = self.over = self.ended = False
        self.failed = False  # the other end says that it could not do what it was for
        self.moved: bytes | None = None  # the session, if that comes to this end
        self.proceeding = False  # it stays at the other
        self.lasting = False  # a websocket, which nobody waits for
        self.polls: Any = None  # the client whose poll this is
        self.carries: Any = None  # the same once frames of it are on their way

    # -- to the other end -----------------------------------------------------------------------------------

    async def send(self, event: Mapping[str, Any]) -> None:
        """Sends an event; waits while the other end has a window of them to take. Raises ``Broken``."""
        if self.broken or self.over:
            raise Broken("the other end of a forwarded request is gone")
        self._post(pack_event(event))
        while self._on_its_way > WINDOW and not self.broken and not self.over:
            self._room = self._room or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._room)

    def _post(self, data: bytes) -> None:
        self._on_its_way += len(data) + OVERHEAD
        while len(data) > CHUNK:
            self.say(Kind.PART, data[:CHUNK])
            data = data[CHUNK:]
        self.say(Kind.EVENT, data)

    def say(self, kind: Kind, data: bytes = b"") -> None:
        """A record of this tunnel."""
        if not self.broken:
            self._put(Record(kind, self.number, data))

    def end(self, failed: bool = False) -> None:
        """Nothing more will come from here. ``failed``: what came last did not reach whom it was for."""
        if not self.ended:
            self.ended = True
            self.say(Kind.END, b"failed" if failed else b"")

    # -- from the other end ---------------------------------------------------------------------------------

    async def receive(self) -> dict[str, Any] | None:
        """The next event; None after the last one. Raises ``Broken``."""
        while not self._incoming:
            if self.broken:
                raise Broken("the other end of a forwarded request is gone")
            if self.over or self.moved is not None:
                return None
            await self._something()
        event, size = self._incoming.popleft()
        self._take(size)
        return event

    async def _something(self) -> None:
        self._news = self._news or asyncio.get_running_loop().create_future()
        await asyncio.shield(self._news)

    async def arrived(self) -> bool:
        """Returns when the other end has said whether it could do what it was for: True if it could."""
        while not (self.over or self.broken):
            await self._something()
        return not (self.failed or self.broken)

    async def settled(self) -> bool:
        """Returns when it is known whether the session of an upgrade stays at the other end: True if it does."""
        while not (self.proceeding or self.over or self.broken or self.moved is not None):
            await self._something()
        return self.proceeding

    def _take(self, size: int) -> None:
        self._taken += size
        if self._taken >= WINDOW // 4:
            self.say(Kind.CREDIT, self._taken.to_bytes(8))
            self._taken = 0

    async def gone(self) -> None:
        """Returns when the other end has said its last word. Raises ``Broken``."""
        while await self.receive() is not None:
            pass

    def take_in(self, record: Record) -> None:
        """A record of this tunnel. What makes no sense breaks it."""
        try:
            _TAKE_IN[record.kind](self, record.data)
        except (KeyError, BadEvent):
            count("tunnel_records_refused")
            self.end(failed=True)
            self.snap()

    def _event(self, data: bytes) -> None:
        whole = b"".join((*self._parts, data))
        self._parts, self._parts_size = [], 0
        self._incoming.append((unpack_event(whole, self._allowed), len(whole) + OVERHEAD))
        self._tell()

    def _part(self, data: bytes) -> None:
        self._parts.append(data)
        self._parts_size += len(data)
        if self._parts_size > self._longest:
            raise BadEvent("an event is too long")

    def _credit(self, data: bytes) -> None:
        self._on_its_way -= int.from_bytes(data)
        if self._room is not None and self._on_its_way <= WINDOW:
            self._wake("_room")

    def _end(self, data: bytes) -> None:
        self.over, self.failed = True, data == b"failed"
        self._tell()
        self._wake("_room")

    def _proceed(self, data: bytes) -> None:
        self.proceeding = True
        self._tell()

    def _move(self, data: bytes) -> None:
        self.moved = data
        self._tell()

    def _release(self, data: bytes) -> None:
        if self.polls is not None:
            self.polls.noop()

    def snap(self) -> None:
        """The line is broken, or this tunnel is."""
        self.broken = True
        self._tell()
        self._wake("_room")

    def _tell(self) -> None:
        self._wake("_news")

    def _wake(self, name: str) -> None:
        waiting = getattr(self, name)
        setattr(self, name, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)


_TAKE_IN: dict[int, Callable[[Tunnel, bytes], None]] = {
    Kind.EVENT: Tunnel._event, Kind.PART: Tunnel._part, Kind.CREDIT: Tunnel._credit, Kind.END: Tunnel._end,
    Kind.PROCEED: Tunnel._proceed, Kind.MOVE: Tunnel._move, Kind.RELEASE: Tunnel._release,
}  # fmt: skip
