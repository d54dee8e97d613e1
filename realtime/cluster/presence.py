"""A node on the channel layer: tells the others that it lives, and notices when it hears nobody any more."""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Callable
from typing import Any

from ..layer import EVERY_HUB, Link
from ..logs import printable
from ..messages import envelope
from ..metrics import count
from ..signals import cluster_interrupted, cluster_restored, tell
from ..socketio.rooms import group_name
from .canary import Canary
from .peers import LONGEST_LEASE, NAME, Peers, is_node

logger = logging.getLogger("realtime.rooms")

INTRODUCTION = 0.2  # seconds in which the answers to a hello come
TICK = 0.5  # seconds between two canaries
BEAT = 1.0  # seconds between two heartbeats, and a second more for each of so many other nodes, up to the longest:
CROWD, LONGEST_BEAT = 50, 5.0
CANARY, PEER = "socketio.canary", "socketio.peer"


def group_of(node: str) -> str:
    """The group of one node alone. No namespace has such a name."""
    return group_name("*node", node)


class Presence:
    """The life of one node."""

    def __init__(self, link: Link, peers: Peers, left: Callable[[str], None]) -> None:
        """``left(node)`` is called when another node says goodbye."""
        self.id = secrets.token_hex(12)
        self.name = f"{socket.gethostname()}:{os.getpid()}"[:NAME]
        self._link, self._peers, self._left = link, peers, left
        self._canary, self._ticks_to_beat = Canary(), 0
        self._deaf_since: float | None = None
        self._tasks: dict[Any, asyncio.Task[Any]] = {}
        self._introduced: asyncio.Event | None = None
        link.lost = self._lost

    @property
    def started(self) -> bool:
        """Whether the others are told of this node."""
        return self._introduced is not None

    def start(self) -> None:
        """Joins the others, in the background."""
        self._introduced = asyncio.Event()
        self._do("life", self._live())

    async def introduced(self) -> None:
        """Returns when the others have had the time to answer the first hello: before, nobody is known."""
        if self._introduced is not None:
            await self._introduced.wait()

    async def stop(self) -> None:
        """Says goodbye, so that nobody waits for this one."""
        for task in self._tasks.values():
            task.cancel()
        if self._introduced is not None:
            self._introduced.set()
        self._introduced, self._tasks, self._canary = None, {}, Canary()
        await self._say("bye")

    # -- out ------------------------------------------------------------------------------------------------

    async def _live(self) -> None:
        await self._link.want(group_of(self.id))
        await self._say("hello")
        if self._introduced is not None:
            asyncio.get_running_loop().call_later(INTRODUCTION, self._introduced.set)
        while True:
            await asyncio.sleep(TICK)
            self._tick()

    @property
    def _beat(self) -> float:
        """Everybody hears every heartbeat, so where there are many they are rarer."""
        return min(BEAT + len(self._peers) // CROWD, LONGEST_BEAT)

    def _tick(self) -> None:
        number = self._canary.send()
        self._do("canary", self._send_canary(number))
        self._ticks_to_beat -= 1
        if self._ticks_to_beat <= 0:
            self._ticks_to_beat = round(self._beat / TICK)
            self._do("beat", self._say("beat"))
        if self._canary.deaf:
            self._interrupted()
            self._link.join_again()

    async def _send_canary(self, number: int) -> None:
        message = {**envelope(CANARY), "node": self.id, "beat": number}
        if not await self._sent(group_of(self.id), message):
            self._link.away = True  # until a canary is heard: who can send again may still be alone

    async def _say(self, state: str, group: str = EVERY_HUB) -> None:
        lease = 4 * self._beat + 1
        message = {**envelope(PEER), "state": state, "node": self.id, "name": self.name, "lease": lease}
        await self._sent(group, message)

    async def _sent(self, group: str, message: dict[str, Any]) -> bool:
        try:
            await self._link.send(group, message, probe=True)
        except Exception:
            count("layer_failures")
            return False
        return True

    def _do(self, what: Any, work: Any) -> None:
        """One of each at a time: while the layer is slow, nothing piles up."""
        if what in self._tasks and not self._tasks[what].done():
            work.close()
            return
        self._tasks[what] = asyncio.get_running_loop().create_task(work)

    # -- in -------------------------------------------------------------------------------------------------

    def heard_canary(self, message: Any) -> None:
        """A number of our own."""
        if message.get("node") == self.id and type(message.get("beat")) is int:
            missing = self._canary.hear(message["beat"])
            self._link.away = False
            self._peers.hearing(asyncio.get_running_loop().time())
            if missing and self._deaf_since is None:
                self._interrupted()
            if self._deaf_since is not None:
                self._restored()

    def heard_peer(self, message: Any) -> None:
        """Another node says that it lives, or that it goes. Raises ``ValueError`` for what is no such message."""
        node, name, state, lease = (message.get(key) for key in ("node", "name", "state", "lease"))
        if not is_node(node) or type(name) is not str or len(name) > NAME or state not in ("hello", "beat", "bye"):
            raise ValueError("not a message of a node")
        if type(lease) is not float or not 0 < lease <= LONGEST_LEASE:
            raise ValueError("not a lease")
        if state == "bye":
            self._peers.gone(node)
            return self._left(node)
        self._peers.seen(node, printable(name), lease)
        if state == "hello":
            self._do(("answer", node), self._answer(node))

    async def _answer(self, node: str) -> None:
        await self._say("beat", group_of(node))
        self._tasks.pop(("answer", node), None)

    def _lost(self) -> None:
        """The layer has lost its connection, and knows it: that may be too short for a canary to be missing."""
        if self.started:
            self._interrupted()

    def _interrupted(self) -> None:
        if self._deaf_since is not None:
            return
        self._deaf_since = asyncio.get_running_loop().time()
        count("cluster_interrupted")
        logger.warning("this process does not hear the others: the channel layer is away, or has forgotten its groups")
        if cluster_interrupted.receivers:
            tell(cluster_interrupted, Presence)

    def _restored(self) -> None:
        assert self._deaf_since is not None
        seconds = asyncio.get_running_loop().time() - self._deaf_since
        self._deaf_since = None
        logger.warning("this process hears the others again; what they said in between is lost")
        self._do("hello", self._say("hello"))
        if cluster_restored.receivers:
            tell(cluster_restored, Presence, seconds=seconds)
