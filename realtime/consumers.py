"""``NamespaceConsumer``: one namespace of Socket.IO as a Channels consumer.

Each instance serves one socket (one client in one namespace). It speaks the messages of docs/spec/socketio.md and
knows no engine.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

from .bridges import bridge, run_on
from .commits import deferring
from .declared import chain_of, check_emits, check_groups, check_values, doors_of
from .flags import SocketOperator
from .handlers import Registry, check_hooks, refuse_reserved
from .handshake import Handshake
from .listening import NAMES, Listening
from .targets import room_names

if TYPE_CHECKING:
    from .protocols import Target

NO_FLAGS: dict[str, Any] = {}


class NamespaceConsumer(Listening):
    """Subclass it, give handlers with ``@on``, and route to ``.as_asgi()``.

    ``groups``: channel-layer groups whose messages the ``@on_layer`` handlers get, from the accept on.
    ``emits``: the events that clients get and the types of their arguments, one type or a tuple, for the schema.
    ``middleware``: called in order before ``connect``, as ``(consumer, auth)``; each may raise ``ConnectionRefused``.
    ``permission_required``: a permission, or several, without which a user is refused, after the middleware.
    ``event_middleware``: coroutine functions around each event, ``(consumer, event, args, call_next)``: what they
    return is the ack, ``await call_next(event, args)`` goes on.
    """

    groups: Sequence[str] = ()
    emits: Mapping[str, Any] = {}
    middleware: Sequence[Callable[..., Any]] = ()
    permission_required: str | Sequence[str] = ()
    event_middleware: Sequence[Callable[..., Any]] = ()
    recovered = False
    scope: dict[str, Any]
    _handshake: Handshake | None = None

    def __init_subclass__(cls: Any, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._registry = Registry(cls, _PUBLIC)
        check_hooks(cls)
        check_values(cls, _PUBLIC)
        check_groups(cls)
        check_emits(cls)
        cls._doors, cls._chain = doors_of(cls), chain_of(cls)
        cls._event = Listening._event_through_chain if cls._chain else Listening._event

    # -- for subclasses ---------------------------------------------------------------------------------------

    async def connect(self, auth: Any) -> None:
        """A client asks to join. ``auth`` is what it sent, a dict or None. Raise ``ConnectionRefused`` to refuse.

        Until it returns nothing reaches the client; to talk to it earlier, ``await self.accept()``.
        """

    async def disconnecting(self, reason: str) -> None:
        """The client has left, ``self.rooms`` are still those it was in. Once after each successful connect."""

    async def disconnect(self, reason: str) -> None:
        """The client has left, after ``disconnecting``. Once after each successful connect."""

    # -- who it is --------------------------------------------------------------------------------------------

    @property
    def namespace(self) -> str:
        """The name of the namespace, such as ``"/chat"``."""
        namespace: str = self.scope["namespace"]
        return namespace

    @property
    def sid(self) -> str:
        """The public id of this socket; also the name of its own room."""
        sid: str = self.scope["sid"]
        return sid

    @property
    def user(self) -> Any:
        """The Django user: ``scope["user"]``."""
        return self._from_middleware("user")

    @property
    def session(self) -> Any:
        """The Django session as it was at the connect, to read. To write: ``fresh_session()``."""
        return self._from_middleware("session")

    @property
    def rooms(self) -> frozenset[str]:
        """The rooms of this socket now, a frozenset; none any more in ``disconnect``."""
        rooms: frozenset[str] = frozenset() if self._left else self.scope["socket"].rooms
        return rooms

    @property
    def data(self) -> dict[str, Any]:
        """A dict of yours that lives as long as the socket."""
        data: dict[str, Any] = self.scope["socket"].data
        return data

    @property
    def connected(self) -> bool:
        """Whether the client is in the namespace now."""
        connected: bool = self.scope["socket"].connected
        return connected

    @property
    def transport(self) -> str:
        """How the client is connected now: ``"polling"`` or ``"websocket"``; ``handshake.transport`` is the first."""
        transport: str = self.scope["socket"].transport_name
        return transport

    @property
    def handshake(self) -> Handshake:
        """The request that opened the connection: see ``realtime.handshake.Handshake``."""
        if self._handshake is None:
            self._handshake = Handshake(self.scope)
        return self._handshake

    def fresh_session(self) -> Any:
        """``async with self.fresh_session() as session``: reloads it, and saves it only if it was changed.

        Raises ``SessionGone`` if it was deleted.
        """
        from .auth import fresh_session  # only projects with sessions can import it

        return fresh_session(self.scope)

    def _from_middleware(self, key: str) -> Any:
        try:
            return self.scope[key]
        except KeyError:
            raise ImproperlyConfigured(
                f'self.{key} needs AuthMiddlewareStack from realtime.auth around the "socketio" router in asgi.py.'
            ) from None

    # -- what it does -----------------------------------------------------------------------------------------

    async def emit(self, event: str, *args: Any) -> None:
        """Send an event to this client. On a socket that is gone it does nothing."""
        await self._emit(event, args, NO_FLAGS)

    async def call(self, event: str, *args: Any, timeout: float | None = None) -> Any:
        """Send an event and return the client's acknowledgement: None, one value, or a tuple.

        Raises ``AckTimeout`` after ``timeout`` seconds (None: never), and ``Disconnected`` when the client leaves.
        """
        return await self._call(event, args, NO_FLAGS, timeout)

    async def join(self, *rooms: Any) -> None:
        """Join rooms, each a str or a model instance. When it returns, what is sent to them arrives."""
        await self.base_send({"type": "socketio.join", "rooms": room_names(rooms)})

    async def leave(self, *rooms: Any) -> None:
        """Leave rooms."""
        await self.base_send({"type": "socketio.leave", "rooms": room_names(rooms)})

    async def accept(self) -> None:
        """Let the client in before ``connect`` returns, to ``call`` it there. Afterwards it does nothing."""
        if self._accepted:
            return
        if self.groups:
            await self.base_send({"type": "socketio.groups", "groups": list(self.groups)})
        outgoing = bool(self._registry.outgoing)
        await self.base_send({"type": "socketio.accept", "user": self._user_key(), "outgoing": outgoing})
        # Closed or disconnected by the server while it was pending: the client was refused already.
        self._accepted = self.connected

    async def close(self, client: bool = False) -> None:
        """End this namespace for the client; ``client=True`` ends its whole connection. Refuses in ``connect``."""
        await self.base_send({"type": "socketio.close", "client": client})

    async def send(self, message: Any) -> Any:
        """Send an ASGI message. Socket.IO's own ``send("text")`` is ``emit("message", "text")``."""
        return await self.base_send(message)

    def _user_key(self) -> str | None:
        user: Any = self.scope.get("user")
        return str(user.pk) if getattr(user, "is_authenticated", False) and user.pk is not None else None

    async def _emit(self, event: str, args: Any, flags: dict[str, Any]) -> None:
        refuse_reserved(event)
        await self.base_send({"type": "socketio.emit", "event": event, "args": args, "flags": flags})

    async def _call(self, event: str, args: Any, flags: dict[str, Any], timeout: Any) -> Any:
        refuse_reserved(event)
        if not self._accepted:
            raise RuntimeError("The client cannot answer yet: await self.accept() before call().")
        message = {"type": "socketio.call", "event": event, "args": args, "flags": flags, "timeout": timeout}
        answer = await self.base_send(message)
        return tuple(answer) if len(answer) > 1 else answer[0] if answer else None

    # -- whom it addresses ------------------------------------------------------------------------------------

    @property
    def server(self) -> "Target":
        """The whole namespace, the sender included: an operator whose methods are awaited."""
        server: Target = self.scope["server_operator"]
        return server

    def to(self, *rooms: Any) -> "Target":
        """The others in these rooms."""
        return self.server.to(*rooms).except_(self.sid)

    in_ = to

    def to_user(self, user_or_pk: Any) -> "Target":
        """The sockets of a user in this namespace, on whatever devices, less this one."""
        return self.broadcast.user(user_or_pk)

    def except_(self, *rooms: Any) -> "Target":
        """The others that are in none of these rooms."""
        return self.server.except_(self.sid, *rooms)

    @property
    def broadcast(self) -> "Target":
        """All others in the namespace."""
        return self.server.except_(self.sid)

    @property
    def local(self) -> "Target":
        """All others of this process."""
        return self.server.local.except_(self.sid)

    @property
    def volatile(self) -> SocketOperator:
        """This client, if it is ready to receive: see ``SocketOperator``."""
        return SocketOperator(self, {"volatile": True})

    def compress(self, compress: bool) -> SocketOperator:
        """This client, with or without compression."""
        return SocketOperator(self, {"compress": bool(compress)})

    def timeout(self, seconds: float) -> SocketOperator:
        """This client, which has so many seconds to answer a ``call``."""
        return SocketOperator(self, NO_FLAGS, seconds)

    @property
    def sync(self) -> Any:
        """These names as plain functions, for handlers that are a plain ``def``; they block the thread.

        Inside of ``atomic()`` an ``emit``, and what else operators do without an answer, waits for the commit, as with
        ``namespace()``; not so with ``immediately=True``.
        """
        return bridge(self, deferring(run_on(self._loop)))


_INSTANCE = {"scope", "base_send", "_loop"}
_PUBLIC = frozenset(dir(NamespaceConsumer)) - NAMES | _INSTANCE  # no handler may have one of these as its Python name
NamespaceConsumer._registry = Registry(NamespaceConsumer)
