"""Asking all other nodes, and waiting for their answers no longer than was said."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, NamedTuple

from ..exceptions import PacketError
from ..layer import EVERY_HUB, Link
from ..logs import printable
from ..messages import size_of
from ..metrics import count
from .peers import Peers
from .wire import Answer, Request, message_of, read_answer, unpacked

LOOK = 0.5  # seconds between two looks at who is still alive
NAMELESS = "others, whom nobody has named"  # for a guest: who would have told it has not answered


class Gathered(NamedTuple):
    """What was answered: ``items`` of all, how many nodes were ``asked``, the names of those that were ``silent``, and
    why nobody could be asked.
    """

    items: list[Any]
    asked: int
    silent: list[str]
    error: Exception | None = None


NOTHING = Gathered([], 0, [])


class Waiting:
    """One request that was sent."""

    def __init__(self, expected: dict[str, str], guest: bool, max_bytes: int, enough: int | None) -> None:
        self.expected, self.enough = dict(expected), enough
        self.informed = not guest  # whether it is known who has to answer
        self.items: list[Any] = []
        self.done: set[str] = set()
        self.failed: set[str] = set()
        self.changed = asyncio.Event()
        self._left = max_bytes

    def take(self, answer: Answer, parser: Any) -> None:
        """One part. Raises ``PacketError`` or ``ValueError`` for what cannot be read."""
        self.expected.setdefault(answer.node, printable(answer.name))
        if answer.peers:
            self.informed = True
            for node, name in zip(answer.peers[::2], answer.peers[1::2], strict=True):
                self.expected.setdefault(node, printable(name))
        self._left -= size_of(answer.items)
        if self._left < 0:
            count("answers_too_big")
            self.failed.add(answer.node)
        else:
            self.items += [unpacked(item, parser) for item in answer.items]
        if answer.failed:
            self.failed.add(answer.node)
        if answer.last:
            self.done.add(answer.node)
        self.changed.set()

    def complete(self, alive: dict[str, str] | None) -> bool:
        """Whether nothing more will come, or enough has. ``alive``: those from whom something can come, if known."""
        if self.enough is not None and len(self.items) >= self.enough:
            self.expected = {node: name for node, name in self.expected.items() if node in self.done}
            self.informed = True
            return True
        missing = self.expected.keys() - self.done
        return self.informed and not (missing if alive is None else missing & alive.keys())

    def gathered(self) -> Gathered:
        """What came. Who died after it was asked is silent, too: it may as well stand still, and its sockets live."""
        silent = sorted(self.expected[node] for node in (self.expected.keys() - self.done) | self.failed)
        if self.expected and not self.informed:
            silent.append(NAMELESS)
        return Gathered(self.items, len(self.expected) + silent.count(NAMELESS), silent)


class Requests:
    """What this node has asked and waits for."""

    def __init__(self, link: Link, peers: Peers | None, max_bytes: int, parser_called: Callable[[str], Any]) -> None:
        self._link, self._peers, self._max_bytes = link, peers, max_bytes
        self._parser_called = parser_called
        self._waiting: dict[str, Waiting] = {}

    async def ask(self, request: Request, timeout: float, enough: int | None = None) -> Gathered:
        """Sends it to all that are alive and returns what was answered when all have, ``enough`` items have come, or
        nothing more can: time is up, or those that are missing have died.

        Raises what the layer raises.
        """
        alive = self._alive()
        if alive == {}:
            return NOTHING
        waiting = Waiting(alive or {}, request.guest, self._max_bytes, enough)
        self._waiting[request.id] = waiting
        try:
            await self._link.send(EVERY_HUB, message_of(request))
            await self._wait(waiting, asyncio.get_running_loop().time() + timeout)
        finally:
            del self._waiting[request.id]
        return waiting.gathered()

    def left(self, node: str) -> None:
        """A node has said goodbye: its sockets are gone, nobody misses its answer."""
        for waiting in self._waiting.values():
            if node not in waiting.done:
                waiting.expected.pop(node, None)
                waiting.changed.set()

    def heard(self, message: dict[str, Any]) -> None:
        """An answer. Raises ``KeyError``, ``ValueError``, ``PacketError`` for what is none. Late ones are counted."""
        answer = read_answer(message)
        waiting = self._waiting.get(answer.id)
        if waiting is None:
            return count("answers_too_late")
        try:
            waiting.take(answer, self._parser_called(answer.parser))
        except (PacketError, ValueError):
            waiting.failed.add(answer.node)
            waiting.done.add(answer.node)
            waiting.changed.set()
            raise

    def _alive(self) -> dict[str, str] | None:
        return None if self._peers is None else self._peers.alive()

    async def _wait(self, waiting: Waiting, until: float) -> None:
        while not waiting.complete(self._alive()) and (left := until - asyncio.get_running_loop().time()) > 0:
            waiting.changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left, LOOK)):
                    await waiting.changed.wait()
