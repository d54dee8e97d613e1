"""Everything that these tests talk to, in one process: an engine for each set of options, and Socket.IO applications.

``daphne tests.conformance.servers:application``, or the same with uvicorn. The first segment of a path chooses.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.conformance.settings")
django.setup()

from tests.conformance import engine_echo, namespaces  # noqa: E402
from tests.conformance.engines import engines  # noqa: E402
from tests.conformance.reasons import REASONS  # noqa: E402


async def answer(send, status, body):
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def outside(scope, receive, send):
    """The application around Socket.IO: knows no sockets."""
    if scope["type"] == "http":
        await answer(send, 200, b"outside " + scope["path"].encode())
    elif scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "outside"})
        await send({"type": "websocket.close"})


def stopping(app):
    """A middleware: adds a header to every answer, and ends the requests that carry ``stop``."""

    async def middleware(scope, receive, send):
        async def send_more(message):
            if message["type"] in ("http.response.start", "websocket.accept"):
                message = {**message, "headers": [*message.get("headers", ()), (b"x-middleware", b"yes")]}
            await send(message)

        if b"stop=1" not in scope["query_string"]:
            return await app(scope, receive, send_more)
        if scope["type"] == "http":
            return await answer(send_more, 503, b"stopped")
        await send({"type": "websocket.close"})

    return middleware


async def desk(scope, receive, send):
    """``/-/reason/<name>``: waits for the end of the session of that name, and tells its reason."""
    reason = await REASONS.of(scope["path"].rsplit("/", 1)[1])
    await answer(send, 200, reason.encode())


APPLICATIONS = {
    **engines(),
    "wrapped": stopping(engine_echo.make("/wrapped/", max_http_buffer_size=1000)),
    "socket.io": namespaces.application(outside),
    "hurry": namespaces.application(outside, path="/hurry/", connect_timeout=0.3),
    "-": desk,
}


async def application(scope, receive, send):
    if scope["type"] in ("http", "websocket"):
        app = APPLICATIONS.get(scope["path"].split("/")[1], APPLICATIONS["socket.io"])
        await app(scope, receive, send)
