"""The owner's end: a request that another process has received, served as if it had come here."""

import logging
from typing import Any

from ...metrics import count
from .events import TO_THE_APPLICATION, BadEvent, unpack_scope
from .takeover import TUNNEL
from .tunnel import Broken, Tunnel

logger = logging.getLogger("realtime.engine")

ALLOWED = TO_THE_APPLICATION


async def serve(exchange: Any, tag: bytes, tunnel: Tunnel, data: bytes) -> None:
    """Serves it, and sees to it that the answer arrives: a poll whose answer is lost takes its session with it."""
    served = False
    try:
        scope = unpack_scope(data) | {TUNNEL: tunnel}
        if exchange.engine.suffix(scope) is None:
            raise BadEvent("a request that is not for this engine")
        await exchange.engine.serve(scope, Incoming(scope, tunnel), tunnel.send)
        served = True
        tunnel.end()
        await tunnel.gone()
    except BadEvent:
        count("tunnel_records_refused")
    except Broken:
        tunnel.failed = True
    except Exception:
        logger.exception("internal error while serving a forwarded request")
    finally:
        exchange.finish(exchange.served, tag, tunnel, failed=not served)
        if tunnel.carries is not None and tunnel.carries.answered is tunnel:
            tunnel.carries.answered = None
        if tunnel.failed and tunnel.carries is not None:
            count("polls_lost")
            tunnel.carries.lost("transport error")


class Incoming:
    """An ASGI ``receive`` whose events come out of a tunnel; once there are no more, the client is gone."""

    def __init__(self, scope: dict[str, Any], tunnel: Tunnel) -> None:
        self._tunnel, self._kind = tunnel, scope["type"]
        self._first: list[dict[str, Any]] = [{"type": "websocket.connect"}] if self._kind == "websocket" else []

    async def __call__(self) -> dict[str, Any]:
        if self._first:
            return self._first.pop()
        try:
            event = await self._tunnel.receive()
        except Broken:
            event = None
        return event or {"type": f"{self._kind}.disconnect", "code": 1006}
