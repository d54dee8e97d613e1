"""A session that moves to the process where its websocket is, before its application has begun.

Where requests come to all processes, an application begins a moment after the handshake: a client that upgrades at once
is then served by the process that has its websocket, and nothing of it goes through the channel layer any more.
"""

import asyncio
import json
import logging
import struct
from collections.abc import Iterator
from typing import Any

from ...engineio.session import State
from ...metrics import count
from ..request import Request
from .events import BadEvent, pack_scope, unpack_scope
from .wire import Kind

logger = logging.getLogger("realtime.engine")

TUNNEL = "realtime.tunnel"  # in the scope of a forwarded request
WILLING = "realtime.takeover"  # extension of a forwarded websocket: its process would take the session
MOST_MESSAGES, MOST_BYTES = 100, 131_072  # that wait for an application to begin; then it does
LONGER = 1.0  # seconds that an upgrade which has begun may delay it further
LOOK = 0.05
_LENGTH = struct.Struct(">I")


class Waiting:
    """The handler of a session whose application has not begun: keeps what comes in for it."""

    def __init__(self, engine: Any, client: Any) -> None:
        self._engine, self._client = engine, client
        self.messages: list[str | bytes] = []
        self._size = 0
        delay = client.options.delayed_connection_timeout
        loop = asyncio.get_running_loop()
        self._latest = loop.time() + delay + LONGER
        self._timer = loop.call_later(delay, self._due)

    def message(self, data: str | bytes) -> None:
        """One Engine.IO message."""
        self.messages.append(data)
        self._size += len(data)
        if len(self.messages) > MOST_MESSAGES or self._size > MOST_BYTES:
            self.begin()

    def closed(self, reason: str) -> None:
        """The session has ended; no application has heard of it."""
        self._timer.cancel()

    def _due(self) -> None:
        loop = asyncio.get_running_loop()
        if self._client.reader is not None and loop.time() < self._latest:  # an upgrade has begun
            self._timer = loop.call_later(LOOK, self._due)
        else:
            self.begin()

    def begin(self) -> None:
        """Begins the application here."""
        self._timer.cancel()
        self._engine.start(self._client)
        for data in self.messages:
            self._client.message(data)


def begin_soon(engine: Any, client: Any) -> None:
    """Lets the application of a polling session wait for an upgrade, if that is of use; else it begins now."""
    exchange, options = engine.exchange, client.options
    may_upgrade = options.allow_upgrades and "websocket" in options.transports
    if exchange is not None and exchange.spread and may_upgrade and options.delayed_connection_timeout:
        client.handler = Waiting(engine, client)
    else:
        engine.start(client)


def begin_now(client: Any) -> None:
    """Ends the wait, if there is one: the session stays here."""
    if isinstance(client.handler, Waiting):
        client.handler.begin()


def upgraded(client: Any, scope: Any) -> bool:
    """An upgrade has succeeded: True if the session has left for the process where its websocket is."""
    tunnel = scope.get(TUNNEL)
    if tunnel is not None and _movable(client, scope):
        tunnel.say(Kind.MOVE, pack_session(client))
        client.forget()
        count("sessions_moved")
        return True
    begin_now(client)
    if tunnel is not None:
        tunnel.say(Kind.PROCEED)
    return False


def _movable(client: Any, scope: Any) -> bool:
    here = not isinstance(client.handler, Waiting) or client.posting or client.outbox_bytes > MOST_BYTES
    return WILLING in scope["extensions"] and not here and client.session.state is State.OPEN


# -- what moves ---------------------------------------------------------------------------------------------


def pack_session(client: Any) -> bytes:
    """The bytes of a session: its handshake, when that was, what has come in and what waits to go out."""
    head = json.dumps({"sid": client.sid, "time": client.time, "in": len(client.handler.messages)}).encode()
    parts = [head, pack_scope(client.scope), *map(_packed, (*client.handler.messages, *client.outbox))]
    return b"".join(_LENGTH.pack(len(part)) + part for part in parts)


def _packed(frame: str | bytes) -> bytes:
    return b"t" + frame.encode("utf-8", "surrogatepass") if isinstance(frame, str) else b"b" + frame


def unpack_session(data: bytes) -> tuple[str, float, dict[str, Any], list[str | bytes], list[str | bytes]]:
    """(sid, time, scope, messages, frames). Raises ``BadEvent``."""
    try:
        head, scope, *parts = _cut(data)
        head = json.loads(head)
        sid, time, count_in = head["sid"], head["time"], head["in"]
        if (type(sid), type(time), type(count_in)) != (str, float, int):
            raise BadEvent("expected a session")
        frames = [part[1:].decode("utf-8", "surrogatepass") if part[:1] == b"t" else part[1:] for part in parts]
    except (struct.error, LookupError, TypeError, ValueError) as error:
        raise BadEvent(f"expected a session: {error}") from None
    return sid, time, unpack_scope(scope), frames[:count_in], frames[count_in:]


def _cut(data: bytes) -> Iterator[bytes]:
    while data:
        (length,) = _LENGTH.unpack_from(data)
        yield data[_LENGTH.size : _LENGTH.size + length]
        data = data[_LENGTH.size + length :]


def adopt(engine: Any, data: bytes) -> Any:
    """The session in ``data``, here, still without its websocket; its application begins. Raises ``BadEvent``."""
    sid, time, scope, messages, frames = unpack_session(data)
    request = Request(scope, engine.options)
    if sid in engine.clients or request.query.revision is None:
        raise BadEvent("a session that cannot be")
    client = engine.adopt(sid, request, time)
    for frame in frames:
        client.write((frame,))
    engine.start(client)
    for message in messages:
        client.message(message)
    return client
