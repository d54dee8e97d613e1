"""A server whose clients say what it is to do: every operator, on whatever process it is."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path, re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.cluster.deeds_settings")
django_application = get_asgi_application()

from realtime import AckTimeout, BroadcastError, EngineIO, NamespaceConsumer, namespace, on  # noqa: E402
from realtime.auth import AuthMiddlewareStack  # noqa: E402
from realtime.metrics import counters  # noqa: E402
from realtime.signals import cluster_restored, server_side_event  # noqa: E402

NAMES = {"emit", "call", "sockets_join", "sockets_leave", "disconnect_sockets", "server_side_emit", "server_side_call"}


class Deeds(NamespaceConsumer):
    async def connect(self, auth):
        self.data["seat"] = (auth or {}).get("seat")
        await self.join(*(auth or {}).get("rooms", ()))

    @on("do")
    async def do(self, deed, rooms, excepted, *args):
        """One deed of the server's operator."""
        return await self.done(self.server.to(*rooms).except_(*excepted), deed, *args)

    @on("do for class")
    async def do_for_class(self, deed, rooms, *args):
        return await self.done(namespace(Deeds).to(*rooms), f"a{deed}", *args)

    async def done(self, target, deed, *args):
        if deed.removeprefix("a") not in NAMES:
            raise ValueError(deed)
        try:
            return {"done": await getattr(target, deed)(*args)}
        except AckTimeout as late:
            return {"late": str(late), "answers": late.responses, "missing": late.missing}
        except BroadcastError as error:
            return {"unreachable": str(error), "local": error.local}

    @on("fetch")
    async def fetch(self, *rooms):
        try:
            found = await self.server.to(*rooms).fetch_sockets()
        except AckTimeout as late:
            return {"late": str(late), "found": sorted(each.data["seat"] for each in late.responses)}
        return [[each.id, sorted(each.rooms), each.data, each.handshake.transport] for each in found]

    @on("fetch class")
    async def fetch_class(self):
        return sorted([each.namespace, each.data["seat"]] for each in await namespace(Deeds).afetch_sockets())

    @on("speak to all")
    async def speak_to_all(self, event):
        return [await each.call(event) for each in await self.server.fetch_sockets()]

    @on("peers")
    async def peers(self):
        """How many other processes this one knows."""
        return len(self.scope["socket"].hub.peers.alive())

    @on("processes")
    async def processes(self):
        return application.processes

    @on("counters")
    async def counters(self):
        return {**counters, "restored": len(restored)}


restored = []


async def answer(sender, event, args, **kwargs):
    """What servers ask each other."""
    if event == "who":
        return {"pid": os.getpid(), "asked": args}
    if event == "raise":
        raise ZeroDivisionError


async def note(seconds, **kwargs):
    restored.append(seconds)


server_side_event.connect(answer)
cluster_restored.connect(note)
routes = [path("", Deeds.as_asgi()), re_path(r"^child-\w+$", Deeds.as_asgi())]
application = EngineIO(
    ProtocolTypeRouter({"http": django_application, "socketio": AuthMiddlewareStack(URLRouter(routes))})
)
