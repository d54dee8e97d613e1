"""Every error of the library, in two families: the peer broke the rules, or we (or the application) did.

Floor 0: imports nothing.
"""

from collections.abc import Iterable
from typing import Any


class RealtimeError(Exception):
    """The root of everything raised on purpose by this package."""


# -- the peer's fault ---------------------------------------------------------------------------------------


class PeerError(RealtimeError):
    """The other side broke a protocol rule. Never the application's fault, never logged with a traceback."""


class PacketError(PeerError):
    """A frame, payload or packet that the Engine.IO or Socket.IO protocol does not allow."""


class HandshakeError(PeerError):
    """A request that may not open or use a session.

    ``code`` is Engine.IO's number (0 to 5), ``message`` the text that goes to the client with it.
    """

    MESSAGES = {
        0: "Transport unknown",
        1: "Session ID unknown",
        2: "Bad handshake method",
        3: "Bad request",
        4: "Forbidden",
        5: "Unsupported protocol version",
    }

    def __init__(self, code: Any, message: Any = None) -> None:
        self.code = code
        self.message = message or self.MESSAGES[code]
        super().__init__(f"{code} {self.message}")


class AckTimeout(RealtimeError, TimeoutError):
    """An acknowledgement did not arrive in time.

    ``responses`` holds the answers of a broadcast that did arrive, ``missing`` the ids of the sockets that did not
    answer.
    """

    def __init__(
        self,
        message: str = "the acknowledgement did not arrive in time",
        responses: Iterable[Any] = (),
        missing: Iterable[str] = (),
    ) -> None:
        super().__init__(message)
        self.responses = list(responses)
        self.missing = list(missing)


class Disconnected(RealtimeError):
    """The client left before it acknowledged."""


# -- said by the application to the client ------------------------------------------------------------------


class ConnectionRefused(RealtimeError):
    """Raise it in ``connect`` to refuse: the client gets ``connect_error`` with this message and ``data``.

    ``data`` is any JSON value (``None``: none). Socket.IO protocol 4 clients get ``data`` instead of the message
    where there is some, as with Node.
    """

    def __init__(self, message: Any = "Connection refused", data: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.data = data


class EventError(RealtimeError):
    """Raise it in an event handler: the client's ack gets ``{"error": {"code", "message", "data"?}}``."""

    def __init__(self, message: Any = "", code: Any = "error", data: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.data = data

    def as_argument(self) -> dict[str, Any]:
        """The one argument of an error ack."""
        error = {"code": self.code, "message": self.message}
        if self.data is not None:
            error["data"] = self.data
        return {"error": error}


class RoomRefused(EventError, ValueError):
    """A room that this socket may not join: another socket's own, or one over ``MAX_ROOMS``.

    An ``EventError``, so that a handler which joins what a client names answers with ``forbidden``.
    """

    def __init__(self, message: Any) -> None:
        super().__init__(message, code="forbidden")


# -- our or the application's fault -------------------------------------------------------------------------


class EncodeError(RealtimeError, TypeError):
    """Something that the parser cannot carry, such as ``NaN`` or an object without a JSON form."""


class BroadcastError(RealtimeError):
    """The channel layer could not be reached: ``local`` sockets of this process have the event, others may not."""

    def __init__(self, message: Any = "the other processes could not be reached", local: Any = 0) -> None:
        super().__init__(message)
        self.local = local


class CrossProcessLayerError(RealtimeError):
    """An emit that nobody could ever receive: an in-memory channel layer, and no EngineIO in this process."""


class SessionGone(RealtimeError):
    """The Django session of this socket was deleted (logged out) or has expired."""
