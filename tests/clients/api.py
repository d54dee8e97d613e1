"""The server of test_api.py: one engine for each option that a client can see, and operators for it to ask for."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.clients.settings")
django_application = get_asgi_application()

from realtime import ConnectionRefused, EngineIO, NamespaceConsumer, namespace, on, signals  # noqa: E402
from realtime.auth import AuthMiddlewareStack  # noqa: E402

ended = {}  # tag -> how its socket went
told = []  # what signals said
frames = {"in": 0, "out": 0}  # that the engine's middleware saw
closing = []  # connections that were refused


class Main(NamespaceConsumer):
    async def connect(self, auth):
        self.data["tag"] = self.handshake.query.get("tag")
        if "refuse" in self.handshake.query:
            raise ConnectionRefused("not you", data={"why": "because"})

    async def disconnecting(self, reason):
        ended[self.data["tag"]] = {"rooms": sorted(self.rooms - {self.sid}), "connected": self.connected}

    async def disconnect(self, reason):
        ended[self.data["tag"]] |= {"reason": reason, "details": self.disconnect_details, "left": not self.rooms}

    @on("ack")
    async def ack(self, *args):
        return args

    @on("how it ended")
    async def how_it_ended(self, tag):
        return ended.get(tag)

    @on("told")
    async def what_was_told(self):
        return told

    @on("join")
    async def enter(self, *rooms):
        await self.join(*rooms)

    @on("about me")
    async def about_me(self):
        of = self.handshake
        return {
            "sid": self.sid, "rooms": sorted(self.rooms), "connected": self.connected, "data": self.data,
            "namespace": self.namespace, "transport": self.transport, "time": of.time, "protocol": of.protocol,
            "connection": of.id, "recovered": self.recovered,
        }  # fmt: skip

    # -- operators --------------------------------------------------------------------------------------------

    @on("fetch")
    async def fetch(self, *rooms):
        sockets = await self.server.to(*rooms).fetch_sockets()
        about = {each.id: [sorted(each.rooms), each.data, each.handshake.address] for each in sockets}
        local, found = self.server.to(*rooms).sockets, self.server.to(*rooms).rooms
        return about, sorted(local), {room: sorted(sids) for room, sids in found.items()}

    @on("make join")
    async def make_join(self, rooms, *new):
        await self.server.to(*rooms).sockets_join(*new)

    @on("make leave")
    async def make_leave(self, rooms, *old):
        await self.server.to(*rooms).sockets_leave(*old)

    @on("make go")
    async def make_go(self, rooms, close):
        await self.server.to(*rooms).disconnect_sockets(close)

    @on("remote", concurrent=True)
    async def remote(self, sid):
        (other,) = await self.server.to(sid).fetch_sockets()
        await other.join("remote joined", "remote left")
        await other.leave("remote left")
        answer = await other.call("question", 1, timeout=5)
        (other,) = await self.server.to(sid).fetch_sockets()
        await other.emit("news", answer, sorted(other.rooms - {sid}))
        await other.disconnect()
        return answer

    @on("everywhere")
    def everywhere(self, event, *args):
        """From a thread, as a view would."""
        namespace().emit(event, *args)
        namespace("/").except_(self.sid).emit(event, "others")

    @on("in both")
    async def in_both(self, one, other, event):
        await self.server.in_(one).in_(other).emit(event, "union")
        await self.server.to([one, other]).except_(other).emit(event, "less one")

    @on("flags")
    async def flags(self, event):
        await self.compress(False).emit(event, "compress")
        await self.local.emit(event, "not to me")
        await self.server.local.emit(event, "local")
        await self.server.compress(True).emit(event, "compress all")

    @on("frames")
    async def count_frames(self):
        return frames

    @on("clients")
    async def clients(self):
        return engines["counted"].clients_count

    @on("close the engine")
    async def close_the_engine(self):
        engines["counted"].close()


class Other(Main):
    pass


async def count_frames(scope, receive, send, app):
    async def count_in():
        message = await receive()
        frames["in"] += message["type"] in ("websocket.receive", "http.request")
        return message

    async def count_out(message):
        frames["out"] += message["type"] in ("websocket.send", "http.response.body")
        await send(message)

    await app(scope, count_in, count_out)


def middleware(app):
    async def counting(scope, receive, send):
        await count_frames(scope, receive, send, app)

    return counting


def tell(name):
    def receive(sender, signal, **said):
        said = {key: said[key] for key in ("room", "sid", "transport", "message", "data", "code") if key in said}
        told.append([name, sender if isinstance(sender, str) else sender.__name__, said])

    getattr(signals, name).connect(receive, weak=False)


TOLD = ("namespace_created", "namespace_deleted", "room_created", "room_joined", "room_left", "room_deleted")
for each in (*TOLD, "connection_rejected", "connection_error", "transport_upgraded", "socket_connected"):
    tell(each)

router = URLRouter([path("", Main.as_asgi()), path("other", Other.as_asgi()), path("rooms/<slug:x>", Main.as_asgi())])
sockets = AuthMiddlewareStack(router)
made = iter(range(1_000_000))
OPTIONS = {
    "framed": {"middleware": [middleware]},
    "narrow": {"transports": ["websocket"]},
    "still": {"allow_upgrades": False},
    "quick": {"ping_interval": 0.2},
    "small": {"max_http_buffer_size": 1000},
    "initial": {"initial_packet": '2["first",1]'},
    "new": {"allow_eio3": False},
    "slashless": {"add_trailing_slash": False},
    "lonely": {"connect_timeout": 0.3},
    "generated": {"generate_id": lambda scope: f"made-{next(made)}"},
    "friends": {"cors_allowed_origins": ["http://friend.example"]},
    "asking": {"check_origin": lambda scope, headers, options: headers.get("origin") != "http://foe.example"},
    "counted": {},
}
application = EngineIO(ProtocolTypeRouter({"http": django_application, "socketio": sockets}))
engines = {}
for name, options in OPTIONS.items():
    application = engines[name] = EngineIO(
        ProtocolTypeRouter({"http": application, "websocket": application, "socketio": sockets}),
        path=f"/{name}",
        **options,
    )
