"""What a websocket has brought and the application has not asked for yet."""

import asyncio
from collections import deque
from typing import Any

MAX_UNREAD = 65_536  # bytes from which the client must wait
OVERHEAD = 64  # bytes that a message counts besides its own


class Unread:
    """What waits for ``receive()``: as much of ``asyncio.Queue`` as uvicorn uses, and messages with their sizes."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop, self.size = loop, 0
        self.items: deque[Any] = deque()
        self.waiter: asyncio.Future[None] | None = None

    def put_nowait(self, event: Any) -> None:
        self.items.append(event)
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def add(self, message: str | bytes) -> bool:
        """A message; True if enough wait."""
        self.size += len(message) + OVERHEAD
        self.put_nowait({"type": "websocket.receive", "text" if message.__class__ is str else "bytes": message})
        return self.size > MAX_UNREAD

    def empty(self) -> bool:
        return not self.items

    async def get(self) -> Any:
        while not self.items:
            self.waiter = self.loop.create_future()
            await self.waiter
        event = self.items.popleft()
        if event["type"] == "websocket.receive":
            self.size -= len(message_of(event)) + OVERHEAD
        return event

    def take(self) -> Any:
        """The next message without its event, or None."""
        if not self.items or self.items[0]["type"] != "websocket.receive":
            return None
        message = message_of(self.items.popleft())
        self.size -= len(message) + OVERHEAD
        return message


def message_of(event: Any) -> Any:
    return event["text"] if "text" in event else event["bytes"]
