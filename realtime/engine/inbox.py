"""What waits for the application of one socket."""

import asyncio

BREATH = 256  # messages taken without a pause after which others get their turn; as many as transports read


class Inbox:
    """The messages for one application call, in order: the base of ``Socket``. Its bounds are the subclass's matter."""

    __slots__ = ("_inbox", "_inbox_bytes", "_taken", "_waiter")

    def __init__(self):
        self._inbox, self._inbox_bytes, self._taken = [], 0, 0  # short as a rule; an empty deque takes 760 bytes
        self._waiter = None

    async def receive(self):
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

    def put(self, message, size=0):
        """Queues a message for the application."""
        self._inbox.append((message, size))
        self._inbox_bytes += size
        if self._waiter is not None:
            if not self._waiter.done():
                self._waiter.set_result(None)
            self._waiter = None
