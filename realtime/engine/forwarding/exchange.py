"""All tunnels of one engine: those of requests that came here, and those to sessions that are here."""

import asyncio
import itertools
import secrets
from collections.abc import Collection
from typing import Any

from ...exceptions import HandshakeError, ServerStopping
from ...metrics import count
from ...sids import TAG_BYTES
from . import serving
from .events import TO_THE_SERVER, pack_scope
from .lines import FOR_EVER, Lines
from .tunnel import Tunnel
from .wire import Kind, Record

UNPROVEN = 1000  # requests that may wait for an engine which has never answered
SPREAD_FOR = 600.0  # seconds for which a request that came astray is remembered
SLACK = 65_536  # bytes of an event besides its body

Tunnels = dict[tuple[bytes, int], Tunnel]


class Exchange:
    """Where the requests of others' sessions leave, and those for ours arrive. One for each engine and loop."""

    def __init__(self, engine: Any, layer: Any, secret: bytes) -> None:
        self.engine, self.layer = engine, layer
        self.loop = asyncio.get_running_loop()
        self.tag = secrets.token_bytes(TAG_BYTES)
        self.lines = Lines(self.tag, layer, secret, self._hand_out, self._snap, lambda: engine.options.forward_timeout)
        self.asked: Tunnels = {}  # of requests that came here
        self.served: Tunnels = {}  # of sessions here
        self._numbers = itertools.count(1)
        self._astray = -SPREAD_FOR

    @property
    def spread(self) -> bool:
        """Whether requests of sessions have come to other processes lately: there is no stickiness."""
        return self.loop.time() < self._astray + SPREAD_FOR

    async def ready(self) -> None:
        """Returns when others can reach us, or have had time enough to."""
        await self.lines.ready()

    # -- requests that came here ----------------------------------------------------------------------------

    async def open(self, tag: bytes, scope: dict[str, Any]) -> Tunnel:
        """A tunnel for a request whose session is elsewhere. Raises ``HandshakeError``."""
        if len(self.asked) >= self.engine.options.max_forwarded_requests:
            count("forwards_refused")
            raise HandshakeError(3, "Too many forwarded requests")
        if self.lines.closed:
            raise ServerStopping
        if self.lines.silent(tag):
            raise HandshakeError(1)
        await self.lines.ready()
        line = self.lines.fresh(tag)
        if line.tunnels >= UNPROVEN and not line.proven:
            count("forwards_refused")
            raise HandshakeError(1)
        self._astray, number = self.loop.time(), next(self._numbers)
        tunnel = self._tunnel(self.asked, tag, number, number << 1, TO_THE_SERVER)
        tunnel.lasting = scope["type"] == "websocket"
        tunnel.say(Kind.OPEN, pack_scope(scope))
        count("requests_forwarded")
        return tunnel

    def _tunnel(self, ours: Tunnels, tag: bytes, number: int, marked: int, allowed: Collection[str]) -> Tunnel:
        """A new one. ``marked``: the number with a bit that says at which end a record was written."""
        options = self.engine.options
        longest = max(options.max_http_buffer_size, options.max_outbox_bytes) * 2 + SLACK
        tunnel = ours[tag, number] = Tunnel(lambda record: self.lines.put(tag, record), marked, allowed, longest)
        self.lines.line(tag).tunnels += 1
        return tunnel

    def finish(self, ours: Tunnels, tag: bytes, tunnel: Tunnel, failed: bool = False) -> None:
        """This end is done with a tunnel."""
        tunnel.end(failed)
        if ours.pop((tag, tunnel.number >> 1), None) is not None and tag in self.lines.by_tag:
            self.lines.by_tag[tag].tunnels -= 1

    async def leave(self, within: float) -> None:
        """Lets what is under way end, and tells the other engines that this one is no more.

        A poll of another's session gets an empty answer, and its client polls again, elsewhere; a websocket is closed.
        """
        deadline, self.lines.closed = self.loop.time() + within, True
        for tunnel in self.asked.values():
            tunnel.say(Kind.RELEASE)
        while not self._resting and self.loop.time() < deadline:  # noqa: ASYNC110 - once, and at the end
            await asyncio.sleep(0.01)
        for tunnel in list(self.asked.values()):
            tunnel.end(failed=True)
            tunnel.snap()
        for tag in list(self.lines.by_tag):
            self.lines.put(tag, Record(Kind.BYE, 0))
        await self.lines.close(within / 3)

    @property
    def _resting(self) -> bool:
        return not self.served and all(tunnel.lasting for tunnel in self.asked.values())

    # -- what arrives ---------------------------------------------------------------------------------------

    def _hand_out(self, tag: bytes, record: Record) -> None:
        """To its tunnel; one that there is not (any more) is no matter."""
        if record.kind == Kind.BYE:
            return self.lines.lose(tag, FOR_EVER)
        number, from_the_owner = record.tunnel >> 1, record.tunnel & 1
        if record.kind == Kind.OPEN and not from_the_owner:
            return self._serve(tag, number, record)
        tunnel = (self.asked if from_the_owner else self.served).get((tag, number))
        if tunnel is not None:
            tunnel.take_in(record)

    def _serve(self, tag: bytes, number: int, record: Record) -> None:
        """A request for a session of ours."""
        if (tag, number) in self.served:
            return count("tunnel_records_refused")
        if len(self.served) >= self.engine.options.max_forwarded_requests:
            count("forwards_refused")
            return self.lines.put(tag, Record(Kind.END, number << 1 | 1, b"failed"))
        self._astray = self.loop.time()
        tunnel = self._tunnel(self.served, tag, number, number << 1 | 1, serving.ALLOWED)
        self.lines.spawn(serving.serve(self, tag, tunnel, record.data))

    def _snap(self, peer: bytes) -> None:
        """All tunnels with an engine are broken."""
        for tunnels in (self.asked, self.served):
            for tag, number in [key for key in tunnels if key[0] == peer]:
                tunnels.pop((tag, number)).snap()
