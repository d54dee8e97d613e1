"""``EngineIO``, what a project wraps its ASGI application with."""

from hashlib import blake2b

from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter
from django.conf import settings

from .. import conf
from ..adapter import hub_for
from ..socketio.parser import parser
from . import bundles
from .namespaces import SocketIOClient
from .request import Request
from .response import cors
from .server import Engine, not_found


class EngineIO:
    """ASGI middleware: Socket.IO on its own path, all else for ``app``.

    ``app`` gets one call of scope type ``socketio`` for each client and namespace, so it is usually a
    ``ProtocolTypeRouter`` with an entry of that name. ``options`` win over ``settings.SOCKETIO``; both have the names
    of ``realtime.options.Options``. Nothing is read before the first request.
    """

    def __init__(self, app, **options):
        self.app = app
        self._overrides = options
        self._secret = None
        self._parsers = {}
        self.engine = None

    @property
    def options(self):
        """The options of now."""
        return conf.options(**self._overrides)

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return await self._lifespan(scope, receive, send)
        engine = self.engine or self._start()
        suffix = engine.suffix(scope)
        if suffix is None:
            await self._pass_on(scope, receive, send)
        elif not await self._serve_client(suffix, scope, send):
            await engine.serve(scope, receive, send)

    def _start(self):
        self._secret = blake2b(b"realtime" + settings.SECRET_KEY.encode()).digest()
        self.engine = Engine(self._connect, lambda: self.options, self._secret)
        return self.engine

    def _connect(self, client):
        options = client.options
        layer = get_channel_layer(options.channel_layer) if options.channel_layer else None
        codec = self._parser(options)
        return SocketIOClient(self.app, client, hub_for(codec, layer, self._secret), codec)

    def _parser(self, options):
        """The parser for these options; the same one again for the same options."""
        found = self._parsers.get(id(options))
        if found is None or found[0] is not options:
            limits = {
                "default": options.json_default,
                "max_attachments": options.max_attachments,
                "max_depth": options.max_json_depth,
                "max_attachment_bytes": options.max_http_buffer_size,
                "max_name_length": options.max_name_length,
            }
            self._parsers = {id(options): (options, parser(options.parser, **limits))}
            found = self._parsers[id(options)]
        return found[1]

    async def _serve_client(self, suffix, scope, send):
        """Serves a file of the JavaScript client; False if the request is not for one."""
        if scope["type"] != "http" or not suffix.endswith((".js", ".map")) or scope["method"] not in ("GET", "HEAD"):
            return False
        request = Request(scope, self.options)
        served = self.options.serve_client and await bundles.serve(suffix, scope, send, request.headers, cors(request))
        if not served:
            await not_found(scope, None, send)
        return True

    async def _pass_on(self, scope, receive, send):
        """To the application. A ProtocolTypeRouter without websockets would raise: such a socket is refused."""
        mapping = self.app.application_mapping if isinstance(self.app, ProtocolTypeRouter) else None
        if mapping is not None and scope["type"] == "websocket" and "websocket" not in mapping:
            return await not_found(scope, receive, send)
        await self.app(scope, receive, send)

    async def _lifespan(self, scope, receive, send):
        """Django knows no lifespan; where the application does not, this answers, and closes clients at the end."""
        if "lifespan" in getattr(self.app, "application_mapping", ()):
            return await self.app(scope, receive, send)
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        if self.engine is not None:
            self.engine.close()
        await send({"type": "lifespan.shutdown.complete"})
