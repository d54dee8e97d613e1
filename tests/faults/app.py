"""The server that the faults happen to: one room, messages to it that are acknowledged, and a look inside.

A message is known by its writer and its number, and says which process took it. ``/flood`` lets this process write
to the room itself, ``/vitals`` tells what it holds, ``/asked`` what the others answer.
"""

import asyncio
import gc
import json
import os
import time
from urllib.parse import parse_qsl

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.faults.settings")
django_application = get_asgi_application()

from benchmarks.meters import memory  # noqa: E402
from realtime import ClusterTimeout, EngineIO, NamespaceConsumer, namespace, on  # noqa: E402
from realtime.adapter import hubs  # noqa: E402
from realtime.auth import AuthMiddlewareStack  # noqa: E402
from realtime.metrics import counters  # noqa: E402
from realtime.signals import cluster_restored  # noqa: E402

PROCESS = os.environ.get("FAULTS_PROCESS", "")
TICK = 0.01  # seconds between what a flood writes


class Everybody(NamespaceConsumer):
    """Who comes is in the room, and hears what anybody says there, the speaker too."""

    async def connect(self, auth):
        await self.join("everybody")

    @on("say")
    async def say(self, writer, number, sent, padding=""):
        """Acknowledged when the library has taken it; what it could not take is an error in the acknowledgement."""
        await self.server.to("everybody").emit("said", PROCESS, writer, number, sent, padding)
        return True


async def flood(writer, count, rate, size=100):
    """Numbers 1 to ``count`` to the room, so many a second; at most one is on its way to the layer at a time."""
    count, rate, padding, started, failed = int(count), float(rate), "x" * int(size), time.monotonic(), 0
    for number in range(1, count + 1):
        if (wait := started + number / rate - time.monotonic()) > TICK:
            await asyncio.sleep(wait)
        elif number % 20 == 0:
            await asyncio.sleep(0)
        try:
            await namespace("/").to("everybody").aemit("said", PROCESS, writer, number, time.time() * 1000, padding)
        except Exception:
            failed += 1
    return {"seconds": time.monotonic() - started, "failed": failed}


async def vitals():
    """What this process holds, garbage collected."""
    gc.collect()
    return {
        "pid": os.getpid(),
        "memory": memory(os.getpid()),
        "tasks": len(asyncio.all_tasks()),
        "files": len(os.listdir("/proc/self/fd")),
        "clients": application.clients_count,
        "sockets": sum(len(members) for hub in hubs() for members in hub.namespaces.values()),
        "rooms": sum(len(hub.rooms) for hub in hubs()),
        "counters": dict(counters),
    }


async def asked(what):
    """What came of a question to all processes, and how long it took."""
    everybody, started = namespace("/"), time.monotonic()
    questions = {
        "fetch": everybody.afetch_sockets, "join": lambda: everybody.asockets_join("more"),
        "tell": lambda: everybody.aserver_side_call("hi"),
    }  # fmt: skip
    try:
        answers, error = await questions[what](), None
    except ClusterTimeout as late:
        answers, error = late.responses, str(late)
    return {"answers": len(answers or ()), "error": error, "seconds": time.monotonic() - started}


async def warn(**kwargs):
    """Without a log of what was missed, clients are told to load again."""
    await namespace("/").local.aemit("load again")


if not settings.SOCKETIO.get("CONNECTION_STATE_RECOVERY"):
    cluster_restored.connect(warn)
DEEDS = {"/flood": flood, "/vitals": vitals, "/asked": asked}


async def http(scope, receive, send):
    deed = DEEDS.get(scope["path"])
    if deed is None:
        return await django_application(scope, receive, send)
    answer = json.dumps(await deed(**dict(parse_qsl(scope["query_string"].decode())))).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": answer})


application = EngineIO(
    ProtocolTypeRouter(
        {"http": http, "socketio": AuthMiddlewareStack(URLRouter([path("", Everybody.as_asgi())]))},
    )
)
