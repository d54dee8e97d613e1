"""The end where the request came: passes what the client sends to the owner, and what the owner says to the client."""

import asyncio
from typing import Any

from ...exceptions import HandshakeError
from ...metrics import count
from ..request import check_size
from .takeover import WILLING
from .tunnel import Broken, Tunnel

UPGRADE = "5"


class Elsewhere(HandshakeError):
    """The session of a request is another engine's. To a client that cannot be helped it is an unknown one."""

    def __init__(self, tag: bytes) -> None:
        super().__init__(1)
        self.tag = tag


async def forward(exchange: Any, tag: bytes, request: Any, receive: Any, send: Any) -> bytes | None:
    """Serves a request of another engine's session. Raises ``HandshakeError`` while nothing has been answered.

    Returns None, or the session if that moves here with its websocket.
    """
    check_size(request)
    tunnel = await exchange.open(tag, offering(exchange.engine, request.scope))
    asking = Asking(tunnel, request.scope, receive, send)
    failed = True
    try:
        failed = not await asking.run()
    finally:
        exchange.finish(exchange.asked, tag, tunnel, failed)
    moved: bytes | None = tunnel.moved
    return moved


def offering(engine: Any, scope: dict[str, Any]) -> dict[str, Any]:
    """The scope of a websocket that says whether its session may move here."""
    if scope["type"] != "websocket" or not engine.willing:
        return scope
    return {**scope, "extensions": {**(scope.get("extensions") or {}), WILLING: {}}}


class Asking:
    """One forwarded request, its client's side."""

    def __init__(self, tunnel: Tunnel, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self._tunnel, self._receive, self._send = tunnel, receive, send
        self._has_body = scope.get("method") not in ("GET", "HEAD")
        self._start: dict[str, Any] | None = None  # of an HTTP answer whose body has not come yet
        self._left = self._answered = self._open = self._upgraded = False

    async def run(self) -> bool:
        """True if all that the owner said was passed on while the client was there. Raises ``HandshakeError``."""
        listening = asyncio.ensure_future(self._listen())
        try:
            while (event := await self._tunnel.receive()) is not None:
                await self._say(event)
        except Broken:
            if self._open and not self._left:
                await self._close({"type": "websocket.close", "code": 1001})
        finally:
            listening.cancel()
        if not self._answered and not self._left:
            count("forwards_failed")
            raise HandshakeError(1)
        return self._answered and not self._tunnel.failed

    async def _say(self, event: dict[str, Any]) -> None:
        """Passes an event on. An HTTP answer begins when it is all there: until then it can still be another."""
        if event["type"] == "http.response.start":
            self._start = event
        elif not (self._left and event["type"] == "http.response.body"):
            self._answered, self._open = True, event["type"] in ("websocket.accept", "websocket.send")
            if self._start is not None:
                await self._send(self._start)
                self._start = None
            await (self._close if event["type"] == "websocket.close" else self._send)(event)

    async def _close(self, event: dict[str, Any]) -> None:
        try:
            await self._send(event)
        except Exception:  # daphne lets applications close with 1000 and private codes only
            await self._send({"type": "websocket.close"})

    async def _listen(self) -> None:
        """What the client sends, until it leaves."""
        while not self._left:
            event = await self._receive()
            self._left = event["type"].endswith(".disconnect")
            if event["type"] != "http.request" or self._has_body:
                try:
                    await self._tunnel.send(event)
                except Broken:
                    return
            if event.get("text") == UPGRADE and not self._upgraded:  # what comes next may be for ourselves
                self._upgraded = True
                if not await self._tunnel.settled():
                    return
