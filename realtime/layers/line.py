"""A connection that is made when somebody needs it."""

import asyncio
from collections.abc import Awaitable, Callable

from redis.exceptions import ConnectionError

from .wire import LOST, Wire


class Line:
    """All who need the connection wait for the same attempt, which ends with it or fails for all of them.

    None of them cancels it: else those who wait for less time than it takes would never see the end of one.
    """

    def __init__(self, dialled: Callable[[], Awaitable[Wire]]) -> None:
        self._dialled = dialled
        self.wire: Wire | None = None  # the last one
        self.attempt: asyncio.Task[Wire] | None = None

    async def up(self) -> Wire:
        """The connection, a new one if the last has ended. Raises what ``dialled`` raises."""
        if self.wire is not None and self.wire.alive:
            return self.wire
        if self.attempt is None:
            self.attempt = asyncio.get_running_loop().create_task(self._try())
            self.attempt.add_done_callback(self._ended)
        return await self._of(self.attempt)

    async def _of(self, attempt: asyncio.Task[Wire]) -> Wire:
        try:
            return await asyncio.shield(attempt)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if attempt.cancelled() and task is not None and not task.cancelling():  # the layer was flushed meanwhile
                raise ConnectionError(LOST) from None
            raise

    def _ended(self, attempt: asyncio.Task[Wire]) -> None:
        if self.attempt is attempt:  # it was cancelled before its first step
            self.attempt = None
        if not attempt.cancelled():
            attempt.exception()  # whoever waited has it, if anybody still did

    async def _try(self) -> Wire:
        try:
            wire = await self._dialled()
            if not wire.alive:
                raise ConnectionError(LOST)
            self.wire = wire
            return wire
        finally:
            self.attempt = None
