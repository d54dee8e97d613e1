"""Emits from outside of consumers: ``namespace("/chat").to("lobby").emit("news", "hi")`` in a view, task or shell.

The coroutines are here; the sync names and the ``a`` twins are generated from them (``realtime.bridges``).
"""

import asyncio
from typing import TYPE_CHECKING, Any

from realtime import children, publish  # noqa: F401, children finds the namespaces of a class
from realtime.asking import together
from realtime.bridges import bridge
from realtime.exceptions import BroadcastError, ClusterTimeout, Disconnected
from realtime.operators import Operator
from realtime.outbox import Emitted, outbox
from realtime.routes import namespaces_of, path_of
from realtime.targets import EVERYWHERE, class_target
from realtime.threads import under_test
from realtime.waiting import on_loop, run, serving_hub

if TYPE_CHECKING:
    from .protocols import SyncTarget


def namespace(target: Any = "/") -> "SyncTarget":
    """An operator for a namespace, or for all that a consumer class serves. Nobody is left out.

    ``target`` is a name (``"/chat"``, ``"chat"``) or a ``NamespaceConsumer`` class, else it is a ``TypeError``. The
    operator has the names of ``Broadcast``, sync, and each deed's async twin with an ``a`` in front: ``emit`` and
    ``await aemit``.

    Sync names raise ``SynchronousOnlyOperation`` on a running loop, naming the twin to await. Inside ``atomic()`` the
    sync names that return nothing wait for the commit (of the database ``using=``); their arguments are encoded at
    once, and a failure after the commit is logged. ``immediately=True`` does not wait. Where nobody could ever
    receive anything (an in-memory channel layer, no ``EngineIO`` in this process) they raise
    ``CrossProcessLayerError``. Under Django's test runner each emit is put into ``realtime.testing.outbox``, and goes
    to sockets of the test's own process only.
    """
    if isinstance(target, type) and hasattr(target, "as_asgi"):
        return _sync(Broadcast(Operator(None, None), target))
    if not isinstance(target, str):
        raise TypeError(f'namespace() takes a name such as "/chat", or a consumer class, not {target!r}')
    return _sync(Broadcast(Operator(None, target if target.startswith("/") else f"/{target}")))


def user(user_or_pk: Any) -> "SyncTarget":
    """An operator for every socket of a user, in every namespace, with the names and rules of ``namespace()``.

    Each socket gets the event in its own namespace: ``user(ada).emit("logged out elsewhere")``.
    """
    return _sync(Broadcast(Operator(None, EVERYWHERE).user(user_or_pk)))


def _sync(target: "Broadcast") -> "SyncTarget":
    operator: SyncTarget = bridge(target, run, twins=True)
    return operator


