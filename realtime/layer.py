"""The link from a hub to its channel layer: groups wanted, one channel, one reader that never waits for a socket.

Channel layers drop messages silently when nobody reads, so whatever the reader gets is handed on at once. Floor 2.
"""

import asyncio
import itertools
import logging
import os
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from .logs import because
from .metrics import count
from .patience import patience
from .reading import RETRY_AFTER, garbage, reading
from .socketio.rooms import group_name
from .types import Message

logger = logging.getLogger("realtime.rooms")

EVERY_HUB = group_name("*")  # no namespace has this name
SEND_TIMEOUT = 0.8  # seconds in which a layer takes a message, or the sender is told that it did not
JOIN_TIMEOUT = 5.0  # seconds; then a join is tried again
AT_A_TIME = 20  # groups that are joined again at the same time; redis-py has 100 connections
ON_REDIS = ("channels_redis.", "realtime.layers.")  # where the layers are that go through Redis
_token = None
_numbers = itertools.count(1)


def process_token() -> Any:
    """The name of this process in layer messages; another after a fork."""
    global _token
    if _token is None or _token[0] != os.getpid():
        _token = (os.getpid(), secrets.token_hex(8))
    return _token[1]


def is_local(layer: Any) -> bool:
    """Whether the layer ends at this process, as Channels' in-memory one does."""
    return layer is None or type(layer).__module__ == "channels.layers"


Heard = Callable[[Message], None]  # what is called with each message


def _nothing() -> None: ...


