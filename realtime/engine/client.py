"""One Engine.IO session in this process: its transport, its timers, and its handler."""

import logging
from typing import Any

from ..engineio.packet import REVISIONS, PacketType
from ..engineio.session import Closed, Send, Session, State
from ..exceptions import PacketError
from ..metrics import count
from ..readyframes import text_frame
from .outbox import OPEN, Outbox
from .trace import about_client

logger = logging.getLogger("realtime.engine")

NOOP, CLOSE = "6", "1"
SERVICE_RESTART = 1012  # IANA's registry of websocket close codes: come back, the service is another one then
MESSAGE, PONG = PacketType.MESSAGE, PacketType.PONG
LINGER = 5.0  # seconds that a websocket has to close


class Client(Outbox):
    """A session, and how to reach its client. ``handler`` has ``message(data)`` and ``closed(reason)``.

    ``identity`` is who opened it, ``scope`` the ASGI scope of the handshake. All methods belong to the loop's thread.
    """

    __slots__ = (
        "_poll", "_timer", "answered", "base64", "compress", "credit", "details", "engine", "handler", "identity",
        "options", "posting", "reader", "revision", "scope", "session", "sid", "time",
    )  # fmt: skip

    _poll: Any  # a future, while a GET waits
    reader: Any  # the timeout of who reads the websocket
    handler: Any
    credit: Any  # of the websocket, where the server makes nobody wait
    details: str | None  # of the reason of its end, in words

    def __init__(self, engine: Any, sid: str, request: Any, time: Any) -> None:
        super().__init__()
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
        self._poll = self.reader = self.credit = None
        self.details = None
        self.answered: Any = None  # the tunnel through which the last answer to a poll goes, until it has arrived
        self.posting = False
        self.compress = True
        self._timer = self._loop.call_at(self.session.deadline, self._tick)
        self.handler = None

    def take_websocket(self, send: Any, write: Any = None) -> None:
        """From here on the session is on this websocket. A poll that still waits is let go."""
        self.session.transport = "websocket"
        self.noop()
        self.attach(send, write)
        self.engine.upgraded(self)

    def forget(self) -> None:
        """Ends it here without a word to anybody, because it goes on elsewhere."""
        self._answer_poll(NOOP)
        self._drop()
        self.session.state = State.CLOSED
        self.engine.clients.pop(self.sid, None)
        self._timer.cancel()
        self.handler.closed("moved")
        self.handler = None

    # -- out ------------------------------------------------------------------------------------------------

    def send(self, data: Any) -> None:
        """Sends one message, ``str`` or ``bytes``. Never waits; a closed session swallows it."""
        self.write(("4" + data if isinstance(data, str) else bytes(data),))

    def write(self, frames: Any) -> None:
        """Sends frames that belong together; nothing comes between them."""
        for frame in frames:
            if self.idle:
                if self.ready is None or frame.__class__ is not str or not self.ready(text_frame(frame)):
                    self.put(self._message(frame))
            else:
                self._queue(frame)
        if self._poll is not None:
            self._answer_poll(None)

    @property
    def writable(self) -> Any:
        """Whether a frame would leave at once; volatile ones are dropped otherwise."""
        return self.idle or (self._poll is not None and not self.outbox)

    @property
    def _attached(self) -> bool:
        return self.session.transport == "websocket"

    # -- polling --------------------------------------------------------------------------------------------

    @property
    def polled(self) -> bool:
        """Whether a GET is waiting."""
        return self._poll is not None

    def poll(self) -> Any:
        """What a GET gets: frames if there are some, else a future that says when to call ``end_poll``.

        The future is registered at once, so that whatever happens next finds it.
        """
        if self.session.state is State.CLOSED:
            return [NOOP]
        if self.session.state is State.CLOSING and not self.outbox:
            self._end()
            return [NOOP, self._last_word]
        if self.outbox:
            return self._take()
        self._poll = self._loop.create_future()
        return self._poll

    def end_poll(self) -> Any:
        """Takes back the future of a GET; returns its frames, or None if there are none yet."""
        poll, self._poll = self._poll, None
        if not poll.done():
            return None
        if poll.result() is not None:
            return [poll.result()]
        return self._take() or [CLOSE]  # empty: the session was aborted since

    def _take(self) -> Any:
        return [self._pop() for _ in range(min(len(self.outbox), self.options.max_poll_packets))]

    def _answer_poll(self, special: Any) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(special)

    def noop(self) -> None:
        """Lets a waiting poll go with nothing, so that the client can upgrade."""
        if not self.outbox:
            self._answer_poll(NOOP)

    # -- in -------------------------------------------------------------------------------------------------

    def message(self, data: Any) -> None:
        """One message from the client. A handler's ``PacketError`` closes the session, gracefully as in Node."""
        if self.session.state is not OPEN:
            return
        try:
            self.handler.message(data)
        except PacketError as error:
            count("packets_refused")
            logger.info("client closed: %s", error, extra=about_client(self))
            self.details = str(error)
            self.close()
        except Exception:
            logger.exception("internal error in the handler of a message", extra=about_client(self))
            self.abort("transport error")

    def receive(self, packet: Any) -> None:
        """One packet from the client."""
        if self.session.state is not OPEN:
            return
        if packet.type is MESSAGE:
            self.message(packet.data)
        else:
            if self.credit is not None and packet.type is PONG:
                self.credit.proven()
            self._do(self.session.receive(packet, self._loop.time()))
            self._rearm()

    def _do(self, event: Send | Closed | None) -> None:
        if type(event) is Send:
            self.write((event.frame,))
        elif type(event) is Closed:
            self.abort(event.reason, NOOP if event.reason == "transport close" else CLOSE)

    def catch_up(self) -> None:
        """Does what was due: a session is over when its time is, whether or not a timer has rung."""
        if self.session.state is OPEN:
            self._do(self.session.tick(self._loop.time()))

    def _tick(self) -> None:
        self.catch_up()
        if self.session.state is OPEN:
            self._timer = self._loop.call_at(self.session.deadline, self._tick)

    def _rearm(self) -> None:
        """The timer may ring too early (it looks again), but not too late."""
        if self.session.state is OPEN and self.session.deadline < self._timer.when():
            self._timer.cancel()
            self._timer = self._loop.call_at(self.session.deadline, self._tick)

    # -- the end --------------------------------------------------------------------------------------------

    def close(self, reason: str = "forced close") -> None:
        """Ends the session after what is queued. On polling the close packet gets an answer of its own."""
        if self.session.state is not OPEN:
            return
        self.session.state = State.CLOSING
        self._tell(reason)
        if self._poll is not None and not self._poll.done() and not self.outbox:
            self._answer_poll(self._last_word)
            self._end()
        elif self.idle:
            self._end()
        else:
            self._timer.cancel()
            self._timer = self._loop.call_later(self.options.close_timeout, self._end)

    @property
    def _last_word(self) -> str:
        """What the last poll gets. PyPI's python-engineio takes the close packet for a goodbye and never comes back:
        a client that shall come back finds its next poll refused instead, which every client does come back from.
        """
        return NOOP if self.close_code == SERVICE_RESTART else CLOSE

    def abort(self, reason: str, last: Any = CLOSE) -> None:
        """Ends the session now; what is queued is dropped. A waiting poll gets ``last``."""
        if self.session.state is not OPEN:
            return
        self.session.state = State.CLOSING
        self._drop()
        self._answer_poll(last)
        self._tell(reason)
        self._end()

    def lost(self, reason: str) -> None:
        """The transport is gone, nothing can be said any more."""
        self._send = None
        if self.session.state is OPEN:
            self.session.state = State.CLOSING
            self._tell(reason)
        self._end()

    def _tell(self, reason: str) -> None:
        logger.info("session closed: %s", reason, extra=about_client(self))
        if self.handler is not None:
            self.handler.closed(reason)

    def _end(self) -> None:
        if self.session.state is State.CLOSED:
            return
        self.session.state = State.CLOSED
        self.engine.clients.pop(self.sid, None)
        self._timer.cancel()
        self._answer_poll(CLOSE)
        if self.reader is not None and not self.reader.expired():  # a websocket that only probes ends now
            self.reader.reschedule(self._loop.time() + (LINGER if self._attached else 0))
        self._wind_down()
