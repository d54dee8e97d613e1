"""A plain ASGI application for the tests of a server: one behaviour for each path, and the engine at its own."""

import asyncio
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from realtime import EngineIO  # noqa: E402
from realtime.readyframes import EXTENSION, text_frame  # noqa: E402
from tests.servers.stopping_app import leave  # noqa: E402

MIB = bytes(1 << 20)


async def lifespan(scope, receive, send):
    while True:
        message = await receive()
        leave(message["type"])
        await send({"type": f"{message['type']}.complete"})


async def answer(send, body, status=200, headers=()):
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


async def slow_page(scope, receive, send):
    leave("slow page asked for")
    await asyncio.sleep(1)
    await answer(send, b"here it is")


async def upload(scope, receive, send):
    """Counts the bytes of the body; waits before it takes the first, and tells how many pieces came."""
    await asyncio.sleep(0.5)
    size = pieces = 0
    while True:
        message = await receive()
        assert message["type"] == "http.request"
        size, pieces = size + len(message["body"]), pieces + 1
        if not message["more_body"]:
            return await answer(send, f"{size} {pieces}".encode())


async def download(scope, receive, send):
    """100 MiB in pieces; the trail says how many were taken."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for number in range(100):
        await send({"type": "http.response.body", "body": MIB, "more_body": True})
        leave(f"sent {number}")
    await send({"type": "http.response.body", "body": b""})


async def flood(scope, receive, send):
    """100 MiB to a websocket."""
    await receive()
    await send({"type": "websocket.accept"})
    for number in range(100):
        await send({"type": "websocket.send", "bytes": MIB})
        leave(f"sent {number}")
    await send({"type": "websocket.close"})


async def sleepy(scope, receive, send):
    """Reads nothing for a while, then all."""
    await receive()
    await send({"type": "websocket.accept"})
    await asyncio.sleep(3)
    size = 0
    while (message := await receive())["type"] == "websocket.receive":
        size += len(message["bytes"])
        if not message["bytes"]:
            await send({"type": "websocket.send", "text": str(size)})


async def large(scope, receive, send):
    """More than the server takes in."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "bytes": bytes(3 << 20)})
    await send({"type": "websocket.close"})


async def manners(scope, receive, send):
    """Accepts with headers and a subprotocol, echoes, and closes as told."""
    await receive()
    headers = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    subprotocol = next(iter(scope["subprotocols"]), None)
    await send({"type": "websocket.accept", "headers": headers, "subprotocol": subprotocol})
    while (message := await receive())["type"] == "websocket.receive":
        if message.get("text") == "close":
            await send({"type": "websocket.close", "code": 4321, "reason": "as told"})
        else:
            await send({"type": "websocket.send", "bytes": message["bytes"]})
    leave(f"disconnect {message['code']}")


async def denied(scope, receive, send):
    await receive()
    assert "websocket.http.response" in scope["extensions"]
    headers = [(b"content-length", b"9"), (b"retry-after", b"7")]
    await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b"not ", "more_body": True})
    await send({"type": "websocket.http.response.body", "body": b"today"})


async def ready(scope, receive, send):
    """Writes ready frames before the accept, until the server refuses one, and after the close."""
    write = scope["extensions"][EXTENSION]["write"]
    await receive()
    leave(f"before {write(text_frame('early'))}")
    await send({"type": "websocket.accept"})
    number = refusals = 0
    while number < 5000 and refusals < 30:  # in a row: the kernel may take some more after the first
        taken = write(text_frame(f"{number:05d}" + "x" * 10_000))
        number, refusals = (number + 1, 0) if taken else (number, refusals + 1)
        await asyncio.sleep(0.001 if taken else 0.01)
    leave(f"refused {number}")
    await send({"type": "websocket.send", "text": f"refused {number}"})
    leave(f"again {write(text_frame('again'))}")
    leave(f"too large {write(text_frame('x' * 2_000_000))}")
    await send({"type": "websocket.close"})
    leave(f"after {write(text_frame('late'))}")


APPLICATIONS = (slow_page, upload, download, flood, sleepy, manners, denied, ready, large)
PATHS = {f"/{each.__name__}": each for each in APPLICATIONS}


async def plain(scope, receive, send):
    if scope["type"] == "lifespan":
        return await lifespan(scope, receive, send)
    await PATHS[scope["path"]](scope, receive, send)


plain.application_mapping = {"lifespan": lifespan}  # as a ProtocolTypeRouter has it: the application knows lifespan
application = EngineIO(plain, body_timeout=1.0, max_http_buffer_size=100_000)