class Link:
    """What one hub has in a channel layer. ``receive(message)`` is called for each message that arrives."""

    def __init__(self, layer: Any, receive: Heard | None, groups: Iterable[str] = (EVERY_HUB,)) -> None:
        self.layer = layer
        self.reaches_others = not is_local(layer)
        self.away = False  # known not to answer
        self.lost: Callable[[], None] = _nothing  # is called when what others say may not be heard
        self._receive = receive
        self._always = groups  # joined when the first of all is
        self._channel: str | None = None
        self._wanted: set[str] = set()
        self._members: set[str] = set()
        self._steps: dict[str, Any] = {}
        self._retrying: set[str] = set()
        self._listening: dict[str, str] = {}  # channel -> ordinary group
        self._to_join: set[str | None] = set()  # channels whose groups are to be joined again ...
        self._joining: set[str | None] = set()  # ... and are being
        self._tasks: set[asyncio.Task[Any]] = set()
        self._starting: asyncio.Lock | None = None
        self._reader: Any = None

    async def want(self, group: str) -> None:
        """Joins the group; returns when the layer has it, or has failed to (it is tried again until it does)."""
        self._wanted.add(group)
        if self.layer is not None:
            await self._settle_soon(group)

    def unwant(self, group: str) -> None:
        """Leaves the group, in the background."""
        self._wanted.discard(group)
        if self.layer is not None:
            self._spawn(self._settle(group))

    async def send(self, group: str, message: Message, probe: Any = False) -> None:
        """Sends to a group, once more where a connection has gone stale. Raises what the layer raises.

        A layer that does not answer is a ``TimeoutError`` within a second, and at once while it is known to be away;
        ``probe``: try nevertheless.
        """
        if self.away and not probe:
            raise ConnectionError("the channel layer does not answer")
        message["number"] = next(_numbers)
        with patience(SEND_TIMEOUT):
            try:
                await self.layer.group_send(group, message)
            except Exception as error:
                if garbage(error):
                    raise
                await self.layer.group_send(group, {**message, "again": True})

    async def listen(self, group: str, receive: Heard) -> Any:
        """A channel of its own for an ordinary Channels group: messages do not say which group they were for."""
        await self._start()
        channel = await self.layer.new_channel()
        await self.layer.group_add(group, channel)
        self._listening[channel] = group
        return self._read(channel, receive)

    async def unlisten(self, group: str, listener: Any) -> None:
        """Ends what ``listen`` began. A layer that is away forgets it in its own time."""
        del self._listening[listener.channel]
        try:
            await self.layer.group_discard(group, listener.channel)
        except Exception as error:
            count("layer_failures")
            logger.warning("could not leave a group of the channel layer: %s", because(error))
        await listener.stop()

    async def close(self) -> None:
        """Leaves everything; a layer that is away forgets it in its own time."""
        self._wanted.clear()
        if self._channel is not None:
            await asyncio.gather(*(self._settle_soon(group) for group in list(self._members)))
            await self._reader.stop()
        for task in list(self._tasks):
            task.cancel()
        self._channel = None
        self._members.clear()
        self._to_join.clear()

    def _spawn(self, work: Any) -> Any:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _settle_soon(self, group: str) -> Any:
        """Settles a group, or leaves it to the background when the layer does not answer."""
        if group in self._steps or (group in self._wanted) != (group in self._members):
            if self.away:
                return self._spawn(self._settle(group))
            try:
                with patience(SEND_TIMEOUT):
                    await self._settle(group)
            except TimeoutError:  # its step goes on
                count("layer_failures")

    async def _settle(self, group: str) -> None:
        """Makes the layer agree with what is wanted; one step at a time for each group, so that the last wish wins."""
        while group in self._steps or (group in self._wanted) != (group in self._members):
            step = self._steps.get(group)
            if step is None:
                step = self._steps[group] = self._spawn(self._step(group))
            if not await asyncio.shield(step):
                return

    async def _step(self, group: str) -> bool:
        """Joins or leaves; False if the layer failed, it is tried again later."""
        wanted = group in self._wanted
        try:
            await self._start()
            await (self.layer.group_add if wanted else self.layer.group_discard)(group, self._channel)
        except Exception as error:
            count("layer_failures")
            logger.warning(
                "the channel layer failed, rooms reach this process only until it is back: %s", because(error)
            )
            if group not in self._retrying:
                self._retrying.add(group)
                self._spawn(self._retry(group))
            return False
        finally:
            del self._steps[group]
        (self._members.add if wanted else self._members.discard)(group)
        return True

    async def _retry(self, group: str) -> None:
        await asyncio.sleep(RETRY_AFTER)
        self._retrying.discard(group)
        await self._settle(group)

    async def _start(self) -> None:
        """The channel, the reader and the renewal, on first use."""
        if self._channel is None:
            self._starting = self._starting or asyncio.Lock()
            async with self._starting:
                if self._channel is None:
                    self._channel = await self.layer.new_channel()
                    self._reader = self._read(self._channel, self._receive)
                    self._spawn(self._renew())
                    for group in self._always:
                        self._wanted.add(group)
                        self._spawn(self._settle(group))

    def _read(self, channel: str, receive: Any) -> Any:
        # After a failure the layer may have forgotten us, as a restarted Redis does.
        return reading(self.layer, channel, receive, lambda: self.lost(), lambda: self._join_again(channel))

    async def _renew(self) -> None:
        """Joins everything again before the layer forgets it (``group_expiry``)."""
        while True:
            await asyncio.sleep(getattr(self.layer, "group_expiry", 86_400) / 2)
            self.join_again()

    def join_again(self) -> None:
        """Joins all groups again, in the background, whatever the layer still knows of them."""
        for channel in (self._channel, *self._listening):
            self._join_again(channel)

    def _join_again(self, channel: str | None) -> None:
        """Starts it, and goes on until all is joined: a layer that comes back takes some joins and not yet others."""
        self._to_join.add(channel)
        if channel not in self._joining:
            self._joining.add(channel)
            self._spawn(self._until_joined(channel))

    async def _until_joined(self, channel: str | None) -> None:
        try:
            while channel in self._to_join:
                self._to_join.discard(channel)
                if not await self._joined_again(channel):
                    self._to_join.add(channel)
                    await asyncio.sleep(RETRY_AFTER)
        finally:
            self._joining.discard(channel)

    async def _joined_again(self, channel: str | None) -> bool:
        listening = self._listening.get(channel or "")
        groups = list(self._members) if channel == self._channel else [listening] if listening else []
        for first in range(0, len(groups), AT_A_TIME):
            some = groups[first : first + AT_A_TIME]
            done = await asyncio.gather(*(self._renewed(group, channel) for group in some), return_exceptions=True)
            failed = next((error for error in done if isinstance(error, Exception)), None)
            if failed is not None:
                count("layer_failures")
                logger.warning("could not renew a group of the channel layer: %s", because(failed))
                return False
        return True

    async def _renewed(self, group: str, channel: str | None) -> None:
        with patience(JOIN_TIMEOUT):
            await self.layer.group_add(group, channel)
        if group not in self._members and channel == self._channel:  # it was left meanwhile
            await self.layer.group_discard(group, channel)
