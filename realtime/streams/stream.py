"""One stream: bytes in chunks, in both directions if both sides like. The side that reads asks for each chunk."""

import asyncio
import base64
import binascii
import uuid
from collections import deque
from typing import Any

from realtime.exceptions import Disconnected, EventError
from realtime.streams import files

PIECE = 65_536  # bytes of a chunk that we send
ABORTED = "Connection aborted"


class StreamError(EventError):
    """A stream broke: the client said so, or did what the wire does not allow, or sent more than was allowed.

    Where a handler lets it out, the client's ack is an error with its text.
    """

    def __init__(self, message: Any, code: Any = "stream_error") -> None:
        super().__init__(message, code)


class Stream:
    """Read it with ``async for chunk in stream``, write with ``await stream.write(data)`` and ``await stream.end()``.

    Made by a client that sends one, or by ``self.create_stream()``, and then sent as an argument of an event or in an
    ack. Reading raises ``StreamError`` when the stream broke, and ``Disconnected`` when the client has left.
    ``allow_half_open``: the end of one direction is not the end of the other.
    """

    wire_schema = {
        "type": "object",
        "properties": {"$stream": {"type": "string"}, "options": {"type": "object"}},
        "required": ["$stream"],
    }

    def __init__(self, wire: Any, id: Any = None, allow_half_open: Any = False) -> None:
        self.id, self.allow_half_open = id or str(uuid.uuid4()), allow_half_open
        self.received = self.sent = 0  # bytes
        self._wire = wire
        self._chunks: deque[Any] = deque()
        self._asked = self._credit = self._at_end = self._ended = False
        self._error: Any = None
        self._reader: Any = None
        self._writer: Any = None

    def __repr__(self) -> Any:
        return f"<Stream {self.received} bytes in, {self.sent} out{', closed' if self.closed else ''}>"

    @property
    def closed(self) -> Any:
        """Whether nothing can be read from it or written to it any more."""
        return self._error is not None or (self._ended and self._at_end and not self._chunks)

    # -- reading --------------------------------------------------------------------------------------------

    def __aiter__(self) -> Any:
        return self

    async def __anext__(self) -> Any:
        chunk = await self.read()
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def read(self) -> Any:
        """The next chunk as the client has cut it; ``b""`` at the end."""
        while not self._chunks:
            if self._error is not None:
                raise self._error
            if self._at_end:
                await self._read_to_the_end()
                return b""
            await self._ask()
            await self._wait("_reader")
        chunk = self._chunks.popleft()
        if not (self._chunks or self._at_end or self._error):
            await self._ask()  # the next one comes while the application works on this
        return chunk

    async def _ask(self) -> Any:
        if not self._asked:
            self._asked = True
            await self._wire.emit("$stream-read", self.id, PIECE)

    async def _read_to_the_end(self) -> Any:
        if not (self.allow_half_open or self._ended):
            await self.end()
        self._wire.settle(self)

    # -- writing --------------------------------------------------------------------------------------------

    async def write(self, data: Any) -> None:
        """Sends bytes, cut into chunks; returns when the client has taken them. It waits as long as the client does."""
        view = memoryview(data).cast("B")
        for start in range(0, len(view), PIECE):
            await self._write(bytes(view[start : start + PIECE]))

    async def _write(self, chunk: Any) -> Any:
        while not self._credit:
            self._check_open()
            await self._wait("_writer")
        self._check_open()
        self._credit = False
        answer = await self._wire.call("$stream-write", self.id, chunk, "buffer")
        if answer:
            self._check_open()
            raise self.break_off(f"the client did not take it: {answer[0]}"[:200])
        self.sent += len(chunk)

    def _check_open(self) -> Any:
        if self._error is not None:
            raise self._error
        if self._ended:
            raise StreamError("the stream has ended")

    async def end(self) -> None:
        """Nothing more will be written. Harmless when it has ended or was broken."""
        if self._ended or self._error is not None:
            return
        self._ended = True
        await self._wire.emit("$stream-end", self.id)
        self._wire.settle(self)

    async def abort(self, message: Any = "aborted") -> Any:
        """Breaks it off on both sides; the client's stream gets an error with this message."""
        if not self.closed:
            self.break_off(message)
            await self._wire.emit("$stream-error", self.id, message)

    # -- files ----------------------------------------------------------------------------------------------

    async def save(self, name: str, storage: Any = None, *, size: Any = None, max_size: Any = None) -> Any:
        """Reads all of it into a file of the storage (the default one), and returns the name it got there.

        Raises ``StreamError``, and keeps nothing, if it breaks, if it is not of ``size`` bytes, the size that the
        client announced, or if it has more than ``max_size``.
        """
        return await files.save(self, name, storage, size, max_size)

    async def send(self, source: Any, storage: Any = None) -> Any:
        """Writes a whole file and ends: the name of one in the storage, or an open one with ``read(size)``."""
        await files.send(self, source, storage)

    # -- what the client says -------------------------------------------------------------------------------

    def credit(self) -> Any:
        """The client asks for a chunk. As in the JavaScript package, asking twice counts once."""
        self._credit = True
        self._wake("_writer")

    def take(self, chunk: Any, encoding: Any, limit: Any) -> Any:
        """A chunk. Returns why it was not taken, or None."""
        if isinstance(chunk, str):
            chunk = decoded(chunk, encoding)
        if not isinstance(chunk, bytes | bytearray):
            return "expected bytes"
        if len(chunk) > limit:
            return f"a chunk of more than {limit} bytes"
        if not self._asked or self._at_end:
            return "a chunk that nobody asked for"
        self._asked = False
        self.received += len(chunk)
        if chunk:
            self._chunks.append(bytes(chunk))
        self._wake("_reader")
        return None

    def finish(self) -> Any:
        """The client has ended its direction. Unless it may be half open that ends ours."""
        self._at_end = True
        if self._reader is None and not self._chunks and not self.allow_half_open and not self._ended:
            self._ended = True
            self._wire.say("$stream-end", self.id)
        self._wake("_reader")
        self._wake("_writer")
        self._wire.settle(self)

    def break_off(self, reason: str, error: Any = None) -> Any:
        """It is over, for this reason; whoever waits for it gets the error, which is returned."""
        self._error = self._error or error or StreamError(reason)
        self._chunks.clear()
        self._wake("_reader")
        self._wake("_writer")
        self._wire.settle(self)
        return self._error

    def cut_off(self) -> Any:
        """The client has left."""
        self.break_off(ABORTED, Disconnected(ABORTED))

    # -- waiting --------------------------------------------------------------------------------------------

    async def _wait(self, side: Any) -> Any:
        if getattr(self, side) is not None:
            raise RuntimeError("two tasks use one direction of a stream")
        future = asyncio.get_running_loop().create_future()
        setattr(self, side, future)
        try:
            await future
        finally:
            setattr(self, side, None)

    def _wake(self, side: Any) -> Any:
        future = getattr(self, side)
        if future is not None and not future.done():
            future.set_result(None)


def decoded(text: Any, encoding: Any) -> Any:
    """A chunk that came as text, as bytes; None for what is no text of that encoding."""
    try:
        if encoding == "base64":
            return base64.b64decode(text, validate=True)
        return text.encode("utf-8", "strict") if encoding in ("utf8", "utf-8", None) else None
    except (binascii.Error, ValueError):
        return None
