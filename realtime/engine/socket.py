"""One namespace of one client: an application call, what waits for it, and its end.

This is the engine's side of the seam (docs/spec/socketio.md). It is also ``scope["socket"]``: of its attributes an
application may read ``connected``, ``rooms`` and ``data``.
"""

import asyncio
import contextvars
import logging
from typing import Any

from django.urls.exceptions import Resolver404

from ..adapter import frames_of
from ..metrics import count
from ..signals import connection_rejected, tell
from ..socketio.packet import Packet, PacketType
from ..types import Message, Scope
from .deeds import DEEDS
from .delivery import CONNECTED, GONE, PENDING, Delivery
from .trace import about, traced, wanted

logger = logging.getLogger("realtime.socket")

_running: set[asyncio.Task[Any]] = set()  # tasks of applications: the event loop holds them weakly


class Socket(Delivery):
    """A socket of Socket.IO. ``client`` is the ``SocketIOClient`` that it belongs to."""

    deeds = DEEDS  # what its application may send
    session: Any = None  # of those who can come back to it
    replaying = False

    __slots__ = (
        "__weakref__", "_timer", "client", "data", "diverted", "groups", "handshake", "joined", "sid", "user",
    )  # fmt: skip

    groups: list[str] | None
    user: str | None  # their room
    joined: set[str]
    data: dict[str, Any]
    diverted: dict[str, Any]
    _timer: asyncio.TimerHandle | None

    def __init__(self, client: Any, namespace: str, sid: str, handshake: Any) -> None:
        super().__init__(namespace, client.transport, client.hub)
        self.client, self.sid, self.handshake = client, sid, handshake
        self.joined, self.data = set(), {}
        self.groups = self._timer = self.user = None

    @property
    def connected(self) -> bool:
        """Whether the client is in the namespace now."""
        return self.state is CONNECTED

    @property
    def rooms(self) -> Any:
        """The rooms of now, its own among them; still those of before while the disconnect handlers run."""
        return frozenset((self.sid, *self.joined))

    @property
    def transport_name(self) -> Any:
        """``"polling"`` or ``"websocket"``: that of the session now."""
        return self.transport.session.transport

    def start(self, app: Any, scope: Scope) -> None:
        """Calls the application, in a task of its own."""
        self.put(self.connect_message())
        self.begin(self._run(app, scope))

    def connect_message(self, recovered: bool = False) -> Message:
        """The first message for the application; a socket that came back has its rooms and data already."""
        rooms, auth = sorted(self.joined), self.handshake["auth"]
        return {"type": "socketio.connect", "auth": auth, "recovered": recovered, "rooms": rooms, "data": {**self.data}}

    def begin(self, running: Any) -> None:
        """Lets the application run in its task."""
        self._context = contextvars.copy_context()
        self.task = asyncio.get_running_loop().create_task(running, context=self._context)
        _running.add(self.task)
        self.task.add_done_callback(_running.discard)

    async def _run(self, app: Any, scope: Scope) -> None:
        try:
            await (traced(app) if wanted() else app)(scope, self.receive, self.send)
        except Resolver404:
            if self.state is CONNECTED:
                self._log(logging.ERROR, "the application of namespace %r raised Resolver404 after its accept")
            self._failed("Invalid namespace")
        except asyncio.CancelledError:
            pass  # the client left while pending, or the application did not end in time
        except Exception:
            self._log(logging.ERROR, "the application of namespace %r failed", exc_info=True)
            self._failed("Internal error")
        else:
            if self.state is PENDING:
                self._log(logging.ERROR, "the application of namespace %r returned without an answer")
            self._failed("Internal error")
        self.taker = None  # which leads back to here
        await self._unsubscribe()
        if self._timer is not None:
            self._timer.cancel()

    async def _unsubscribe(self) -> None:
        if self.groups:
            groups, self.groups = self.groups, None
            await self.hub.subscriptions.remove(self, groups)

    def _log(self, level: int, message: str, **options: Any) -> None:
        logger.log(level, message, self.namespace, extra=about(self), **options)

    def _failed(self, message: str) -> None:
        if self.state is PENDING:
            self.refuse(message)
        elif self.state is CONNECTED:
            self.disconnect()

    def greeting(self) -> Any:
        """The data of its CONNECT packet."""
        return {"sid": self.sid} if self.transport.session.revision == 4 else None

    def ready(self) -> bool:
        """Whether it can be let in now."""
        return self.state is PENDING

    # -- from and to the application ------------------------------------------------------------------------

    def event(self, args: list[Any], id: int | None, size: int) -> None:
        """An event of the client, its name the first of ``args``.

        A full inbox ends the connection: nothing is dropped in silence.
        """
        if self.state is GONE:
            return
        name = args.pop(0)
        if name.__class__ is not str:
            name = str(name)
        if self.take(name, args, id):
            return
        self.put({"type": "socketio.event", "event": name, "args": args, "id": id}, size)
        options = self.transport.options
        if len(self._inbox) > options.max_inbox_events or self._inbox_bytes > options.max_inbox_bytes:
            count("inbox_overflow")
            self._log(logging.WARNING, "client closed: its events came faster than namespace %r handles them")
            self.transport.abort("inbox overflow")

    def layer_message(self, message: Message) -> None:
        """A message of an ordinary Channels group."""
        if self.state is not GONE and len(self._inbox) <= self.transport.options.max_inbox_events:
            self.put({"type": "socketio.layer", "message": message})
        else:
            count("layer_messages_dropped")

    def outgoing(self, event: str, args: Any) -> None:
        """Tells the application of an event that goes out to the client."""
        if self.state is not GONE and len(self._inbox) <= self.transport.options.max_inbox_events:
            self.put({"type": "socketio.outgoing", "event": event, "args": list(args)})
        else:
            count("outgoing_dropped")

    async def send(self, message: Message) -> Any:
        """One message of the application; returns when it is done, and with the answer where there is one."""
        try:
            deed = self.deeds[message["type"]]
        except KeyError:
            raise ValueError(f"expected one of {', '.join(self.deeds)}, got {message.get('type')!r}") from None
        doing = deed(self, message)
        return None if doing is None else await doing

    # -- the end --------------------------------------------------------------------------------------------

    def refuse(self, message: str, data: Any = None) -> None:
        """CONNECT_ERROR: the joins are undone, what was held is dropped."""
        if self.transport.session.revision == 3:
            text = getattr(self.hub.parser, "text_errors", False) and not isinstance(data, str)
            answer = message if data is None or text else data
        else:
            answer = {"message": message} if data is None else {"message": message, "data": data}
        frames = frames_of(self.hub.parser, Packet(PacketType.CONNECT_ERROR, self.namespace, answer))
        self.state, self._held = GONE, None
        logger.info("refused", extra=about(self))
        if connection_rejected.receivers:
            tell(connection_rejected, self.namespace, message=message, data=data, handshake=self.handshake)
        self.hub.remove(self)
        self.client.refused_one(self.namespace)
        self.transport.write(frames)
        self._hurry(1)

    def disconnect(self, close: bool = False) -> None:
        """Out of the namespace by the server; ``close``: out of all, and the connection ends."""
        if close:
            self.client.disconnect_all()
        elif self.state is CONNECTED:
            self.write(PacketType.DISCONNECT)
            self.gone("server namespace disconnect")
        elif self.state is PENDING:
            self.refuse("Connection refused")
            if asyncio.current_task() is not self.task:
                self.task.cancel()

    def gone(self, reason: str) -> None:
        """The client has left. The application hears of it after the events that came before."""
        pending, self.state = self.state is PENDING, GONE
        logger.info("disconnected: %s", reason, extra=about(self))
        self.client.left_one(self.namespace)
        self.hub.remove(self)
        self._held = None
        self.fail_acks(reason)
        if pending:
            self.task.cancel()
            self._hurry(1)
        else:
            details = None if reason == "client namespace disconnect" else self.transport.details
            self.put({"type": "socketio.disconnect", "reason": reason, **({"details": details} if details else {})})
            self._hurry(2)

    def cut_short(self) -> None:
        """What it handles had its time while the client was there: on to the disconnect handlers."""
        if self._timer is not None and not self.task.done():
            self._timer.cancel()
            self._cancel(2)

    def _hurry(self, more: Any) -> None:
        """Cancels an application that does not end: its event first, then its disconnect handlers."""
        wait = self.transport.options.disconnect_timeout
        self._timer = asyncio.get_running_loop().call_later(wait, self._cancel, more)

    def _cancel(self, more: Any) -> None:
        if not self.task.done():
            self.task.cancel()
            if more > 1:
                self._hurry(more - 1)
