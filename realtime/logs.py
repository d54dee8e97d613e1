"""What goes into the logs: the tree ``realtime.*``, the fields of its records, and ``DEBUG=socket.io*``.

Transport ids and cookies never do, payloads at DEBUG alone.
"""

import logging
import re
import sys
import time

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
NOBODY = dict.fromkeys(FIELDS)  # of a record that is about no socket
SHOWN = 14  # characters cut off an id that is a secret


class Fields(logging.Filter):
    """For handlers whose format has ``%(sid)s``, ``%(namespace)s`` or ``%(user)s``: ``-`` where a record has none."""

    def filter(self, record):
        for name in FIELDS:
            if getattr(record, name, None) is None:
                setattr(record, name, "-")
        return True


def loggable(sid, protocol):
    """The id for a log. With protocol 3 it is the transport's too, so there it is cut: 36 bits, enough to find it."""
    return sid if protocol != 3 else f"{sid[:-SHOWN]}..."


def printable(name):
    """A peer's word, which may hold line ends and terminal codes, for a log."""
    return name if name.isprintable() else ascii(name)[1:-1]


def about_scope(scope):
    """The ``extra`` of a record about the socket of an application call."""
    protocol = scope.get("handshake", {}).get("protocol")
    user = getattr(scope.get("user"), "pk", None)
    return {
        "sid": loggable(scope["sid"], protocol),
        "namespace": printable(scope["namespace"]),
        "user": None if user is None else str(user),
    }


# -- DEBUG=socket.io* -----------------------------------------------------------------------------------------


def chosen(patterns):
    """The names of ``NAMES`` that a value of DEBUG asks for: patterns with ``*``; ``-`` in front of one leaves out."""
    wanted, unwanted = [], []
    for pattern in re.split(r"[\s,]+", patterns):
        if pattern.strip("-"):
            (unwanted if pattern[0] == "-" else wanted).append(_expression(pattern.removeprefix("-")))
    return [name for name in NAMES if _any(wanted, name) and not _any(unwanted, name)]


def _expression(pattern):
    return re.compile(".*".join(map(re.escape, pattern.split("*"))))


def _any(expressions, name):
    return any(expression.fullmatch(name) for expression in expressions)


def obey(patterns):
    """Shows what ``DEBUG`` asks for on stderr, whatever ``LOGGING`` says; other values of DEBUG mean nothing here."""
    for name in chosen(patterns):
        logger = logging.getLogger(NAMES[name])
        logger.setLevel(logging.DEBUG)
        if not any(isinstance(handler, Shown) for handler in logger.handlers):
            logger.addHandler(Shown(name))


class Shown(logging.StreamHandler):
    """Lines as npm's ``debug`` writes them: the name, the message, the time since the last one."""

    def __init__(self, name):
        super().__init__(sys.stderr)
        self.name, self._last = name, None
        self.addFilter(Fields())

    def format(self, record):
        now, last = time.monotonic(), self._last
        self._last = now
        where = " ".join(str(part) for part in (record.namespace, record.sid) if part != "-")
        text = super().format(record)
        return f"  {self.name} {where and where + ' '}{text} +{round((now - (last or now)) * 1000)}ms"
