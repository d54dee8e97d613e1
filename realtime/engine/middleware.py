"""``EngineIO``, what a project wraps its ASGI application with."""

import asyncio
import logging
from typing import Any

from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter
from django.apps import apps
from django.conf import settings

from .. import conf, standstill
from ..adapter import close_hubs, hub_for, hubs
from ..parsers import parser_for
from ..recovery.kinds import recovering
from . import bundles, health
from .namespaces import SocketIOClient
from .request import Request
from .response import cors
from .server import Engine, not_found
from .stopping import stopper
from .trace import trace_broadcasts, wanted

logger = logging.getLogger("realtime.engine")
NOT_INSTALLED = (
    "'realtime' is not in INSTALLED_APPS: nothing checks the settings, and sockets stay open after a log-out. "
    "In settings.py: INSTALLED_APPS += ['realtime']"
)


class EngineIO:
    """ASGI middleware: Socket.IO on its own path, all else for ``app``.

    ``app`` gets one call of scope type ``socketio`` for each client and namespace, so it is usually a
    ``ProtocolTypeRouter`` with an entry of that name. ``options`` win over ``settings.SOCKETIO``; both have the names
    of ``realtime.options.Options``. Nothing is read before the first request.
    """

    def __init__(self, app: Any, **options: Any) -> None:
        self.app = app
        self._overrides = options
        conf.refuse_unknown(options)
        conf.refuse_unknown_parser(options.get("parser"))
        self._secret: Any = None
        self.engine: Any = None
        self._wrapped: Any = None
        self._stopper: Any = None  # of the loop, once there was a session

    @property
    def options(self) -> Any:
        """The options of now."""
        return conf.options(**self._overrides)

    @property
    def clients_count(self) -> int:
        """How many clients are connected to this process; each may be in several namespaces."""
        return len(self.engine.clients) if self.engine is not None else 0

    def body_limits(self, path: str) -> Any:
        """Bytes and seconds of the body of a request for this path, or None: for servers that read bodies first."""
        options = self.options
        if not path.startswith(options.path.rstrip("/")):
            return None
        return options.max_http_buffer_size, options.body_timeout

    @property
    def processes(self) -> list[str]:
        """The other processes that are alive, as far as this one knows, each ``"host:process id"``."""
        found = [hub.peers.alive().values() for hub in hubs() if hub.link.reaches_others]
        return sorted({name for names in found for name in names})

    def close(self) -> None:
        """Ends every session, as the server does when it stops: the reason is ``"server shutting down"``.

        To be called on the loop that serves. Whatever comes afterwards is served again.
        """
        if self.engine is not None:
            self.engine.close()

    async def stop(self) -> None:
        """Ends gracefully what serves on this loop, as SIGTERM does: no new sessions, then every client is let go."""
        if self._stopper is not None:
            await self._stopper.stop()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        if scope["type"] == "lifespan":
            return await self._lifespan(scope, receive, send)
        engine = self.engine or self._begin()
        suffix = engine.suffix(scope)
        if suffix is None:
            await self._pass_on(scope, receive, send)
        elif not await self._serve_client(suffix, scope, send):
            await self._engine_with_middleware()(scope, receive, send)

    def _start(self) -> Any:
        self._secret = conf.secret()
        if apps.ready and not apps.is_installed("realtime"):
            logger.warning(NOT_INSTALLED)
        if settings.DEBUG:
            standstill.watch()
        self.engine = Engine(self._connect, lambda: self.options, self._secret, self._layer)
        return self.engine

    def _begin(self) -> Any:
        """With the first request of any kind, so that views of a server without clients yet reach the others."""
        engine = self._start()
        self._hub(self.options, parser_for(self.options))
        return engine

    def _layer(self) -> Any:
        alias = self.options.channel_layer
        return get_channel_layer(alias) if alias else None

    def _engine_with_middleware(self) -> Any:
        """The engine in the ``middleware`` of the options; made again only when they change."""
        middleware = self.options.middleware
        if self._wrapped is None or self._wrapped[0] is not middleware:
            served = self.engine.serve
            for outer in reversed(middleware):
                served = outer(served)
            self._wrapped = middleware, served
        return self._wrapped[1]

    def _connect(self, client: Any) -> Any:
        if self._stopper is None or self._stopper.loop is not asyncio.get_running_loop():
            self._stopper = stopper()
            self._stopper.add(self.engine)
        codec = parser_for(client.options)
        return SocketIOClient(self.app, client, self._hub(client.options, codec), codec)

    def _hub(self, options: Any, codec: Any) -> Any:
        layer = get_channel_layer(options.channel_layer) if options.channel_layer else None
        kind = recovering(options) if options.recovery else None
        hub = hub_for(codec, layer, self._secret, options, kind)
        if wanted():
            trace_broadcasts(hub)
        return hub

    async def _serve_client(self, suffix: Any, scope: Any, send: Any) -> Any:
        """Serves a file of the JavaScript client, or how the process is; False if the request is for neither."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return False
        if suffix == "health":
            await health.serve(self.engine, scope, send)
            return True
        if not suffix.endswith((".js", ".map")):
            return False
        request = Request(scope, self.options)
        served = self.options.serve_client and await bundles.serve(suffix, scope, send, request.headers, cors(request))
        if not served:
            await not_found(scope, None, send)
        return True

    async def _pass_on(self, scope: Any, receive: Any, send: Any) -> Any:
        """To the application. A ProtocolTypeRouter without websockets would raise: such a socket is refused."""
        mapping = self.app.application_mapping if isinstance(self.app, ProtocolTypeRouter) else None
        if mapping is not None and scope["type"] == "websocket" and "websocket" not in mapping:
            return await not_found(scope, receive, send)
        await self.app(scope, receive, send)

    async def _lifespan(self, scope: Any, receive: Any, send: Any) -> Any:
        """Django knows no lifespan; where the application does not, this answers, and lets clients go at the end."""
        if "lifespan" in getattr(self.app, "application_mapping", ()):
            return await self.app(scope, receive, send)
        if self.engine is None:
            self._begin()
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        await self.stop()
        await close_hubs()
        await send({"type": "lifespan.shutdown.complete"})
