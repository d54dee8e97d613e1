"""One Engine.IO session in this process: its transport, its timers, and the outbox between handler and transport.

Frames (see ``engineio.packet``) go straight to the websocket while nobody else is writing and nothing waits, else they
queue. A queued frame leaves by the next poll's answer, or by the one task that writes to the websocket.
"""

import asyncio
import contextlib
import logging
import types
from collections import deque

from ..engineio.packet import REVISIONS, PacketType
from ..engineio.session import Send, Session, State
from ..exceptions import PacketError
from ..metrics import count

logger = logging.getLogger("realtime.engine")

NOOP, CLOSE = "6", "1"
MESSAGE = PacketType.MESSAGE
OPEN = State.OPEN
EMPTY = ()  # an idle client's outbox; an empty deque takes 760 bytes
HIGH_WATER = 1_000_000  # bytes in the outbox from which ``drain`` waits
MIB = 1 << 20
BROKEN = (
    "a message of %d bytes could not be sent, and its client was closed: %r. daphne sends 1 MiB at most, unless told"
    " otherwise with --websocket-max-message-size."
)
LINGER = 5.0  # seconds that a websocket has to close


@types.coroutine
def resume(steps, pending):
    """Goes on awaiting something whose first step was already taken and gave ``pending``."""
    try:
        while True:
            try:
                yield pending
            except BaseException as error:
                pending = steps.throw(error)
            else:
                pending = next(steps)
    except StopIteration:
        return


