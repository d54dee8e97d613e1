"""An HTTP request: refused as soon as it is known to be too large, its body left where it is until it is asked for."""

import io
from typing import Any

from daphne.http_protocol import WebRequest
from twisted.internet import reactor

from ...metrics import count
from .flow import Outgoing

REFUSAL = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
STILL_READ = 2_000_000  # bytes, and seconds, that a refused client may go on sending: cut at once, it would not see
STILL_WAIT = 2.0  # the answer (RFC 9112 section 9.6)


class Request(WebRequest):
    """daphne's request with bounds where the application names some for its path, see ``Server.body_limits``."""

    _limit: Any = None
    _received = 0
    _refused = False
    _timer: Any = None

    def gotLength(self, length: Any) -> None:  # noqa: N802 - Twisted's names
        """The headers are here; ``length`` is what they announce, or None."""
        limits = self.server.body_limits(getattr(self.channel, "_path", b""))
        super().gotLength(length if limits is None else min(length or 0, limits[0]))
        if limits is not None and length != 0:
            self._limit, seconds = limits
            self._timer = reactor.callLater(seconds, self._refuse, b"408 Request Timeout", "bodies_late")
            if length is not None and length > self._limit:
                self._refuse(b"413 Content Too Large", "bodies_refused")

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """A piece of the body."""
        self._received += len(data)
        if self._refused:
            if self._received > STILL_READ:
                self.channel.transport.abortConnection()
        elif self._limit is not None and self._received > self._limit:
            self._refuse(b"413 Content Too Large", "bodies_refused")
        else:
            super().handleContentChunk(data)

    def _refuse(self, status: bytes, metric: str) -> None:
        count(metric)
        self._refused, self._received = True, 0
        self.channel.transport.write(REFUSAL % status)
        self._set_timer(STILL_WAIT)

    def _set_timer(self, seconds: Any) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = reactor.callLater(seconds, self.channel.transport.abortConnection) if seconds else None

    def process(self) -> Any:
        """The body is here."""
        self._set_timer(None)
        if self._refused:
            return self.channel.loseConnection()
        return super().process()

    def take_content(self) -> Any:
        """The body's file. daphne, which would read all of it into memory, is left an empty one."""
        content: Any = getattr(self, "content")  # noqa: B009 (Twisted's)
        self.content = io.BytesIO()
        return content

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        self._set_timer(None)
        super().connectionLost(reason)

    # -- the answer -----------------------------------------------------------------------------------------

    flow: Any = None  # of an answer in several pieces

    def handle_reply(self, message: Any) -> None:
        streamed = message["type"] == "http.response.body" and message.get("more_body")
        if streamed and self.flow is None and not self.finished and self.channel is not None:
            self.flow = Outgoing()
            self.registerProducer(self.flow, True)
        super().handle_reply(message)

    def finish(self) -> None:
        if self.flow is not None:
            self.unregisterProducer()
            self.flow.stopProducing()
            self.flow = None
        super().finish()
