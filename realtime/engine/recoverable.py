"""A socket whose client may lose its connection and come back to it (Socket.IO's connection state recovery)."""

import logging
from typing import Any

from ..adapter import event_packet, frames_of
from ..metrics import count
from ..targets import user_room
from ..types import Message, Scope
from . import deeds
from .delivery import GONE, PENDING
from .diverting import Divert
from .socket import Socket

# As in Node, and one that Node does not have: a client that was too slow may try again.
RECOVERABLE = frozenset((
    "transport error", "transport close", "forced close", "ping timeout", "server shutting down",
    "forced server close", "outbox overflow",
))  # fmt: skip


class Recoverable(Socket):
    """A class of its own, so that sockets of a server without recovery pay nothing for it."""

    __slots__ = ("replaying", "session")

    def __init__(self, client: Any, namespace: str, sid: str, handshake: Any) -> None:
        auth, pid, offset = without_claim(handshake["auth"])
        super().__init__(client, namespace, sid, {**handshake, "auth": auth})
        self.session, self.replaying = (pid, offset) if pid else None, False

    def start(self, app: Any, scope: Scope) -> None:
        """Looks for what the client had, then calls the application."""
        claim, self.session = self.session, None
        scope["handshake"] = self.handshake
        self.begin(self._look(claim, app, scope))

    async def _look(self, claim: Any, app: Any, scope: Scope) -> Any:
        try:
            await self.hub.ready()
            recovered = claim is not None and await self.hub.recover(self, *claim)
            if not recovered:
                self.hub.begin(self)
        except Exception:
            self._log(logging.ERROR, "internal error while a socket of namespace %r was recovered", exc_info=True)
            return self.refuse("Internal error")
        scope["sid"] = self.sid
        message = self.connect_message(recovered)
        if recovered and self.hub.recovery.skip_middlewares:
            message["skip_middleware"] = True
        self._inbox.insert(0, (message, 0))  # in front of what came since
        await self._run(app, scope)

    def greeting(self) -> Any:
        return {"sid": self.sid, "pid": self.session.pid}

    def ready(self) -> bool:
        """Whether it can be let in: what its client has missed must still be there."""
        if self.replaying and self.hub.missed(self.session) is None:
            count("recoveries_broken")
            self.start_over()
        return self.state is PENDING

    def release(self) -> None:
        if self.replaying:
            self.hub.replay(self)
        super().release()

    def start_over(self) -> None:
        """Cuts the connection and forgets what it had, so that the client comes back as a new one."""
        if self.session is not None:
            self.hub.drop(self.session)
            self.session = None
        self.transport.close("transport close")

    # -- the end --------------------------------------------------------------------------------------------

    def refuse(self, message: str, data: Any = None) -> None:
        self._let_go("refused")
        super().refuse(message, data)

    def gone(self, reason: str) -> None:
        self._let_go(reason)
        super().gone(reason)

    def _let_go(self, reason: str) -> None:
        """The session stays for the client, if it may come back: one that was let in, or had been before."""
        if self.session is None or self.state is GONE:
            return
        stays = reason in RECOVERABLE and (self.replaying or self.state is not PENDING)
        (self.hub.keep if stays else self.hub.drop)(self.session)


class DivertingRecoverable(Divert, Recoverable):
    """See ``Diverting``."""

    __slots__ = ()


def without_claim(auth: Any) -> Any:
    """What the application sees of ``auth``, and the client's claim in it: ``pid`` (or None) and ``offset``."""
    if not isinstance(auth, dict) or "pid" not in auth:
        return auth, None, None
    rest = {key: value for key, value in auth.items() if key not in ("pid", "offset")}
    pid = auth["pid"]
    return rest or None, pid if isinstance(pid, str) and len(pid) <= 100 else None, auth.get("offset")


# -- what its application sends -------------------------------------------------------------------------------


async def accept(socket: Any, message: Message) -> Any:
    """As every accept; a client that is back is let in only as the user it was."""
    if socket.state is not PENDING:
        return
    user = None if message.get("user") is None else user_room(message["user"])
    if socket.replaying and user != socket.session.user:
        count("recoveries_of_other_users")
        return socket.start_over()
    socket.session.user = user
    await deeds.accept(socket, message)


def emit(socket: Any, message: Message) -> Any:
    if socket.state is GONE:
        return count("emits_to_gone_sockets")
    packet = event_packet(socket.namespace, [message["event"], *message["args"]])
    if socket in socket.hub.watchers:
        socket.outgoing(message["event"], message["args"])
    waiting = socket.hub.tell_one(socket, frames_of(socket.hub.parser, packet), message.get("flags"))
    if waiting is not None:
        return _both(waiting, socket.transport)
    return socket.transport.drain() if socket.transport.outbox else None


async def _both(waiting: Any, transport: Any) -> None:
    await waiting
    if transport.outbox:
        await transport.drain()


def divert(socket: Any, message: Message) -> None:
    socket.diverted, socket.__class__ = message, DivertingRecoverable


Recoverable.deeds = {**deeds.DEEDS, "socketio.accept": accept, "socketio.emit": emit, "socketio.divert": divert}
