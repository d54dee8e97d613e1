"""The engine as an ASGI application: who is connected, and which transport serves a request."""

import asyncio
import inspect
import json
import logging
import secrets
import time

from ..engineio.session import State
from ..exceptions import HandshakeError
from ..options import Options
from ..sids import new_sid
from ..signals import connection_error, tell
from . import polling, websocket
from .client import Client
from .trace import about_client

logger = logging.getLogger("realtime.engine")
security_logger = logging.getLogger("realtime.security")


class Engine:
    """Engine.IO on one path.

    ``handler(client)`` is called for each new session and returns an object with ``message(data)`` and
    ``closed(reason)``; both are called on the loop and must not block. ``options`` is an ``Options`` or a callable that
    gives one, asked for each request. Requests outside the path get a plain 404.
    """

    def __init__(self, handler, options=None, secret=None):
        self.clients = {}
        self._handler = handler
        self._options = options or Options()
        self._secret = secret or secrets.token_bytes()
        self._orphans = {}

    @property
    def options(self):
        """The options of now. A session keeps those with which it was opened."""
        return self._options() if callable(self._options) else self._options

    async def __call__(self, scope, receive, send):
        if self.suffix(scope) is None:
            return await not_found(scope, receive, send)
        await self.serve(scope, receive, send)

    async def serve(self, scope, receive, send):
        """Serves an HTTP request or a websocket that is known to be the engine's."""
        transport = websocket if scope["type"] == "websocket" else polling
        await transport.serve(self, scope, receive, send)

    def suffix(self, scope):
        """What follows the engine's path in the request's, or None if the request is not the engine's."""
        if scope["type"] not in ("http", "websocket"):
            return None
        path, options = scope["path"].removeprefix(scope.get("root_path", "")), self.options
        if path.startswith(options.path):
            return path[len(options.path) :]
        return "" if not options.add_trailing_slash and path == options.path.rstrip("/") else None

    def find(self, sid, request):
        """The client with this sid. Raises ``HandshakeError(1)``, also if it belongs to somebody else."""
        client = self.clients.get(sid)
        if client is None:
            raise HandshakeError(1)
        if client.identity != request.identity:
            security_logger.info("a request of somebody else for a session", extra=about_client(client))
            self._check_orphan(client)
            raise HandshakeError(1)
        client.catch_up()
        if client.session.state is State.CLOSED:
            raise HandshakeError(1)
        return client

    def _check_orphan(self, client):
        """Closes a session whose login is over: an unmodified client then comes back as who it is now.

        Nobody else can do that: a foreign request changes nothing while the identity still exists.
        """
        if client.identity is not None and client.options.identity_gone and client.sid not in self._orphans:
            self._orphans[client.sid] = asyncio.ensure_future(self._close_orphan(client))

    async def _close_orphan(self, client):
        try:
            if await client.options.identity_gone(client.identity):
                client.close("transport close")
        finally:
            del self._orphans[client.sid]

    async def open(self, request):
        """A new session; its handler is not called yet, see ``start``. Raises ``HandshakeError(3)``."""
        client = Client(self, await self._new_sid(request), request, time.time())
        self.clients[client.sid] = client
        return client

    async def _new_sid(self, request):
        if request.options.generate_id is None:
            return new_sid(self._secret)
        try:
            sid = request.options.generate_id(request.scope)
            sid = await sid if inspect.isawaitable(sid) else sid
        except Exception as error:
            raise HandshakeError(3) from error
        if not isinstance(sid, str) or not sid or sid in self.clients:
            raise HandshakeError(3)
        return sid

    def start(self, client):
        """Tells the application of a new session."""
        logger.info("session opened", extra=about_client(client))
        client.handler = self._handler(client)

    def greeting(self, client):
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

    def refused(self, scope, error):
        """Tells of a request that was refused with a ``HandshakeError``."""
        if connection_error.receivers:
            tell(connection_error, Engine, scope=scope, code=error.code, message=error.message)

    def close(self, reason="server shutting down"):
        """Ends every session, as a server does that stops."""
        for client in [client for client in self.clients.values() if client.session.state is State.OPEN]:
            client.close(reason)


async def not_found(scope, receive, send):
    """The answer of an engine that stands alone to what is not its own."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})
    elif scope["type"] == "http":
        headers = [(b"content-type", b"text/plain; charset=UTF-8"), (b"content-length", b"9")]
        await send({"type": "http.response.start", "status": 404, "headers": headers})
        await send({"type": "http.response.body", "body": b"Not Found"})
