"""Back-pressure. Out: an application's ``send`` waits while its connection's buffer is full. In: what the application
has not taken is bounded, beyond that nothing is read from the connection.
"""

import asyncio
from typing import Any

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

MOST = 1_000_000  # bytes that wait for the application of a websocket, and the message over it


@implementer(IPushProducer)
class Outgoing:
    """What Twisted tells when a connection's buffer is full (64 KiB) and when it is empty again."""

    def __init__(self) -> None:
        self.full = False
        self._waiting: Any = None

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's names
        self.full = True

    def resumeProducing(self) -> None:  # noqa: N802
        self.full = False
        if self._waiting is not None:
            self._waiting.set_result(None)
            self._waiting = None

    stopProducing = resumeProducing  # noqa: N815 - the connection is lost: nobody has to wait

    async def room(self) -> None:
        """Returns when the buffer has been sent, or the connection is lost."""
        while self.full:
            if self._waiting is None:
                self._waiting = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._waiting)


class Incoming(asyncio.Queue[Any]):
    """The messages for the application of a websocket."""

    def __init__(self, protocol: Any) -> None:
        super().__init__()
        self._protocol, self._bytes, self._paused = protocol, 0, False

    def _put(self, item: Any) -> None:
        super()._put(item)
        self._bytes += size(item)
        if self._bytes > MOST and not self._paused:
            self._paused = True
            self._protocol.transport.pauseProducing()

    def _get(self) -> Any:
        item = super()._get()
        self._bytes -= size(item)
        if self._paused and self._bytes <= MOST:
            self._paused = False
            if self._protocol.transport is not None and not self._protocol.transport.disconnecting:
                self._protocol.transport.resumeProducing()
        return item


def size(message: Any) -> int:
    """The bytes, or characters, that a message brings."""
    return len(message.get("bytes") or message.get("text") or b"")


class Body(asyncio.Queue[Any]):
    """The messages for the application of an HTTP request: the body is read from its file as the application asks."""

    PIECE = 65_536  # bytes

    def __init__(self, content: Any) -> None:
        super().__init__()
        self._content = content

    def _put(self, item: Any) -> None:
        if item["type"] != "http.request":  # daphne's own, of the empty file that it was left
            super()._put(item)

    async def get(self) -> Any:
        if self._content is None or not self.empty():
            return await super().get()
        piece = self._content.read(self.PIECE)
        more = len(piece) == self.PIECE
        if not more:
            self._content = None
        return {"type": "http.request", "body": piece, "more_body": more}
