"""One of the Redis servers of a layer: what is published goes over one connection, what is heard comes over another."""

import asyncio
import functools
import logging
from collections.abc import Callable
from typing import Any

from channels_redis.utils import create_pool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError

from ..logs import because
from ..metrics import count
from .line import Line
from .wire import Heard, Wire, dial

logger = logging.getLogger("realtime.rooms")

LOOK = 2.5  # seconds between two looks at whether the connections live
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0  # seconds between tries to listen again
AT_ONCE = 1000  # channels that are subscribed to again without waiting
OF_SENTINELS = 0.5  # seconds for each of them, so that there is time for the next


class Shard:
    """``heard(channel, data)`` is called with what was published; ``gone`` and ``back`` when listening has ended and
    begun again. What was published meanwhile is lost, as with any pub/sub.
    """

    def __init__(self, host: dict[str, Any], heard: Heard, gone: Callable[[], Any], back: Callable[[], Any]) -> None:
        self._pool = create_pool(_impatient(host))
        self._heard, self._gone, self._back = heard, gone, back
        self._speaker, self._listener = Line(self._dialled), Line(self._listening)
        self._wires: set[Wire] = set()
        self._channels: dict[str, asyncio.Future[Any]] = {}  # of what is heard or about to be
        self._return: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def publish(self, channel: str, data: bytes) -> None:
        """Returns when Redis has it. Raises ``redis.exceptions.ConnectionError`` if it is not known to have it, and
        ``ResponseError`` if it refused.
        """
        wire = self._speaker.wire
        if wire is None or not wire.alive:
            wire = await self._speaker.up()
        await wire.call(b"PUBLISH", channel, data)

    async def subscribe(self, channel: str) -> None:
        """Returns when what is published there is heard; from then on it is again after each loss of the connection."""
        wire = await self._listener.up()
        if channel not in self._channels:
            self._channels[channel] = joined = wire.call(b"SUBSCRIBE", channel)
            joined.add_done_callback(functools.partial(self._joined, channel))
        await asyncio.shield(self._channels[channel])

    def _joined(self, channel: str, joined: asyncio.Future[Any]) -> None:
        """Whoever waited for it, and whether somebody still does."""
        if joined.exception() is not None and self._channels.get(channel) is joined:
            del self._channels[channel]

    def unsubscribe(self, channel: str) -> None:
        """Tells Redis, and does not wait."""
        if self._channels.pop(channel, None) is not None and self._listener.wire is not None:
            self._listener.wire.send(b"UNSUBSCRIBE", channel)

    async def close(self) -> None:
        """Ends all connections and forgets all channels. It can be used again."""
        self._channels.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        tasks = [task for task in (self._return, self._speaker.attempt, self._listener.attempt) if task is not None]
        for task in tasks:
            task.cancel()
        for wire in self._wires:
            wire.close()
        ends = [*tasks, *(wire.ended for wire in self._wires)]
        if ends:
            await asyncio.wait(ends)
        self._return = None

    # -- connections ----------------------------------------------------------------------------------------

    async def _dialled(self) -> Wire:
        try:
            wire = await dial(self._pool, self._heard, self._lost)
        finally:
            for sentinel in getattr(getattr(self._pool, "sentinel_manager", None), "sentinels", ()):
                await sentinel.connection_pool.disconnect()
        self._wires.add(wire)
        if self._timer is None:
            self._look()
        return wire

    async def _listening(self) -> Wire:
        wire = await self._dialled()
        try:
            await self._join(wire, list(self._channels))
        except BaseException:
            wire.close()
            raise
        return wire

    async def _join(self, wire: Wire, channels: list[str]) -> None:
        refused = 0
        for first in range(0, len(channels), AT_ONCE):
            calls = [wire.call(b"SUBSCRIBE", each) for each in channels[first : first + AT_ONCE]]
            for answer in await asyncio.gather(*calls, return_exceptions=True):
                if isinstance(answer, Exception):
                    if not str(answer).startswith("NOPERM"):  # which will not be better the next time
                        raise answer
                    refused += 1
        if refused:
            count("layer_failures", refused)
            logger.warning("Redis does not permit us to listen any more to %d channels of %d", refused, len(channels))
        for each in channels:
            if each not in self._channels:  # it was left meanwhile
                wire.send(b"UNSUBSCRIBE", each)

    def _look(self) -> None:
        for wire in list(self._wires):
            wire.look()
        self._timer = asyncio.get_running_loop().call_later(LOOK, self._look)

    def _lost(self, wire: Wire) -> None:
        self._wires.discard(wire)
        if wire is self._listener.wire and self._channels and self._return is None:
            self._return = asyncio.get_running_loop().create_task(self._listen_again())

    async def _listen_again(self) -> None:
        count("layer_connections_lost")
        logger.warning("the connection to Redis was lost: rooms and groups reach this process only until it is back")
        try:
            _tell(self._gone)
            if await self._is_back():
                logger.warning("the connection to Redis is back")
                _tell(self._back)
        finally:
            self._return = None

    async def _is_back(self) -> bool:
        """Tries until it is; False if there is nothing to listen to any more."""
        pause = FIRST_PAUSE
        told: list[type[Exception]] = [ConnectionError]
        while self._channels:
            try:
                if (await self._listener.up()).alive:
                    return True
            except Exception as error:  # of redis-py, of TLS, of a credential provider: each can pass
                if type(error) not in told:  # a password or a certificate, rather than a Redis that is not there
                    told.append(type(error))
                    logger.warning("the connection to Redis cannot be made again: %s", because(error))
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        return False


def _impatient(host: dict[str, Any]) -> dict[str, Any]:
    """Without redis-py's retries, which take longer than anybody waits: it is we who try again."""
    once = {"retry": Retry(NoBackoff(), 0)}
    if "master_name" in host:
        each = {**once, "socket_connect_timeout": OF_SENTINELS, "socket_timeout": OF_SENTINELS}
        host = {**host, "sentinel_kwargs": {**each, **(host.get("sentinel_kwargs") or {})}}
    return {**once, **host}


def _tell(hook: Callable[[], Any]) -> None:
    try:
        hook()
    except Exception as error:
        logger.warning("on_disconnect or on_reconnect of the channel layer has failed: %s", because(error))
