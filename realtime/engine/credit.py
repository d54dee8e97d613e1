"""Back-pressure where the server has none: daphne takes whatever is sent to a websocket into memory, without end.

A client of protocol 4 answers a ping, and comes to it only behind all that was sent before. So one that gets much is
pinged in between, and what goes beyond two ``WINDOW`` waits in its outbox, as with servers that make us wait. Who
answers without having read is trusted: this is for slow clients, not against hostile ones.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any

from ..readyframes import writer
from ..types import Message, Scope, Send

WINDOW = 1_000_000  # bytes
PING: Message = {"type": "websocket.send", "text": "2"}


def paced(client: Any, scope: Scope, send: Send) -> Send:
    """``send``, or one that waits in its place. daphne is the server that does not say which ASGI it speaks."""
    waits = "spec_version" in scope.get("asgi", {"spec_version": None}) or writer(scope) is not None
    if waits or client.session.revision != 4:
        return send
    credit = client.credit = Credit(send)
    return credit.send


class Credit:
    """How much one client was sent, and has not shown to have read."""

    __slots__ = ("_asked", "_over", "_proof", "_send", "_unproven")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._unproven = self._asked = 0  # bytes; those before the ping
        self._proof: asyncio.Future[None] | None = None  # of the ping, while it is out
        self._over = False

    def send(self, message: Message) -> Awaitable[None]:
        """One message; then it waits for the pong, if too much is out. No coroutine of its own as a rule: 1 us."""
        self._unproven += len(message.get("text") or message.get("bytes") or "")
        return self._send(message) if self._unproven <= WINDOW else self._send_and_wait(message)

    async def _send_and_wait(self, message: Message) -> None:
        await self._send(message)
        if self._over or message["type"] != "websocket.send":
            return
        if self._proof is None:
            self._asked, self._proof = self._unproven, asyncio.get_running_loop().create_future()
            await self._send(PING)
        if self._unproven > 2 * WINDOW and self._proof is not None:
            await self._proof

    def proven(self) -> None:
        """A pong has come."""
        proof, self._proof = self._proof, None
        if proof is not None:
            self._unproven -= self._asked
            if not proof.done():
                proof.set_result(None)

    def end(self) -> None:
        """The websocket is over: nobody waits any more."""
        self._over = True
        self.proven()
