"""What goes into the logs: the tree ``realtime.*``, the fields of its records, and ``DEBUG=socket.io*``.

Transport ids and cookies never do, payloads at DEBUG alone.
"""

import logging
import re
import sys
import time
from collections.abc import Iterable
from typing import Any, TextIO

# Our loggers, by the names that users of Socket.IO know.
NAMES = {
    "engine": "realtime.engine",
    "socket.io:socket": "realtime.socket",
    "socket.io:client": "realtime.consumers",
    "socket.io-adapter": "realtime.rooms",
    "socket.io-stream": "realtime.streams",
    "socket.io:security": "realtime.security",
}
FIELDS = ("sid", "namespace", "user")
NOBODY: dict[str, Any] = dict.fromkeys(FIELDS)  # of a record that is about no socket
SHOWN = 14  # characters cut off an id that is a secret
REASON = 300  # characters of an error's words


class Fields(logging.Filter):
    """For handlers whose format has ``%(sid)s``, ``%(namespace)s`` or ``%(user)s``: ``-`` where a record has none."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name in FIELDS:
            if getattr(record, name, None) is None:
                setattr(record, name, "-")
        return True


def loggable(sid: str, protocol: int | None) -> str:
    """The id for a log. With protocol 3 it is the transport's too, so there it is cut: 36 bits, enough to find it."""
    return sid if protocol != 3 else f"{sid[:-SHOWN]}..."


def printable(name: str) -> str:
    """A peer's word, which may hold line ends and terminal codes, for a log."""
    return name if name.isprintable() else ascii(name)[1:-1]


def because(error: BaseException | None) -> str:
    """What went wrong, in one line: the kind of error and its words, which redis-py keeps out of its ``repr``."""
    return printable(f"{type(error).__name__}: {error}"[:REASON].removesuffix(": "))


def about_scope(scope: dict[str, Any]) -> dict[str, str | None]:
    """The ``extra`` of a record about the socket of an application call."""
    protocol = scope.get("handshake", {}).get("protocol")
    user = getattr(scope.get("user"), "pk", None)
    return {
        "sid": loggable(scope["sid"], protocol),
        "namespace": printable(scope["namespace"]),
        "user": None if user is None else str(user),
    }


# -- Python's warnings under daphne ---------------------------------------------------------------------------


def let_warnings_through() -> None:
    """Has Python's warnings logged by ``py.warnings`` where Twisted takes them for its own log.

    daphne throws that log away, and with it what tells of a coroutine that nobody awaited: an ``emit`` that sends
    nothing. Without Twisted it does nothing, nor before daphne has started.
    """
    if "twisted.logger" in sys.modules:
        sys.modules["twisted.logger"].globalLogPublisher.addObserver(_warned)


def _warned(event: dict[str, Any]) -> None:
    if "warning" in event and "lineno" in event:
        text = "{filename}:{lineno}: {category}: {warning}".format_map(event)
        logging.getLogger("py.warnings").warning("%s", text)


# -- DEBUG=socket.io* -----------------------------------------------------------------------------------------


def chosen(patterns: str) -> list[str]:
    """The names of ``NAMES`` that a value of DEBUG asks for: patterns with ``*``; ``-`` in front of one leaves out."""
    wanted: list[re.Pattern[str]] = []
    unwanted: list[re.Pattern[str]] = []
    for pattern in re.split(r"[\s,]+", patterns):
        if pattern.strip("-"):
            (unwanted if pattern[0] == "-" else wanted).append(_expression(pattern.removeprefix("-")))
    return [name for name in NAMES if _any(wanted, name) and not _any(unwanted, name)]


def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))))


def _any(expressions: Iterable[re.Pattern[str]], name: str) -> bool:
    return any(expression.fullmatch(name) for expression in expressions)


def obey(patterns: str) -> None:
    """Shows what ``DEBUG`` asks for on stderr, whatever ``LOGGING`` says; other values of DEBUG mean nothing here."""
    for name in chosen(patterns):
        logger = logging.getLogger(NAMES[name])
        logger.setLevel(logging.DEBUG)
        if not any(isinstance(handler, Shown) for handler in logger.handlers):
            logger.addHandler(Shown(name))


class Shown(logging.StreamHandler[TextIO]):
    """Lines as npm's ``debug`` writes them: the name, the message, the time since the last one."""

    def __init__(self, name: str) -> None:
        super().__init__(sys.stderr)
        self.name = name
        self._last: float | None = None
        self.addFilter(Fields())

    def format(self, record: logging.LogRecord) -> str:
        now, last = time.monotonic(), self._last
        self._last = now
        where = " ".join(str(part) for part in map(vars(record).get, ("namespace", "sid")) if part != "-")
        text = super().format(record)
        return f"  {self.name} {where and where + ' '}{text} +{round((now - (last or now)) * 1000)}ms"
