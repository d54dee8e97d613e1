"""The lines of one engine to all others, and its address in the channel layer: sends, hears, and keeps the time."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Coroutine
from typing import Any

from ...layer import Link
from ...logs import because
from ...metrics import count
from ...signals import cluster_interrupted, cluster_restored
from ...socketio.rooms import group_name
from .line import RESEND_AFTER, Line
from .wire import Envelope, OtherVersion, Record, seal, unseal

logger = logging.getLogger("realtime.engine")

MESSAGE = "socketio.tunnel"
JOIN_WITHIN = 1.0  # seconds that the first handshake waits for the layer
TICK = RESEND_AFTER / 2
REMEMBERED = 1000  # engines that did not answer
SILENT_FOR = 10.0  # seconds in which such an engine is not asked again
FOR_EVER = math.inf  # of one that has said goodbye
OTHER_VERSION = (
    "a process that shares our channel layer speaks version %s of the tunnel, not ours: its requests are refused until"
    " all processes run the same version of the package"
)


def engines_group(tag: bytes) -> str:
    """The group of one engine: whoever has a sid of its, and the secret, knows it."""
    return group_name("*engines", tag.hex())  # no namespace has this name


class Lines:
    """``hand_out(tag, record)`` hears what arrives, ``lost(tag)`` that all tunnels with an engine are broken."""

    def __init__(
        self, tag: bytes, layer: Any, secret: bytes, hand_out: Callable[[bytes, Record], None],
        lost: Callable[[bytes], None], timeout: Callable[[], float],
    ) -> None:  # fmt: skip
        self.tag, self._secret = tag, secret
        self._hand_out, self._lost, self._timeout = hand_out, lost, timeout
        self.loop = asyncio.get_running_loop()
        self.link = Link(layer, self._receive, groups=())
        self.by_tag: dict[bytes, Line] = {}
        self._writers: dict[bytes, asyncio.Task[None]] = {}
        self._silent: dict[bytes, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._versions: set[int] = set()
        self._life, self._layer_works, self._joined_again, self.closed = 0, True, 0.0, False
        self._clock: asyncio.Task[None] | None = None
        self._joined: asyncio.Task[None] | None = None
        for signal in (cluster_interrupted, cluster_restored):
            signal.connect(self._interrupted)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task that is held until it ends."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def ready(self) -> None:
        """Returns when others can reach us, or have had time enough to."""
        if self._joined is None:
            self._joined = self.spawn(self.link.want(engines_group(self.tag)))
        if not self._joined.done():
            await asyncio.wait((self._joined,), timeout=JOIN_WITHIN)

    async def close(self, within: float) -> None:
        """Sends what there is to send, and leaves the layer."""
        self.closed = True
        deadline = self.loop.time() + within
        while self._writers and self.loop.time() < deadline:  # noqa: ASYNC110 - once, and at the end
            await asyncio.sleep(0.01)
        for line in list(self.by_tag.values()):
            self.lose(line.peer)
        await self.link.close()

    # -- out ------------------------------------------------------------------------------------------------

    def silent(self, tag: bytes) -> bool:
        """Whether this engine did not answer lately."""
        return self._silent.get(tag, 0) > self.loop.time()

    def line(self, tag: bytes) -> Line:
        """The line to an engine; a new one where there is none."""
        if tag not in self.by_tag:
            self.by_tag[tag] = Line(self.tag, tag, self._new_life(), self.loop.time())
            self._clock = self._clock or self.spawn(self._tick())
        return self.by_tag[tag]

    def fresh(self, tag: bytes) -> Line:
        """The line to an engine for a new tunnel: after a long silence it begins a new life."""
        line = self.line(tag)
        if line.stale(self.loop.time()):
            line.begin(self._new_life())
        return line

    def _new_life(self) -> int:
        """Greater than any before, of this tag too."""
        self._life = max(self._life + 1, time.time_ns() // 1000)
        return self._life

    def put(self, tag: bytes, record: Record) -> None:
        """A record for an engine."""
        line = self.line(tag)
        line.put(record)
        self._wake(line)

    def _wake(self, line: Line) -> None:
        """Sends what there is to send, after the loop's turn: what is said in one turn travels together."""
        if line.peer not in self._writers:
            self._writers[line.peer] = self.spawn(self._write(line))

    async def _write(self, line: Line) -> None:
        group = engines_group(line.peer)
        try:
            while (envelope := line.next_envelope(self.loop.time())) is not None:
                await self._send(group, envelope)
        finally:
            del self._writers[line.peer]

    async def _send(self, group: str, envelope: Envelope) -> None:
        try:
            await self.link.send(group, {"type": MESSAGE, "body": seal(envelope, self._secret)})
            self._layer_works = True
        except Exception as error:
            if self._layer_works:
                logger.warning("the channel layer failed, forwarded requests wait until it is back: %s", because(error))
            self._layer_works = False
            count("layer_failures")
            await asyncio.sleep(TICK)  # it will be sent again

    # -- time -----------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        while self.by_tag:
            await asyncio.sleep(TICK)
            now, timeout = self.loop.time(), self._timeout()
            for line in list(self.by_tag.values()):
                if not line.tick(now, timeout, self._layer_works):
                    count("engines_lost")
                    logger.warning("an engine of another process does not answer, its forwarded requests end")
                    self.lose(line.peer)
                elif line.forgettable(now):
                    del self.by_tag[line.peer]
                elif line.waiting:
                    self._wake(line)
            if any(line.missing for line in self.by_tag.values()) and self._layer_works:
                self._join_again()
        self._clock = None

    def _interrupted(self, **kwargs: Any) -> None:
        """The hub of this process is deaf, or was: so may we be."""
        if not (self.closed or self.loop.is_closed()):
            self.loop.call_soon_threadsafe(self._join_again)

    def _join_again(self) -> None:
        """Somebody does not answer, perhaps because the layer has forgotten us, as a flushed Redis does."""
        now = self.loop.time()
        if now - self._joined_again >= RESEND_AFTER and self._joined is not None:
            self._joined_again = now
            self.link.join_again()

    def lose(self, tag: bytes, silent_for: float = SILENT_FOR) -> None:
        """An engine is gone."""
        self.by_tag.pop(tag, None)
        while len(self._silent) >= REMEMBERED:
            del self._silent[next(iter(self._silent))]
        self._silent[tag] = self.loop.time() + silent_for
        self._lost(tag)

    # -- in -------------------------------------------------------------------------------------------------

    def _receive(self, message: Any) -> None:
        """A message of the layer. What is no envelope for us is dropped and counted."""
        if type(message) is not dict or message.get("type") != MESSAGE:
            return count("layer_messages_refused")
        try:
            envelope = unseal(message.get("body"), self._secret)
            if envelope.to != self.tag:
                raise ValueError("an envelope for somebody else")
        except OtherVersion as error:
            self._refuse_version(error.args[0])
        except ValueError:
            count("tunnel_messages_refused")
        else:
            self._open(envelope)

    def _refuse_version(self, version: int) -> None:
        count("tunnel_messages_refused")
        if version not in self._versions:
            self._versions.add(version)
            logger.error(OTHER_VERSION, version)

    def _open(self, envelope: Envelope) -> None:
        if self._silent.get(envelope.sender) == FOR_EVER:
            return  # a word from before its goodbye
        line = self.line(envelope.sender)
        self._silent.pop(envelope.sender, None)
        news, records = line.receive(envelope, self.loop.time())
        if news:
            line.tunnels = 0
            self._lost(line.peer)
        if news == "forgotten":
            line.begin(self._new_life())
        for record in records:
            self._hand_out(envelope.sender, record)
        if line.ack_due and line.peer in self.by_tag:
            self._wake(line)
