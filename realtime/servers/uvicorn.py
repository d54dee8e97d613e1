"""A websocket protocol for uvicorn in which ordinary messages do not pay for what only rare ones need.

``uvicorn --ws realtime.servers.uvicorn:WebSocketProtocol``. Whole, uncompressed messages are read and written here.
Handshakes, control frames, fragments, compression and every violation are the business of websockets' sans-I/O core,
as in uvicorn's own class, of which this is one. Applications get the extension of docs/spec/frames.md.
"""

import contextvars
from collections.abc import Callable
from functools import partial
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, apply_mask
from websockets.protocol import State

from ..readyframes import EXTENSION, binary_frame, text_frame
from .fragments import too_many
from .unread import Unread

TEXT, BINARY = 0x81, 0x82  # the first byte of a whole message without extensions (RFC 6455, section 5.2)
COMPRESSED_FROM = 1024  # bytes: the threshold of Node's "ws", below which compressing costs more than it saves
MASKED, SHORT = 0x80, 125  # of the second byte: the bit, and the longest length that is there itself
Reader = Callable[[str | bytes], object]
UNLIMITED, NEVER = 1 << 63, 1 << 64  # above any length that a header can tell


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One websocket. Its messages go to ``receive()``, or to the reader that the application has given.

    ``framing``: frames are taken apart here, and the core sees only the unusual ones, always whole. ``ready``: a frame
    may be written now.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.queue: Any = Unread(self.loop)
        self.early = self.framing = self.ready = self.deflate = False
        self.partial, self.needed = bytearray(), 0  # a frame that has not come to its end, and its length
        self.limit = self.config.ws_max_size or UNLIMITED
        self.reader: Reader | None = None

    # -- states ---------------------------------------------------------------------------------------------

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["extensions"][EXTENSION] = {"write": self.write, "read": self.read}

    def opened(self) -> None:
        """Accepted. Where frames came before that, the core may have a part of one, and keeps all."""
        self.framing = not self.early and self.limit > SHORT
        self.deflate = bool(self.conn.extensions)
        self.ready = self.writable.is_set()

    def closed(self) -> None:
        """The application has closed: the core waits for the client's close frame."""
        rest, self.framing, self.ready = bytes(self.partial), False, False
        self.partial.clear()
        if rest:
            super().data_received(rest)

    def connection_lost(self, exc: Exception | None) -> None:
        self.framing = self.ready = False
        super().connection_lost(exc)
        self.reader = None

    def pause_writing(self) -> None:
        self.ready = False
        super().pause_writing()

    def resume_writing(self) -> None:
        self.ready = self.handshake_complete and not self.close_sent
        super().resume_writing()

    # -- out ------------------------------------------------------------------------------------------------

    def write(self, frame: bytes) -> bool:
        """The extension's ``write``: True when the frame is on its way, False when nothing was done."""
        if not self.ready or (self.deflate and len(frame) > COMPRESSED_FROM) or self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True

    async def send(self, message: Any) -> None:
        if self.ready and message["type"] == "websocket.send":
            data = message.get("bytes")
            if self.write(text_frame(message["text"]) if data is None else binary_frame(data)):
                return
        await super().send(message)
        if self.close_sent:
            self.handshake_complete = True  # a refusal ends it as well; uvicorn would log that nothing was answered
            self.closed()
        elif message["type"] == "websocket.accept" and self.handshake_complete:
            self.opened()

    # -- in -------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if not self.framing:
            self.early = self.handshake_initiated and not self.handshake_complete
            return super().data_received(data)
        if self.partial:
            self.partial += data
            if len(self.partial) < self.needed:
                return
            data = bytes(self.partial)
            self.partial.clear()
        start, end = 0, len(data)
        if 6 <= end <= SHORT + 6 and data[0] == TEXT and data[1] == MASKED + end - 6 and not self.frames:
            return self.text(data, apply_mask(data[6:], data[2:6]))  # one short text, as most are
        while start < end and self.framing:
            payload, stop = bounds(data, start, end, self.limit)
            if stop <= end:
                self.frame(data, start, payload, stop)
            elif stop >= NEVER:
                return self.unusual(data[start:])
            else:
                self.partial += data[start:]
                self.needed = stop - start
            start = stop
        if start < end and self.close_sent and self.conn.parser_exc is None:
            super().data_received(data[start:])

    def frame(self, data: bytes, start: int, payload: int, stop: int) -> None:
        """One whole frame."""
        first = data[start]
        if (first != TEXT and first != BINARY) or self.frames:
            return self.unusual(data[start:stop])
        message = apply_mask(data[payload:stop], data[payload - 4 : payload])
        if first == TEXT:
            self.text(data[start:stop], message)
        else:
            self.hand_over(message)

    def text(self, frame: bytes, payload: bytes) -> None:
        try:
            message = payload.decode()
        except UnicodeDecodeError:
            return self.unusual(frame)
        self.hand_over(message)

    def unusual(self, frame: bytes) -> None:
        """A frame for the core; it was given whole ones only."""
        super().data_received(frame)
        if self.conn.state is not State.OPEN:
            self.framing = self.ready = False

    def handle_cont(self, event: Any) -> None:
        if not self.close_sent and too_many(len(self.frames) + 1):
            return self.fail(CloseCode.MESSAGE_TOO_BIG)
        super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """The core has put a message together: one in fragments, a compressed one, or one that came early."""
        payload, self.frames = b"".join(self.frames), []
        if self.close_sent:
            return
        if self.curr_msg_data_type == "bytes":
            return self.hand_over(payload)
        try:
            message = payload.decode()
        except UnicodeDecodeError:
            return self.fail(CloseCode.INVALID_DATA)
        self.hand_over(message)

    def hand_over(self, message: str | bytes) -> None:
        """To the reader of the application, or to its ``receive()``."""
        if self.reader is None:
            if self.queue.add(message) and not self.read_paused:
                self.read_paused = True
                self.transport.pause_reading()
            return
        try:
            self.reader(message)
        except Exception:
            self.logger.exception("Exception in the reader of a websocket")
            self.fail(CloseCode.INTERNAL_ERROR)

    def fail(self, code: CloseCode) -> None:
        self.conn.fail(code)
        self.framing = self.ready = False
        if self.conn.parser_exc is None and self.conn.close_sent is not None:
            self.handle_parser_exception()

    def read(self, reader: Reader | None) -> None:
        """The extension's ``read``: from now on messages go to this function, those that wait first."""
        run: Any = contextvars.copy_context().run
        self.reader = reader and partial(run, reader)
        while self.reader is not None and (message := self.queue.take()) is not None:
            self.hand_over(message)
        self.go_on_reading()

    async def receive(self) -> Any:
        message = await self.queue.get()
        self.go_on_reading()
        return message

    def go_on_reading(self) -> None:
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            self.transport.resume_reading()


def bounds(data: bytes, start: int, end: int, limit: int) -> tuple[int, int]:
    """Where the payload of a frame begins, and where it ends, as far as can be told. NEVER if the core is to judge."""
    length = (data[start + 1] if end - start > 1 else MASKED) - MASKED
    payload = start + 6
    if length == 126:
        length, payload = int.from_bytes(data[start + 2 : start + 4], "big"), start + 8
    elif length == 127:
        length, payload = int.from_bytes(data[start + 2 : start + 10], "big"), start + 14
    return payload, NEVER if length < 0 or length > limit else payload + length
