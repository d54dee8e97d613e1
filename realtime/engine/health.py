"""``GET /socket.io/health``, for load balancers: whether this process takes new sessions. Needs no host name."""

import json
from typing import Any

from ..hubs import hubs

HEADERS = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


async def serve(engine: Any, scope: Any, send: Any) -> None:
    """200, or 503 for a process that stops. A channel layer that does not answer is told of, and no reason to leave:
    the rooms of one process work without it.
    """
    status = "stopping" if engine.stopping else "ok"
    layer = "away" if any(hub.link.away for hub in hubs()) else "ok"
    body = json.dumps({"status": status, "layer": layer}).encode()
    headers = [*HEADERS, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 503 if engine.stopping else 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
