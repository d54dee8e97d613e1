"""Reading one channel of a layer until it is told to stop. Floor 2.

A reader is never cancelled while it waits, if that can be helped: with Redis' lists a cancelled receive may have taken
a message that was another channel's. It is sent a message of its own instead, that ends it.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable
from typing import Any

from .logs import because
from .metrics import count

logger = logging.getLogger("realtime.rooms")

RETRY_AFTER = 1.0  # seconds after which a layer that failed is tried again
BAD = (ValueError, TypeError, LookupError, AssertionError)  # what a message raises that cannot be unpacked
BAD_IN_A_ROW = 100  # then it is no message's fault


Receive = Callable[[Any], None]  # is called with each message


def garbage(error: Exception) -> bool:
    """Whether one message could not be packed, unpacked or decrypted, rather than the layer be reached."""
    return isinstance(error, BAD) or type(error).__name__ == "InvalidToken"


class Reader:
    """Hands each message of the channel to ``receive``. When the layer has failed, ``lost()`` is called at once, as
    what is said meanwhile may not be heard, and ``again()`` before the next try.
    """

    def __init__(
        self, layer: Any, channel: str, receive: Receive, lost: Callable[[], None], again: Callable[[], None]
    ) -> None:
        self.channel = channel
        self._layer, self._receive, self._lost, self._again = layer, receive, lost, again
        self._word = secrets.token_hex(8)  # told to nobody before the end: what is in Redis may be anybody's
        self._task = asyncio.ensure_future(self._read())

    async def stop(self) -> None:
        """Ends it. One whose layer cannot be reached is cancelled."""
        try:
            async with asyncio.timeout(RETRY_AFTER):
                await self._layer.send(self.channel, {"type": "socketio.stop", "word": self._word})
                await asyncio.shield(self._task)
        except Exception:
            self._task.cancel()

    async def _read(self) -> None:
        bad = 0
        while True:
            try:
                message = await self._layer.receive(self.channel)
            except Exception as error:
                bad = bad + 1 if garbage(error) else 0
                await self._failed(error, bad)
                continue
            bad = 0
            if isinstance(message, dict) and message.get("word") == self._word:
                return await self._let_go()
            try:
                self._receive(message)
            except Exception:
                logger.exception("internal error while delivering a message of the channel layer")

    async def _failed(self, error: Exception, bad: int) -> None:
        if 0 < bad <= BAD_IN_A_ROW:
            return count("layer_messages_refused")
        count("layer_failures")
        logger.warning("the channel layer failed while receiving, trying again: %s", because(error))
        self._lost()
        await asyncio.sleep(RETRY_AFTER)
        self._again()

    async def _let_go(self) -> None:
        """A layer forgets a channel when a receive is cancelled. This one has nothing to take yet."""
        last = asyncio.ensure_future(self._layer.receive(self.channel))
        await asyncio.sleep(0)
        last.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await last


class Listener:
    """The same for a layer that calls with each message, and makes its lost connections again by itself."""

    def __init__(self, layer: Any, channel: str, receive: Receive, lost: Callable[[], None]) -> None:
        self.channel = channel
        self._layer, self._receive = layer, receive
        layer.listen(channel, self._told, lost)

    async def stop(self) -> None:
        """Ends it. A layer that cannot be reached forgets it all the same."""
        await self._layer.forget(self.channel)

    def _told(self, message: Any) -> None:
        try:
            self._receive(message)
        except Exception:
            logger.exception("internal error while delivering a message of the channel layer")


def reading(
    layer: Any, channel: str, receive: Receive, lost: Callable[[], None], again: Callable[[], None]
) -> Reader | Listener:
    """Whatever suits this layer."""
    if "callbacks" in getattr(layer, "extensions", ()):
        return Listener(layer, channel, receive, lost)
    return Reader(layer, channel, receive, lost, again)
