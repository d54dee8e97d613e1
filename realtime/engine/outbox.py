"""The outbox of one client, and the one writer of its websocket.

Frames (see ``engineio.packet``) go straight to the websocket while nobody else is writing and nothing waits, else they
queue. A queued frame leaves by the next poll's answer, or by the one task that writes to the websocket.
"""

import asyncio
import contextlib
import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from ..engineio.session import State
from ..metrics import count
from ..steps import resume
from ..types import Frame, Message, Send
from .trace import about_client

logger = logging.getLogger("realtime.engine")

OPEN = State.OPEN
EMPTY = ()  # an idle client's outbox; an empty deque takes 760 bytes
HIGH_WATER = 1_000_000  # bytes in the outbox from which ``drain`` waits
MIB = 1 << 20
BROKEN = (
    "a message of %d bytes could not be sent, and its client was closed: %r. daphne sends 1 MiB at most, unless told"
    " otherwise with --websocket-max-message-size."
)


if TYPE_CHECKING:
    from ..engineio.session import Session
    from ..options import Options


class Outbox:
    """What waits for one client, and its websocket once there is one: the base of ``Client``.

    Of its subclass it uses ``session``, ``options``, ``revision`` and ``base64``, and calls ``abort`` and ``lost``.
    ``idle``: a frame may be written at once. ``ready``: to what, if the websocket's server takes ready-made ones.
    """

    __slots__ = ("_drained", "_loop", "_send", "_writing", "close_code", "idle", "outbox", "outbox_bytes", "ready")

    outbox: Any  # a deque once there was something
    _send: Any  # the websocket's
    _writing: Any  # a task
    _drained: Any  # a future, while somebody waits
    ready: Any

    if TYPE_CHECKING:  # what the subclass has
        session: Session
        options: Options
        revision: Any
        base64: bool

        def abort(self, reason: str) -> None:
            raise NotImplementedError

        def lost(self, reason: str) -> None:
            raise NotImplementedError

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.outbox, self.outbox_bytes = EMPTY, 0
        self._send = self._writing = self._drained = None
        self.idle, self.ready = False, None
        self.close_code = 1000

    # -- what waits -----------------------------------------------------------------------------------------

    async def drain(self) -> None:
        """Waits while much more is queued than the client takes; returns at once in the ordinary case."""
        while self.outbox_bytes > HIGH_WATER and self.session.state is OPEN:
            self._drained = self._drained or self._loop.create_future()
            await asyncio.shield(self._drained)

    def _queue(self, frame: Frame) -> None:
        if self.session.state is not OPEN:
            return
        if not self.outbox:
            self.outbox = deque()
        self.outbox.append(frame)
        self.outbox_bytes += len(frame)
        if self.outbox_bytes > self.options.max_outbox_bytes:
            count("outbox_overflow")
            most = self.options.max_outbox_bytes
            logger.warning("client closed: more than MAX_OUTBOX_BYTES (%d) wait for it", most, extra=about_client(self))
            self.abort("outbox overflow")

    def _pop(self) -> Any:
        frame = self.outbox.popleft()
        self.outbox = self.outbox or EMPTY
        self.outbox_bytes -= len(frame)
        if self.outbox_bytes <= HIGH_WATER:
            self._let_drain()
        return frame

    def _let_drain(self) -> None:
        if self._drained is not None:
            self._drained.set_result(None)
            self._drained = None

    def _drop(self) -> None:
        """Forgets what waits."""
        self.outbox = EMPTY

    def _wind_down(self) -> None:
        """The session is over: nobody waits any more, and the websocket is closed after what it is writing."""
        self._let_drain()
        if self.idle:
            self.idle = False
            self._writing = self._loop.create_task(self._finish())

    # -- the websocket --------------------------------------------------------------------------------------

    def _message(self, frame: Frame) -> Any:
        if frame.__class__ is not str:
            frame = self.revision.encode_binary(frame, self.base64)
        return {"type": "websocket.send", "text" if frame.__class__ is str else "bytes": frame}

    def put(self, message: Message) -> None:
        """Writes a websocket message while ``idle``.

        A server that takes it at once costs no task, one that makes us wait gets one.
        """
        try:
            steps = self._send(message).__await__()
            pending = next(steps)
        except StopIteration:
            return
        except Exception as error:
            self._broken(error, message)
        else:
            self.idle = False
            self._writing = self._loop.create_task(self._finish(steps, pending))

    async def _finish(self, steps: Any = None, pending: Any = None) -> None:
        """The writer: ends a write that had to wait, then empties the outbox, and closes if the session is over."""
        try:
            if steps is not None:
                await resume(steps, pending)
            await self._flush()
        except Exception as error:
            self._broken(error)

    def attach(self, send: Send, ready: Any = None) -> None:
        """From here on the session writes to this websocket; what is queued goes first.

        ``ready`` is the ``write`` of docs/spec/frames.md, where the server has it.
        """
        self._send, self.ready = send, ready
        if self.session.state is OPEN and not self.outbox:
            self.idle = True
        else:
            self._writing = self._loop.create_task(self._finish())

    async def _flush(self) -> Any:
        while self.outbox:
            message = self._message(self._pop())
            try:
                await self._send(message)
            except Exception as error:
                return self._broken(error, message)
        self._writing = None
        if self.session.state is OPEN:
            self.idle = True
        else:
            await self._close_websocket()

    async def hang_up(self) -> None:
        """Gives up a write that the client does not take, and closes, for servers that wait for the word."""
        if self._writing not in (None, asyncio.current_task()):
            self._writing.cancel()
        with contextlib.suppress(Exception):
            async with asyncio.timeout(1):
                await self._close_websocket()

    async def _close_websocket(self) -> None:
        send, self._send = self._send, None
        if send is None:
            return
        try:
            await send({"type": "websocket.close", "code": self.close_code})
        except Exception:  # daphne lets applications close with 1000 and private codes only
            await send({"type": "websocket.close"})

    def _broken(self, error: Any, message: Message | None = None) -> None:
        """The websocket does not take what we write: it is lost, and closed if the server still can."""
        size = len((message.get("text") or message.get("bytes") or "") if message else "")
        logger.log(logging.WARNING if size > MIB else logging.DEBUG, BROKEN, size, error)
        send, self._writing = self._send, None
        self.lost("transport close")
        if send is not None:
            self._send = send
            self._writing = self._loop.create_task(self.hang_up())