class Client:
    """A session, and how to reach its client. ``handler`` has ``message(data)`` and ``closed(reason)``.

    ``identity`` is who opened it, ``scope`` the ASGI scope of the handshake. All methods belong to the loop's thread.
    """

    __slots__ = (
        "_drained", "_loop", "_poll", "_send", "_timer", "_writing", "base64", "close_code", "compress", "engine",
        "handler", "idle", "identity", "options", "outbox", "outbox_bytes", "posting", "reader", "revision", "scope",
        "session", "sid", "time",
    )  # fmt: skip

    def __init__(self, engine, sid, request, time):
        self._loop = asyncio.get_running_loop()
        self.engine, self.sid, self.scope, self.options = engine, sid, request.scope, request.options
        self.identity = request.identity
        self.base64 = request.query.base64  # said at the handshake, for the whole session
        self.revision = REVISIONS[request.query.revision]
        self.time = time
        options = request.options
        self.session = Session(
            request.query.revision, request.query.transport, options.ping_interval, options.ping_timeout,
            self._loop.time(),
        )  # fmt: skip
        self.outbox, self.outbox_bytes = EMPTY, 0
        self._send = self._writing = self._poll = self._drained = self.reader = None
        self.idle = self.posting = False
        self.compress = True
        self.close_code = 1000
        self._timer = self._loop.call_at(self.session.deadline, self._tick)
        self.handler = None

    # -- out ------------------------------------------------------------------------------------------------

    def send(self, data):
        """Sends one message, ``str`` or ``bytes``. Never waits; a closed session swallows it."""
        self.write(("4" + data if isinstance(data, str) else bytes(data),))

    def write(self, frames):
        """Sends frames that belong together; nothing comes between them."""
        for frame in frames:
            if self.idle:
                self.put(self._message(frame))
            else:
                self._queue(frame)
        if self._poll is not None:
            self._answer_poll(None)

    @property
    def writable(self):
        """Whether a frame would leave at once; volatile ones are dropped otherwise."""
        return self.idle or (self._poll is not None and not self.outbox)

    async def drain(self):
        """Waits while much more is queued than the client takes; returns at once in the ordinary case."""
        while self.outbox_bytes > HIGH_WATER and self.session.state is OPEN:
            self._drained = self._drained or self._loop.create_future()
            await asyncio.shield(self._drained)

    def _queue(self, frame):
        if self.session.state is not OPEN:
            return
        if not self.outbox:
            self.outbox = deque()
        self.outbox.append(frame)
        self.outbox_bytes += len(frame)
        if self.outbox_bytes > self.options.max_outbox_bytes:
            count("outbox_overflow")
            logger.warning("client closed: more than MAX_OUTBOX_BYTES (%d) wait for it", self.options.max_outbox_bytes)
            self.abort("outbox overflow")

    def _pop(self):
        frame = self.outbox.popleft()
        self.outbox = self.outbox or EMPTY
        self.outbox_bytes -= len(frame)
        if self._drained is not None and self.outbox_bytes <= HIGH_WATER:
            self._drained.set_result(None)
            self._drained = None
        return frame

    @property
    def _attached(self):
        return self.session.transport == "websocket"

    # -- the websocket --------------------------------------------------------------------------------------

    def _message(self, frame):
        if frame.__class__ is not str:
            frame = self.revision.encode_binary(frame, self.base64)
        return {"type": "websocket.send", "text" if frame.__class__ is str else "bytes": frame}

    def put(self, message):
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

    async def _finish(self, steps=None, pending=None):
        """The writer: ends a write that had to wait, then empties the outbox, and closes if the session is over."""
        try:
            if steps is not None:
                await resume(steps, pending)
            await self._flush()
        except Exception as error:
            self._broken(error)

    def attach(self, send):
        """From here on the session writes to this websocket; what is queued goes first."""
        self._send = send
        if self.session.state is OPEN and not self.outbox:
            self.idle = True
        else:
            self._writing = self._loop.create_task(self._finish())

    async def _flush(self):
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

    async def hang_up(self):
        """Gives up a write that the client does not take, and closes, for servers that wait for the word."""
        if self._writing not in (None, asyncio.current_task()):
            self._writing.cancel()
        with contextlib.suppress(Exception):
            async with asyncio.timeout(1):
                await self._close_websocket()

    async def _close_websocket(self):
        send, self._send = self._send, None
        if send is None:
            return
        try:
            await send({"type": "websocket.close", "code": self.close_code})
        except Exception:  # daphne lets applications close with 1000 and private codes only
            await send({"type": "websocket.close"})

    def _broken(self, error, message=None):
        """The websocket does not take what we write: it is lost, and closed if the server still can."""
        size = len((message.get("text") or message.get("bytes")) if message else "")
        logger.log(logging.WARNING if size > MIB else logging.DEBUG, BROKEN, size, error)
        send, self._writing = self._send, None
        self.lost("transport close")
        if send is not None:
            self._send = send
            self._writing = self._loop.create_task(self.hang_up())

    # -- polling --------------------------------------------------------------------------------------------

    @property
    def polled(self):
        """Whether a GET is waiting."""
        return self._poll is not None

    def poll(self):
        """What a GET gets: frames if there are some, else a future that says when to call ``end_poll``.

        The future is registered at once, so that whatever happens next finds it.
        """
        if self.session.state is State.CLOSED:
            return [NOOP]
        if self.session.state is State.CLOSING and not self.outbox:
            self._end()
            return [NOOP, CLOSE]
        if self.outbox:
            return self._take()
        self._poll = self._loop.create_future()
        return self._poll

    def end_poll(self):
        """Takes back the future of a GET; returns its frames, or None if there are none yet."""
        poll, self._poll = self._poll, None
        if not poll.done():
            return None
        if poll.result() is not None:
            return [poll.result()]
        return self._take() or [CLOSE]  # empty: the session was aborted since

    def _take(self):
        return [self._pop() for _ in range(min(len(self.outbox), self.options.max_poll_packets))]

    def _answer_poll(self, special):
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(special)

    def noop(self):
        """Lets a waiting poll go with nothing, so that the client can upgrade."""
        if not self.outbox:
            self._answer_poll(NOOP)

    # -- in -------------------------------------------------------------------------------------------------

    def message(self, data):
        """One message from the client. A handler's ``PacketError`` closes the session, gracefully as in Node."""
        if self.session.state is not OPEN:
            return
        try:
            self.handler.message(data)
        except PacketError as error:
            logger.info("client closed: %s", error)
            self.close()
        except Exception:
            logger.exception("internal error in the handler of a message")
            self.abort("transport error")

    def receive(self, packet):
        """One packet from the client."""
        if self.session.state is not OPEN:
            return
        if packet.type is MESSAGE:
            self.message(packet.data)
        else:
            self._do(self.session.receive(packet, self._loop.time()))
            self._rearm()

    def _do(self, event):
        if type(event) is Send:
            self.write((event.frame,))
        elif event is not None:
            self.abort(event.reason, NOOP if event.reason == "transport close" else CLOSE)

    def catch_up(self):
        """Does what was due: a session is over when its time is, whether or not a timer has rung."""
        if self.session.state is OPEN:
            self._do(self.session.tick(self._loop.time()))

    def _tick(self):
        self.catch_up()
        if self.session.state is OPEN:
            self._timer = self._loop.call_at(self.session.deadline, self._tick)

    def _rearm(self):
        """The timer may ring too early (it looks again), but not too late."""
        if self.session.state is OPEN and self.session.deadline < self._timer.when():
            self._timer.cancel()
            self._timer = self._loop.call_at(self.session.deadline, self._tick)

    # -- the end --------------------------------------------------------------------------------------------

    def close(self, reason="forced close"):
        """Ends the session after what is queued. On polling the close packet gets an answer of its own."""
        if self.session.state is not OPEN:
            return
        self.session.state = State.CLOSING
        self._tell(reason)
        if self._poll is not None and not self._poll.done() and not self.outbox:
            self._answer_poll(CLOSE)
            self._end()
        elif self.idle:
            self._end()
        else:
            self._timer.cancel()
            self._timer = self._loop.call_later(self.options.close_timeout, self._end)

    def abort(self, reason, last=CLOSE):
        """Ends the session now; what is queued is dropped. A waiting poll gets ``last``."""
        if self.session.state is not OPEN:
            return
        self.session.state = State.CLOSING
        self.outbox = EMPTY
        self._answer_poll(last)
        self._tell(reason)
        self._end()

    def lost(self, reason):
        """The transport is gone, nothing can be said any more."""
        self._send = None
        if self.session.state is OPEN:
            self.session.state = State.CLOSING
            self._tell(reason)
        self._end()

    def _tell(self, reason):
        if self.handler is not None:
            self.handler.closed(reason)

    def _end(self):
        if self.session.state is State.CLOSED:
            return
        self.session.state = State.CLOSED
        self.engine.clients.pop(self.sid, None)
        self._timer.cancel()
        self._answer_poll(CLOSE)
        if self.reader is not None and not self.reader.expired():  # a websocket that only probes ends now
            self.reader.reschedule(self._loop.time() + (LINGER if self._attached else 0))
        if self._drained is not None:
            self._drained.set_result(None)
            self._drained = None
        if self.idle:
            self.idle = False
            self._writing = self._loop.create_task(self._finish())
