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

    @property
    def status(self) -> int:
        """That of the HTTP answer."""
        return 403 if self.code == 4 else 400


class ServerStopping(HandshakeError):
    """A request for a new session while this process stops: 503, so that a load balancer asks another one."""

    def __init__(self) -> None:
        super().__init__(3, "Server is stopping")

    @property
    def status(self) -> int:
        return 503


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


class ClusterTimeout(AckTimeout):
    """Other processes did not answer in time.

    ``responses`` holds what was answered (acknowledgements, sockets, answers of processes), ``missing`` the ids of
    sockets that did not acknowledge in processes that did answer. ``asked`` is how many processes were asked,
    ``answered`` how many of them did answer, ``silent`` the names of the others, each ``"host:process id"``.
    """

    def __init__(
        self,
        responses: Iterable[Any] = (),
        missing: Iterable[str] = (),
        *,
        asked: int = 0,
        silent: Iterable[str] = (),
        clients: str = "",
    ) -> None:
        self.asked, self.silent = asked, list(silent)
        self.answered = asked - len(self.silent)
        if not asked:
            said = "no process answered in time: does a server run on this channel layer?"
        else:
            said = f"{self.answered} of {asked} other processes answered in time; silent: {', '.join(self.silent)}"
        super().__init__(f"{said}; {clients}" if clients else said, responses, missing)


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
    """Raise it in an event handler: the client's ack gets ``{"error": {"code", "message", "data"?}}``.

    In ``connect`` it refuses: the client gets ``connect_error`` with the message, and ``data`` with the code in it.
    """

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

    def as_refusal(self) -> dict[str, Any]:
        """The data of a refused connection, where the message stands beside it."""
        more = self.data if isinstance(self.data, dict) else {} if self.data is None else {"data": self.data}
        return {**more, "code": self.code}


class RoomRefused(EventError, ValueError):
    """A room that this socket may not join: another socket's own, or one over ``MAX_ROOMS``.

    An ``EventError``, so that a handler which joins what a client names answers with ``forbidden``.
    """

    def __init__(self, message: Any, code: Any = "forbidden") -> None:
        super().__init__(message, code)


class NotARoom(RoomRefused, TypeError):
    """Neither a str nor a model instance, where a room was expected: what a client sent, or what a program wrote.

    An ``EventError`` too, so that a handler which joins what a client names answers with ``bad_arguments``.
    """

    def __init__(self, room: Any) -> None:
        super().__init__(f"expected a room name, a str or a model instance, not {type(room).__name__}", "bad_arguments")


class NotAUser(RoomRefused, TypeError):
    """Neither a user who is saved nor a primary key, where one was expected: as ``NotARoom``."""

    def __init__(self, message: Any) -> None:
        super().__init__(message, "bad_arguments")


# -- our or the application's fault -------------------------------------------------------------------------


class EncodeError(RealtimeError, TypeError):
    """Something that the parser cannot carry, such as ``NaN`` or an object without a JSON form."""


class BroadcastError(RealtimeError):
    """The channel layer could not be reached: ``local`` sockets of this process have the event, others may not.

    ``responses`` holds what ``fetch_sockets`` and ``call`` had from the sockets of this process.
    """

    def __init__(
        self, message: Any = "the other processes could not be reached", local: Any = 0, responses: Iterable[Any] = ()
    ) -> None:
        super().__init__(message)
        self.local = local
        self.responses = list(responses)


class ServerStopped(RealtimeError, RuntimeError):
    """A thread outlived the server of its process, so nobody is there any more to do this."""


class CrossProcessLayerError(RealtimeError):
    """An emit that nobody could ever receive: an in-memory channel layer, and no EngineIO in this process."""


class SessionGone(RealtimeError):
    """The Django session of this socket was deleted (logged out) or has expired."""