class Broadcast:
    """Whom an emit is for. Immutable: each operator returns another."""

    __slots__ = ("_consumer", "_target")

    def __init__(self, target: Any, consumer: Any = None) -> None:
        self._target, self._consumer = target, consumer

    def __repr__(self) -> str:
        return f"<Broadcast {self._consumer.__name__ if self._consumer else self._target!r}>"

    # -- whom and how ---------------------------------------------------------------------------------------

    def to(self, *rooms: Any) -> "Broadcast":
        """Only these rooms, and those named before."""
        return Broadcast(self._target.to(*rooms), self._consumer)

    in_ = to

    def user(self, user_or_pk: Any) -> "Broadcast":
        """Only this user's sockets, on whatever devices, and the rooms and users named before."""
        return Broadcast(self._target.user(user_or_pk), self._consumer)

    def except_(self, *rooms: Any) -> "Broadcast":
        """Not these rooms."""
        return Broadcast(self._target.except_(*rooms), self._consumer)

    @property
    def volatile(self) -> "Broadcast":
        """May be lost where a client is not ready to receive."""
        return Broadcast(self._target.volatile, self._consumer)

    @property
    def local(self) -> "Broadcast":
        """Only the sockets of this process."""
        return Broadcast(self._target.local, self._consumer)

    def compress(self, compress: bool) -> "Broadcast":
        """Whether HTTP answers may be compressed for it."""
        return Broadcast(self._target.compress(compress), self._consumer)

    def timeout(self, seconds: float) -> "Broadcast":
        """How long ``call`` waits for acknowledgements."""
        return Broadcast(self._target.timeout(seconds), self._consumer)

    # -- deeds ----------------------------------------------------------------------------------------------

    async def emit(self, event: str, *args: Any) -> None:
        """Sends the event to the sockets in every process.

        Raises ``BroadcastError`` if the other processes could not be reached, ``EncodeError`` for what cannot be
        sent, ``ValueError`` for a reserved event name.
        """
        await self._perform("emit", event, *args)

    async def call(self, event: str, *args: Any, timeout: float | None = None) -> Any:
        """Sends the event and returns the acknowledgements: a list with one value, or a tuple, for each client.

        Raises ``AckTimeout`` after ``timeout`` seconds (10), with the answers that came and who is missing.
        """
        return await self._perform("call", event, *args, timeout=timeout)

    async def fetch_sockets(self) -> list[Any]:
        """The matching sockets of all processes, as ``Socket``s.

        Raises ``ClusterTimeout`` if a process does not answer (``CLUSTER_TIMEOUT``), with those that were found in
        ``responses``.
        """
        try:
            found = await self._perform("fetch_sockets")
        except (BroadcastError, ClusterTimeout) as late:
            late.responses = [bridge(Socket(remote), run, twins=True) for remote in late.responses]
            raise
        return [bridge(Socket(remote), run, twins=True) for remote in found]

    async def sockets_join(self, *rooms: Any) -> None:
        """Makes the matching sockets join rooms; what is sent there afterwards reaches them.

        Raises ``ClusterTimeout`` if a process does not answer that it is done.
        """
        await self._perform("sockets_join", *rooms)

    async def sockets_leave(self, *rooms: Any) -> None:
        """Makes the matching sockets leave rooms."""
        await self._perform("sockets_leave", *rooms)

    async def disconnect_sockets(self, close: bool = False) -> None:
        """Disconnects the matching sockets; ``close``: their whole connections."""
        await self._perform("disconnect_sockets", close)

    async def server_side_emit(self, event: str, *args: Any) -> None:
        """Tells the other processes of an event: each sends the signal ``realtime.signals.server_side_event``."""
        await self._perform("server_side_emit", event, *args)

    async def server_side_call(self, event: str, *args: Any, timeout: float | None = None) -> list[Any]:
        """The same; returns what a receiver of the signal has returned in each of them, in any order.

        Raises ``ClusterTimeout`` if one does not answer in ``timeout`` seconds (``CLUSTER_TIMEOUT``), with the answers
        of the others in ``responses``.
        """
        answers: list[Any] = await self._perform("server_side_call", event, *args, timeout=timeout)
        return answers

    # -- how it is done -------------------------------------------------------------------------------------

    async def _perform(self, deed: Any, *args: Any, **options: Any) -> Any:
        if self._consumer is None:
            return await self._perform_in(self._target._namespace, deed, args, options)
        if not deed.startswith("server_side"):
            return await self._perform_in(class_target(path_of(self._consumer)), deed, args, options)
        names = namespaces_of(path_of(self._consumer)) or ["/"]
        told = [self._perform_in(name, deed, args, options) for name in names]
        return together(await asyncio.gather(*told, return_exceptions=True))

    def _record(self, name: Any, args: Any) -> None:
        event, *rest = publish.snapshot(args)
        target = self._target
        outbox.append(Emitted(name, target._rooms, event, rest, target._excepted, target._flags))

    async def _perform_in(self, name: Any, deed: Any, args: Any, options: Any) -> Any:
        hub, target = serving_hub(), self._target
        bound = Operator(hub, name, target._rooms, target._excepted, target._flags)
        if under_test() and deed == "emit":
            for each in [name] if self._consumer is None else namespaces_of(path_of(self._consumer)):
                self._record(each, args)
        if hub is None:
            return await publish.without_hub(bound, deed, args, options)
        return await on_loop(hub.loop, getattr(bound, deed)(*args, **options))


class Socket:
    """A socket as ``fetch_sockets`` tells of it: ``id`` (also ``sid``), ``namespace``, ``rooms``, ``data`` and
    ``handshake`` of that moment, and deeds for it alone.
    """

    __slots__ = ("_alone", "data", "handshake", "id", "namespace", "rooms", "sid")

    def __init__(self, remote: Any) -> None:
        self.id = self.sid = remote.id
        self.namespace, self.rooms, self.data, self.handshake = (
            remote.namespace, remote.rooms, remote.data, remote.handshake,
        )  # fmt: skip
        self._alone = Broadcast(Operator(None, remote.namespace, (remote.id,), (), {"alone": True}))

    def __repr__(self) -> str:
        return f"<Socket {self.namespace} {self.id}>"

    async def emit(self, event: str, *args: Any) -> None:
        """Sends an event to this socket."""
        await self._alone.emit(event, *args)

    async def call(self, event: str, *args: Any, timeout: float | None = None) -> Any:
        """Sends an event and returns this socket's acknowledgement: one value, or a tuple.

        Raises ``AckTimeout``, or ``Disconnected`` for a socket that has left.
        """
        for answer in await self._alone.call(event, *args, timeout=timeout):
            return answer
        raise Disconnected("the client has left")

    async def join(self, *rooms: Any) -> None:
        """Makes this socket join rooms."""
        await self._alone.sockets_join(*rooms)

    async def leave(self, *rooms: Any) -> None:
        """Makes this socket leave rooms."""
        await self._alone.sockets_leave(*rooms)

    async def disconnect(self, close: bool = False) -> None:
        """Out of the namespace; ``close``: out of every namespace, and the connection ends."""
        await self._alone.disconnect_sockets(close)
