"""What waits for the application of one socket."""

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any

from ..steps import as_task
from ..types import Message

BREATH = 256  # messages taken without a pause after which others get their turn; as many as transports read


class Inbox:
    """The messages for one application call, in order: the base of ``Socket``. Its bounds are the subclass's matter,
    as is ``hub``.

    ``taker`` is the application's to set: a function that takes a message at once (docs/spec/socketio.md).
    """

    __slots__ = ("_context", "_inbox", "_inbox_bytes", "_taken", "_waiter", "beside", "taker", "task")

    _context: contextvars.Context  # of the task
    _inbox: list[tuple[Message, int]]
    _waiter: Any  # a future, while the application waits
    taker: Callable[[str, Any, int | None], Message | None] | None
    hub: Any
    task: Any  # of the application, from the start on

    def __init__(self) -> None:
        self._inbox, self._inbox_bytes, self._taken = [], 0, 0  # short as a rule; an empty deque takes 760 bytes
        self._waiter = self.taker = self.task = None
        self.beside = ()  # what the application works at while it waits for the next message; it is its to set

    @property
    def resting(self) -> bool:
        """Whether the application has nothing to do but to wait for the next message."""
        return self._waiter is not None and not self._inbox and not self.beside

    async def receive(self) -> Any:
        """The next message for the application."""
        if not self._inbox:
            self._taken = 0
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        else:
            self._taken += 1
            if self._taken > BREATH:
                self._taken = 0
                await asyncio.sleep(0)
        message, size = self._inbox.pop(0)
        self._inbox_bytes -= size
        return message

    def put(self, message: Message, size: int = 0) -> None:
        """Queues a message for the application."""
        self._inbox.append((message, size))
        self._inbox_bytes += size
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None:
            if not self._waiter.done():
                self._waiter.set_result(None)
            self._waiter = None

    def take(self, event: str, args: Any, id: int | None) -> bool:
        """Lets the application take an event at once, past the queue, if it waits for one. Whether it did.

        2 us less, and no turn of the loop; now and then it goes through the queue all the same, for others' sake.
        """
        waiter, taker = self._waiter, self.taker
        if waiter is None or taker is None or self._taken >= BREATH or waiter.done():
            return False
        self._taken += 1
        self._waiter = None  # it is busy
        try:
            rest = as_task(self.hub.loop, self.task, self._context, taker, event, args, id)
        finally:
            self._waiter = waiter
        if rest is not None:
            self._inbox.insert(0, (rest, 0))
        if self._inbox:
            self._wake()
        return True
