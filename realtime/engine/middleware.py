"""``EngineIO``, what a project wraps its ASGI application with."""

from hashlib import blake2b
from typing import Any

from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter
from django.conf import settings

from .. import conf
from ..adapter import hub_for
from ..parsers import parser_for
from . import bundles
from .namespaces import SocketIOClient
from .request import Request
from .response import cors
from .server import Engine, not_found
from .trace import trace_broadcasts, wanted


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

    @property
    def options(self) -> Any:
        """The options of now."""
        return conf.options(**self._overrides)

    @property
    def clients_count(self) -> int:
        """How many clients are connected to this process; each may be in several namespaces."""
        return len(self.engine.clients) if self.engine is not None else 0

    def close(self) -> None:
        """Ends every session, as the server does when it stops: the reason is ``"server shutting down"``.

        To be called on the loop that serves. Whatever comes afterwards is served again.
        """
        if self.engine is not None:
            self.engine.close()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        if scope["type"] == "lifespan":
            return await self._lifespan(scope, receive, send)
        engine = self.engine or self._start()
        suffix = engine.suffix(scope)
        if suffix is None:
            await self._pass_on(scope, receive, send)
        elif not await self._serve_client(suffix, scope, send):
            await self._engine_with_middleware()(scope, receive, send)

    def _start(self) -> Any:
        self._secret = blake2b(b"realtime" + settings.SECRET_KEY.encode()).digest()
        self.engine = Engine(self._connect, lambda: self.options, self._secret)
        return self.engine

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
        options = client.options
        layer = get_channel_layer(options.channel_layer) if options.channel_layer else None
        codec = parser_for(options)
        hub = hub_for(codec, layer, self._secret)
        if wanted():
            trace_broadcasts(hub)
        return SocketIOClient(self.app, client, hub, codec)

    async def _serve_client(self, suffix: Any, scope: Any, send: Any) -> Any:
        """Serves a file of the JavaScript client; False if the request is not for one."""
        if scope["type"] != "http" or not suffix.endswith((".js", ".map")) or scope["method"] not in ("GET", "HEAD"):
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
        """Django knows no lifespan; where the application does not, this answers, and closes clients at the end."""
        if "lifespan" in getattr(self.app, "application_mapping", ()):
            return await self.app(scope, receive, send)
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        self.close()
        await send({"type": "lifespan.shutdown.complete"})
