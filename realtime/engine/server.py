"""The engine as an ASGI application: who is connected, and which transport serves a request."""

import asyncio
import inspect
import json
import logging
import secrets
import time
from typing import Any

from ..engineio.session import State
from ..exceptions import HandshakeError, ServerStopping
from ..layer import is_local
from ..options import Options
from ..sids import new_sid, tag_of
from ..signals import connection_error, tell, transport_upgraded
from ..types import Receive, Scope, Send
from . import polling, websocket
from .client import Client
from .forwarding.asking import Elsewhere, forward
from .forwarding.exchange import Exchange
from .forwarding.takeover import TUNNEL
from .trace import about_client

logger = logging.getLogger("realtime.engine")
security_logger = logging.getLogger("realtime.security")


class Engine:
    """Engine.IO on one path.

    ``handler(client)`` is called for each new session and returns an object with ``message(data)`` and
    ``closed(reason)``; both are called on the loop and must not block. ``options`` is an ``Options`` or a callable that
    gives one, asked for each request. Requests outside the path get a plain 404.

    ``layer``, a channel layer or a callable that gives one, leads to other processes with the same ``secret``:
    requests for a session may then come to any of them.
    """

    def __init__(self, handler: Any, options: Any = None, secret: Any = None, layer: Any = None) -> None:
        self.clients: dict[str, Any] = {}
        self._handler = handler
        self._options = options or Options()
        self._secret = secret or secrets.token_bytes()
        self._orphans: dict[str, Any] = {}
        self.stopping = False  # whether new sessions are refused
        self._layer = layer
        self._exchange: Any = None

    @property
    def options(self) -> Any:
        """The options of now. A session keeps those with which it was opened."""
        return self._options() if callable(self._options) else self._options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        if self.suffix(scope) is None:
            return await not_found(scope, receive, send)
        await self.serve(scope, receive, send)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves an HTTP request or a websocket that is known to be the engine's."""
        transport = websocket if scope["type"] == "websocket" else polling
        await transport.serve(self, scope, receive, send)

    def suffix(self, scope: Scope) -> Any:
        """What follows the engine's path in the request's, or None if the request is not the engine's."""
        if scope["type"] not in ("http", "websocket"):
            return None
        path, options = scope["path"].removeprefix(scope.get("root_path", "")), self.options
        if path.startswith(options.path):
            return path[len(options.path) :]
        return "" if not options.add_trailing_slash and path == options.path.rstrip("/") else None

    def find(self, sid: str, request: Any) -> Any:
        """The client with this sid. Raises ``HandshakeError(1)``, also if it belongs to somebody else.

        ``Elsewhere``, which is one, says that another engine may have it: ``forward`` asks that one.
        """
        client = self.clients.get(sid)
        if client is None:
            raise self._unknown(sid)
        if client.identity != request.identity:
            security_logger.info("a request of somebody else for a session", extra=about_client(client))
            self._check_orphan(client)
            raise HandshakeError(1)
        client.catch_up()
        if client.session.state is State.CLOSED:
            raise HandshakeError(1)
        return client

    @property
    def exchange(self) -> Any:
        """What connects this engine with those of other processes; None where the layer reaches none."""
        layer = self._layer() if callable(self._layer) else self._layer
        if is_local(layer) or not self.options.max_forwarded_requests:
            return None
        known = self._exchange
        if known is None or known.layer is not layer or known.loop is not asyncio.get_running_loop():
            self._exchange = Exchange(self, layer, self._secret)
        return self._exchange

    def _unknown(self, sid: str) -> Any:
        exchange, tag = self.exchange, tag_of(sid, self._secret)
        return HandshakeError(1) if exchange is None or tag in (None, exchange.tag) else Elsewhere(tag)

    async def forward(self, elsewhere: Any, request: Any, receive: Receive, send: Send) -> Any:
        """Lets the engine that has the session serve a request. Raises ``HandshakeError`` if it does not answer.

        Returns None, or the session if that comes here with its websocket: see ``takeover.adopt``.
        """
        if TUNNEL in request.scope:  # once is enough
            raise elsewhere
        return await forward(self.exchange, elsewhere.tag, request, receive, send)

    def _check_orphan(self, client: Any) -> None:
        """Closes a session whose login is over: an unmodified client then comes back as who it is now.

        Nobody else can do that: a foreign request changes nothing while the identity still exists.
        """
        if client.identity is not None and client.options.identity_gone and client.sid not in self._orphans:
            self._orphans[client.sid] = asyncio.ensure_future(self._close_orphan(client))

    async def _close_orphan(self, client: Any) -> None:
        try:
            if await client.options.identity_gone(client.identity):
                client.close("transport close")
        finally:
            del self._orphans[client.sid]

    async def open(self, request: Any) -> Any:
        """A new session; its handler is not called yet, see ``start``. Raises ``HandshakeError``."""
        if self.stopping:
            raise ServerStopping
        client = Client(self, await self._new_sid(request), request, time.time())
        self.clients[client.sid] = client
        return client

    async def _new_sid(self, request: Any) -> Any:
        if request.options.generate_id is None:
            return await self._tagged_sid()
        try:
            sid = request.options.generate_id(request.scope)
            sid = await sid if inspect.isawaitable(sid) else sid
        except Exception as error:
            raise HandshakeError(3) from error
        if not isinstance(sid, str) or not sid or sid in self.clients:
            raise HandshakeError(3)
        return sid

    async def _tagged_sid(self) -> Any:
        exchange = self.exchange
        if exchange is None:
            return new_sid(self._secret)
        await exchange.ready()
        return new_sid(self._secret, exchange.tag)

    def adopt(self, sid: str, request: Any, time: Any) -> Any:
        """A session that was opened elsewhere, still on polling; its handler is not called yet."""
        client = self.clients[sid] = Client(self, sid, request, time)
        return client

    @property
    def willing(self) -> bool:
        """Whether sessions of others may come here."""
        return not self.stopping and not 0 < self.options.max_clients <= len(self.clients)

    def start(self, client: Any) -> None:
        """Tells the application of a new session."""
        logger.info("session opened", extra=about_client(client))
        client.handler = self._handler(client)

    def greeting(self, client: Any) -> Any:
        """The first frames of a session: the open packet, and the initial packet if there is one."""
        options = client.options
        may_upgrade = client.session.transport == "polling" and options.allow_upgrades
        opening = {
            "sid": client.sid,
            "upgrades": ["websocket"] if may_upgrade and "websocket" in options.transports else [],
            "pingInterval": round(options.ping_interval * 1000),
            "pingTimeout": round(options.ping_timeout * 1000),
            "maxPayload": options.max_http_buffer_size,
        }
        frames = ["0" + json.dumps(opening, separators=(",", ":"))]
        if options.initial_packet is not None:
            initial = options.initial_packet
            frames.append("4" + initial if isinstance(initial, str) else initial)
        return frames

    def upgraded(self, client: Any) -> None:
        """Tells of a session that has moved to a websocket. A handler may have an ``upgraded()`` for it."""
        if transport_upgraded.receivers and hasattr(client.handler, "upgraded"):
            client.handler.upgraded()

    async def leave(self, within: Any = 1.2) -> None:
        """Tells the engines of other processes that this one is no more; so many seconds may end what they wait for."""
        if self._exchange is not None and self._exchange.loop is asyncio.get_running_loop():
            await self._exchange.leave(within)

    def refused(self, scope: Scope, error: Any) -> None:
        """Tells of a request that was refused with a ``HandshakeError``."""
        if connection_error.receivers:
            tell(connection_error, Engine, scope=scope, code=error.code, message=error.message)

    def close(self, reason: str = "server shutting down") -> None:
        """Ends every session, as a server does that stops."""
        for client in [client for client in self.clients.values() if client.session.state is State.OPEN]:
            client.close(reason)


async def not_found(scope: Scope, receive: Receive | None, send: Send) -> None:
    """The answer of an engine that stands alone to what is not its own."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})
    elif scope["type"] == "http":
        headers = [(b"content-type", b"text/plain; charset=UTF-8"), (b"content-length", b"9")]
        await send({"type": "http.response.start", "status": 404, "headers": headers})
        await send({"type": "http.response.body", "body": b"Not Found"})
