"""What sockets say and hear, for the log at DEBUG. Whether it is wanted is asked when a client connects: for all others
nothing of this exists.
"""

import logging
import re
import reprlib
from collections.abc import Sequence
from typing import Any

from ..logs import NOBODY, loggable, printable
from ..sids import is_sid
from ..targets import USERS
from ..types import Message, Receive, Scope, Send

logger = logging.getLogger("realtime.socket")
rooms_logger = logging.getLogger("realtime.rooms")

LIKE_A_SID = re.compile(r"[\w-]{28}|[\w-]{20}", re.ASCII)
_short = reprlib.Repr()
_short.maxstring = _short.maxother = 200
_short.maxlist = _short.maxtuple = _short.maxdict = 20


def about(socket: Any) -> Any:
    """The ``extra`` of a record about a socket."""
    return {
        "sid": loggable(socket.sid, socket.transport.session.revision),
        "namespace": printable(socket.namespace),
        "user": socket.user.removeprefix(USERS) if socket.user else None,
    }


def about_client(client: Any) -> Any:
    """The ``extra`` of a record about a session: it has no id that may be told."""
    session = client.session
    return {**NOBODY, "transport": session.transport, "protocol": session.revision}


def wanted() -> Any:
    """Whether somebody wants to see it."""
    return logger.isEnabledFor(logging.DEBUG) or rooms_logger.isEnabledFor(logging.DEBUG)


def traced(app: Any) -> Any:
    """``app``, whose messages are logged."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        socket = scope["socket"]

        async def receive_traced() -> Any:
            message = await receive()
            note(socket, "<-", message)
            return message

        async def send_traced(message: Message) -> Any:
            note(socket, "->", message)
            return await send(message)

        await app(scope, receive_traced, send_traced)

    return application


def note(socket: Any, arrow: Any, message: Message) -> None:
    """Logs one message of the seam."""
    kind = message["type"].partition(".")[2]
    if kind in ("join", "leave"):
        rooms_logger.debug("%s %s", kind, shown(socket, message["rooms"]), extra=about(socket))
    elif kind in ("event", "emit", "call"):
        what = shown(socket, [message["event"], *message["args"]])
        logger.debug("%s %s %s", arrow, kind, what, extra=about(socket))
    elif kind == "ack":
        logger.debug("%s ack %s %s", arrow, message["id"], shown(socket, message["args"]), extra=about(socket))
    else:
        logger.debug("%s %s", arrow, kind, extra=about(socket))


def shown(socket: Any, value: Any) -> Any:
    """A payload, cut short, in ASCII, without ids that are transports'."""
    text = _short.repr(value).encode("ascii", "backslashreplace").decode()
    text = text.replace(socket.transport.sid, "...")
    return LIKE_A_SID.sub(lambda found: _cut(found[0], socket.hub.secret), text)


def _cut(word: str, secret: Any) -> Any:
    return loggable(word, 3) if is_sid(word, secret) else word


def trace_broadcasts(hub: Any) -> None:
    """Logs what the hub sends to many, from now on."""
    if "broadcast" in vars(hub):
        return
    broadcast = hub.broadcast

    async def traced_broadcast(
        namespace: str,
        args: Any,
        rooms: Sequence[str] = (),
        excepted: Sequence[str] = (),
        flags: Any = None,
    ) -> Any:
        text = LIKE_A_SID.sub(
            lambda found: _cut(found[0], hub.secret),
            f"{_short.repr(list(args))} to {_short.repr(list(rooms))} except {_short.repr(list(excepted))}",
        )
        text = text.encode("ascii", "backslashreplace").decode()
        rooms_logger.debug("broadcast %s", text, extra={**NOBODY, "namespace": printable(namespace)})
        return await broadcast(namespace, args, rooms, excepted, flags)

    hub.broadcast = traced_broadcast
