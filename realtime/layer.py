"""The link from a hub to its channel layer: groups wanted, one channel, one reader that never waits for a socket.

Channel layers drop messages silently when nobody reads, so whatever the reader gets is handed on at once. Floor 2.
"""

import asyncio
import logging
import os
import secrets

from .metrics import count
from .socketio.rooms import group_name

logger = logging.getLogger("realtime.rooms")

EVERY_HUB = group_name("*")  # no namespace has this name
RETRY_AFTER = 1.0  # seconds after which a layer that failed is tried again
_token = None


def process_token():
    """The name of this process in layer messages; another after a fork."""
    global _token
    if _token is None or _token[0] != os.getpid():
        _token = (os.getpid(), secrets.token_hex(8))
    return _token[1]


def is_local(layer):
    """Whether the layer ends at this process, as Channels' in-memory one does."""
    return layer is None or type(layer).__module__ == "channels.layers"


class Link:
    """What one hub has in a channel layer. ``receive(message)`` is called for each message that arrives."""

    def __init__(self, layer, receive):
        self.layer = layer
        self.reaches_others = not is_local(layer)
        self._receive = receive
        self._channel = None
        self._wanted, self._members, self._steps = set(), set(), {}
        self._retrying = set()
        self._listening = {}  # channel -> ordinary group
        self._tasks = set()
        self._starting = None

    async def want(self, group):
        """Joins the group; returns when the layer has it, or has failed to (it is tried again until it does)."""
        self._wanted.add(group)
        if self.layer is not None:
            await self._settle(group)

    def unwant(self, group):
        """Leaves the group, in the background."""
        self._wanted.discard(group)
        if self.layer is not None:
            self._spawn(self._settle(group))

    async def send(self, group, message):
        """Sends to a group. Raises what the layer raises."""
        await self.layer.group_send(group, message)

    async def listen(self, group, receive):
        """A channel of its own for an ordinary Channels group: messages do not say which group they were for."""
        await self._start()
        channel = await self.layer.new_channel()
        await self.layer.group_add(group, channel)
        self._listening[channel] = group
        return self._spawn(self._read(channel, receive)), channel

    async def unlisten(self, group, listener):
        """Ends what ``listen`` began. A layer that is away forgets it in its own time."""
        task, channel = listener
        task.cancel()
        del self._listening[channel]
        try:
            await self.layer.group_discard(group, channel)
        except Exception as error:
            count("layer_failures")
            logger.warning("could not leave a group of the channel layer: %r", error)

    def _spawn(self, work):
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _settle(self, group):
        """Makes the layer agree with what is wanted; one step at a time for each group, so that the last wish wins."""
        while group in self._steps or (group in self._wanted) != (group in self._members):
            step = self._steps.get(group)
            if step is None:
                step = self._steps[group] = self._spawn(self._step(group))
            if not await asyncio.shield(step):
                return

    async def _step(self, group):
        """Joins or leaves; False if the layer failed, it is tried again later."""
        wanted = group in self._wanted
        try:
            await self._start()
            await (self.layer.group_add if wanted else self.layer.group_discard)(group, self._channel)
        except Exception as error:
            count("layer_failures")
            logger.warning("the channel layer failed, rooms reach this process only until it is back: %r", error)
            if group not in self._retrying:
                self._retrying.add(group)
                self._spawn(self._retry(group))
            return False
        finally:
            del self._steps[group]
        (self._members.add if wanted else self._members.discard)(group)
        return True

    async def _retry(self, group):
        await asyncio.sleep(RETRY_AFTER)
        self._retrying.discard(group)
        await self._settle(group)

    async def _start(self):
        """The channel, the reader and the renewal, on first use."""
        if self._channel is None:
            self._starting = self._starting or asyncio.Lock()
            async with self._starting:
                if self._channel is None:
                    self._channel = await self.layer.new_channel()
                    self._spawn(self._read(self._channel, self._receive))
                    self._spawn(self._renew())
                    self._wanted.add(EVERY_HUB)
                    self._spawn(self._settle(EVERY_HUB))

    async def _read(self, channel, receive):
        while True:
            try:
                message = await self.layer.receive(channel)
            except Exception as error:
                count("layer_failures")
                logger.warning("the channel layer failed while receiving, trying again: %r", error)
                await asyncio.sleep(RETRY_AFTER)
                await self._join_again(channel)  # the layer may have forgotten us, as a restarted Redis does
                continue
            try:
                receive(message)
            except Exception:
                logger.exception("internal error while delivering a message of the channel layer")

    async def _renew(self):
        """Joins everything again before the layer forgets it (``group_expiry``)."""
        while True:
            await asyncio.sleep(getattr(self.layer, "group_expiry", 86_400) / 2)
            for channel in (self._channel, *self._listening):
                await self._join_again(channel)

    async def _join_again(self, channel):
        listening = self._listening.get(channel)
        for group in list(self._members) if channel == self._channel else [listening] if listening else []:
            try:
                await self.layer.group_add(group, channel)
            except Exception as error:
                count("layer_failures")
                logger.warning("could not renew a group of the channel layer: %r", error)
                return
