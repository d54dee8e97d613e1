"""What a request asks for: its query, and the checks in the order in which Node makes them.

The order decides which error a wrong request gets, and clients and their tests look at it.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl

from ..exceptions import HandshakeError

if TYPE_CHECKING:
    from .session import Session

TRANSPORTS = ("polling", "websocket")


class Query(NamedTuple):
    """The engine's own parameters of a query string; all others are the application's."""

    transport: str = ""
    revision: int | None = None  # 3 or 4; None is anything else, a missing EIO too
    sid: str | None = None
    base64: bool = False
    jsonp: str | None = None  # digits, "" if there were none in j


def parse_query(query_string: bytes) -> Query:
    """The ``Query`` in the bytes of a query string. Never raises: nonsense is a query that no check lets pass."""
    try:
        given = dict(parse_qsl(query_string.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=1000))
    except ValueError:
        return Query()
    index = given.get("j")
    return Query(
        transport=given.get("transport", ""),
        revision={"3": 3, "4": 4}.get(given.get("EIO", "")),
        sid=given.get("sid"),
        base64=given.get("b64") in ("1", "true"),
        jsonp=None if index is None else "".join(digit for digit in index if digit in "0123456789"),
    )


def check_transport(query: Query, allowed: Collection[str]) -> None:
    """Code 0 for a transport that this server does not have."""
    if query.transport not in TRANSPORTS or query.transport not in allowed:
        raise HandshakeError(0)


def check_opening(query: Query, method: str, is_websocket: bool) -> None:
    """Codes 2 and 3 for a request without a sid that cannot open a session."""
    if method != "GET":
        raise HandshakeError(2)
    if query.transport == "websocket" and not is_websocket:
        raise HandshakeError(3)


def check_revision(query: Query, allow_eio3: bool) -> None:
    """Code 5 for anything but revision 4, and revision 3 where it is allowed.

    A missing or unknown EIO is refused, not served as 3: only so all three official suites pass in one configuration.
    """
    if query.revision is None or (query.revision == 3 and not allow_eio3):
        raise HandshakeError(5)


def check_session(query: Query, session: "Session", is_websocket: bool) -> None:
    """Code 3 for a request that does not fit the session that its sid names.

    A websocket may come to a polling session (an upgrade); any second one is accepted and closed elsewhere.
    """
    if query.revision is not None and query.revision != session.revision:
        raise HandshakeError(3)
    if not is_websocket and not query.transport == session.transport == "polling":
        raise HandshakeError(3)
