"""One namespace of one client: an application call, what it may do, and what waits for it.

This is the engine's side of the seam (docs/spec/socketio.md). It is also ``scope["socket"]``: of its attributes an
application may read ``connected``, ``rooms`` and ``data``.
"""

import asyncio
import logging
from enum import Enum, auto

from django.urls.exceptions import Resolver404

from ..adapter import event_packet, frames_of
from ..exceptions import AckTimeout, Disconnected, RealtimeError, RoomRefused
from ..metrics import count
from ..signals import connection_rejected, tell
from ..socketio.packet import Packet, PacketType
from ..targets import user_room
from .inbox import Inbox
from .trace import about, traced, wanted

logger = logging.getLogger("realtime.socket")

_running = set()  # tasks of applications: the event loop holds them weakly


class State(Enum):
    PENDING = auto()  # the application has not accepted yet: what is for the client is held
    CONNECTED = auto()
    GONE = auto()


PENDING, CONNECTED, GONE = State


class Socket(Inbox):
    """A socket of Socket.IO. ``client`` is the ``SocketIOClient`` that it belongs to."""

    __slots__ = (
        "__weakref__", "_acks", "_diverted", "_groups", "_held", "_held_bytes", "_timer", "client", "data", "handshake",
        "hub", "joined", "namespace", "sid", "state", "task", "transport", "user",
    )  # fmt: skip

    def __init__(self, client, namespace, sid, handshake):
        super().__init__()
        self.client, self.namespace, self.sid, self.handshake = client, namespace, sid, handshake
        self.transport, self.hub = client.transport, client.hub
        self.state = PENDING
        self.joined, self.data = set(), {}
        self._acks = self._held = self._groups = self._timer = self.task = self.user = None

    @property
    def connected(self):
        """Whether the client is in the namespace now."""
        return self.state is CONNECTED

    @property
    def rooms(self):
        """The rooms of now, its own among them; still those of before while the disconnect handlers run."""
        return frozenset((self.sid, *self.joined))

    @property
    def transport_name(self):
        """``"polling"`` or ``"websocket"``: that of the session now."""
        return self.transport.session.transport

    def start(self, app, scope):
        """Calls the application, in a task of its own."""
        self.put({"type": "socketio.connect", "auth": self.handshake["auth"], "recovered": False})
        self.task = asyncio.get_running_loop().create_task(self._run(app, scope))
        _running.add(self.task)
        self.task.add_done_callback(_running.discard)

    async def _run(self, app, scope):
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
        await self._unsubscribe()
        if self._timer is not None:
            self._timer.cancel()

    def _log(self, level, message, **options):
        logger.log(level, message, self.namespace, extra=about(self), **options)

    def _failed(self, message):
        if self.state is PENDING:
            self.refuse(message)
        elif self.state is CONNECTED:
            self.disconnect()

    # -- what waits for the application ---------------------------------------------------------------------

    def event(self, packet, size):
        """An event of the client. A full inbox ends the connection: nothing is dropped in silence."""
        if self.state is GONE:
            return
        args = packet.data
        name = args.pop(0)
        self.put({"type": "socketio.event", "event": str(name), "args": args, "id": packet.id}, size)
        options = self.transport.options
        if len(self._inbox) > options.max_inbox_events or self._inbox_bytes > options.max_inbox_bytes:
            count("inbox_overflow")
            self._log(logging.WARNING, "client closed: its events came faster than namespace %r handles them")
            self.transport.abort("inbox overflow")

    def layer_message(self, message):
        """A message of an ordinary Channels group."""
        if self.state is not GONE and len(self._inbox) <= self.transport.options.max_inbox_events:
            self.put({"type": "socketio.layer", "message": message})
        else:
            count("layer_messages_dropped")

    def outgoing(self, event, args):
        """Tells the application of an event that goes out to the client."""
        if self.state is not GONE and len(self._inbox) <= self.transport.options.max_inbox_events:
            self.put({"type": "socketio.outgoing", "event": event, "args": list(args)})
        else:
            count("outgoing_dropped")

    # -- to the client --------------------------------------------------------------------------------------

    def deliver(self, frames, flags=None):
        """Frames for the client: out, or held while pending."""
        if self.state is CONNECTED:
            if flags and flags.get("volatile") and not self.transport.writable:
                count("volatile_dropped")
                return
            if flags and flags.get("compress") is False:
                self.transport.compress = False
            self.transport.write(frames)
        elif self.state is PENDING:
            self._hold(frames)
        else:
            count("emits_to_gone_sockets")

    def _hold(self, frames):
        """Keeps frames for a client that is pending, as many bytes as an outbox may have."""
        if self._held is None:
            self._held, self._held_bytes = [], 0
        self._held.append(frames)
        self._held_bytes += sum(map(len, frames))
        if self._held_bytes > self.transport.options.max_outbox_bytes:
            count("outbox_overflow")
            self.transport.abort("outbox overflow")

    @staticmethod
    def fan_out(sockets, frames):
        """The same frames for many sockets. One text frame becomes one message for all the websockets that are idle."""
        if len(frames) > 1 or frames[0].__class__ is not str:
            for socket in sockets:
                socket.deliver(frames)
            return
        message = {"type": "websocket.send", "text": frames[0]}
        for socket in sockets:  # 0.6 us each, 0.9 without the short cut
            if socket.state is CONNECTED and socket.transport.idle:
                socket.transport.put(message)
            else:
                socket.deliver(frames)

    def write(self, kind, data=None, id=None):
        """Sends one packet of this namespace."""
        self.transport.write(frames_of(self.hub.parser, Packet(kind, self.namespace, data, id)))

    # -- acknowledgements of the client ---------------------------------------------------------------------

    def expect_ack(self, number):
        """A future for the arguments with which the client acknowledges; failed at once if it cannot."""
        answer = asyncio.get_running_loop().create_future()
        self._acks = {} if self._acks is None else self._acks
        if self.state is GONE:
            answer.set_exception(Disconnected("the client has left"))
        elif len(self._acks) >= self.transport.options.max_pending_acks:
            count("acks_refused")
            answer.set_exception(RealtimeError("more than MAX_PENDING_ACKS calls wait for this client"))
        else:
            self._acks[number] = answer
        return answer

    def forget_ack(self, number):
        if self._acks:
            self._acks.pop(number, None)

    def ack(self, packet):
        """An acknowledgement. One that nobody waits for is ignored."""
        answer = self._acks.pop(packet.id, None) if self._acks else None
        if answer is not None and not answer.done():
            answer.set_result(packet.data)

    # -- what the application sends -------------------------------------------------------------------------

    async def send(self, message):
        """One message of the application; returns when it is done, and with the answer where there is one."""
        try:
            deed = _DEEDS[message["type"]]
        except KeyError:
            raise ValueError(f"expected one of {', '.join(_DEEDS)}, got {message.get('type')!r}") from None
        doing = deed(self, message)
        return None if doing is None else await doing

    async def _accept(self, message):
        if self.state is not PENDING:
            return
        if message.get("user") is not None:
            self.user = user_room(message["user"])
        if message.get("outgoing"):
            self.hub.watchers.add(self)
        await self.hub.add(self)
        if self.state is GONE:
            return self.hub.remove(self)
        if self.state is CONNECTED:
            return
        self.state = CONNECTED
        self.client.joined_one()
        self.write(PacketType.CONNECT, {"sid": self.sid} if self.transport.session.revision == 4 else None)
        held, self._held = self._held, None
        for frames in held or ():
            self.transport.write(frames)
        logger.info("connected", extra=about(self))

    def _reject(self, message):
        if self.state is PENDING:
            self.refuse(message.get("message", "Connection refused"), message.get("data"))

    def _emit(self, message):
        if self.state is GONE:
            return count("emits_to_gone_sockets")
        packet = event_packet(self.namespace, [message["event"], *message["args"]])
        frames = frames_of(self.hub.parser, packet)
        if self in self.hub.watchers:
            self.outgoing(message["event"], message["args"])
        self.deliver(frames, message.get("flags"))
        return self.transport.drain() if self.transport.outbox else None

    def _ack(self, message):
        if self.state is CONNECTED:
            self.write(PacketType.ACK, message["args"], message["id"])

    async def _call(self, message):
        if self.state is PENDING:
            raise RuntimeError("call() before the socket is accepted: await self.accept() first")
        number = next(self.hub.ack_ids)
        packet = event_packet(self.namespace, [message["event"], *message["args"]], number)
        frames, answer = frames_of(self.hub.parser, packet), self.expect_ack(number)
        if self in self.hub.watchers:
            self.outgoing(message["event"], message["args"])
        self.deliver(frames, message.get("flags"))
        try:
            async with asyncio.timeout(message.get("timeout")):
                return await answer
        except TimeoutError:
            raise AckTimeout(missing=[self.sid]) from None
        finally:
            self.forget_ack(number)

    async def _join(self, message):
        if self.state is GONE:
            return
        if len(self.joined) + len(message["rooms"]) > self.transport.options.max_rooms:
            count("rooms_refused")
            raise RoomRefused(f"over MAX_ROOMS, {self.transport.options.max_rooms} rooms for a socket")
        longest = self.transport.options.max_room_name_length
        if any(len(room) > longest for room in message["rooms"]):
            count("rooms_refused")
            raise RoomRefused(f"over MAX_ROOM_NAME_LENGTH, {longest} characters")
        await self.hub.join(self, message["rooms"])

    def _leave(self, message):
        if self.state is not GONE:
            self.hub.leave(self, message["rooms"])

    def _close(self, message):
        if message.get("silent"):  # as if it had broken, so that the client comes back
            return self.transport.close("transport close")
        self.disconnect(message.get("client", False))

    def _divert(self, message):
        from .diverting import Diverting  # it is a Socket

        self._diverted, self.__class__ = message, Diverting

    async def _subscribe(self, message):
        self._groups = list(message["groups"])
        await self.hub.subscriptions.add(self, self._groups)

    async def _unsubscribe(self):
        if self._groups:
            groups, self._groups = self._groups, None
            await self.hub.subscriptions.remove(self, groups)

    # -- the end --------------------------------------------------------------------------------------------

    def refuse(self, message, data=None):
        """CONNECT_ERROR: the joins are undone, what was held is dropped."""
        if self.transport.session.revision == 3:
            answer = message if data is None else data
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

    def disconnect(self, close=False):
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

    def gone(self, reason):
        """The client has left. The application hears of it after the events that came before."""
        pending, self.state = self.state is PENDING, GONE
        logger.info("disconnected: %s", reason, extra=about(self))
        self.client.left_one(self.namespace)
        self.hub.remove(self)
        self._held = None
        self._fail_acks(reason)
        if pending:
            self.task.cancel()
            self._hurry(1)
        else:
            self.put({"type": "socketio.disconnect", "reason": reason})
            self._hurry(2)

    def _fail_acks(self, reason):
        for answer in (self._acks or {}).values():
            if not answer.done():
                answer.set_exception(Disconnected(f"the client has left: {reason}"))

    def _hurry(self, more):
        """Cancels an application that does not end: its event first, then its disconnect handlers."""
        wait = self.transport.options.disconnect_timeout
        self._timer = asyncio.get_running_loop().call_later(wait, self._cancel, more)

    def _cancel(self, more):
        if not self.task.done():
            self.task.cancel()
            if more > 1:
                self._hurry(more - 1)


_DEEDS = {
    "socketio.accept": Socket._accept,
    "socketio.reject": Socket._reject,
    "socketio.emit": Socket._emit,
    "socketio.call": Socket._call,
    "socketio.ack": Socket._ack,
    "socketio.join": Socket._join,
    "socketio.leave": Socket._leave,
    "socketio.close": Socket._close,
    "socketio.groups": Socket._subscribe,
    "socketio.divert": Socket._divert,
}
