"""One HTTP request or websocket handshake, and whether it may pass."""

import inspect
from typing import Any
from urllib.parse import urlsplit

from ..engineio.handshake import check_opening, check_revision, check_session, check_transport, parse_query
from ..exceptions import HandshakeError
from ..metrics import count
from ..types import Scope

DEFAULT_PORTS = {"http": 80, "https": 443}


def headers_of(scope: Scope) -> dict[str, str]:
    """The request's headers as a dict of lower-case names; a name given twice is joined, as HTTP allows."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        name, value = name.decode("latin-1").lower(), value.decode("latin-1")
        separator = "; " if name == "cookie" else ", "  # RFC 9113 section 8.2.3, RFC 9110 section 5.2
        headers[name] = f"{headers[name]}{separator}{value}" if name in headers else value
    return headers


class Request:
    """What a transport needs to know of an ASGI scope. Short-lived: a websocket keeps the scope, not this."""

    __slots__ = ("headers", "method", "options", "query", "scope")

    def __init__(self, scope: Scope, options: Any) -> None:
        self.scope = scope
        self.options = options
        self.headers = headers_of(scope)
        self.query = parse_query(scope.get("query_string", b""))
        self.method = scope.get("method", "GET")

    @property
    def is_websocket(self) -> bool:
        return bool(self.scope["type"] == "websocket")

    @property
    def identity(self) -> Any:
        """Who asks: a session belongs to the identity that opened it. None where nobody tells identities apart."""
        identify = self.options.identify
        return identify(self.scope, self.headers) if identify else None


async def admit(engine: Any, request: Any) -> Any:
    """The ``Client`` that the request's sid names, or None if it may open a session. Raises ``HandshakeError``.

    The order of the checks is Node's (server.ts verify); the origin's is ours, and comes before any look at a sid.
    """
    check_transport(request.query, request.options.transports)
    check_origin(request)
    if request.query.sid is not None:
        client = engine.find(request.query.sid, request)
        check_session(request.query, client.session, request.is_websocket)
        return client
    check_opening(request.query, request.method, request.is_websocket)
    check_size(request)
    await check_allowed(request)
    check_revision(request.query, request.options.allow_eio3)
    if 0 < request.options.max_clients <= len(engine.clients):
        count("clients_refused")
        raise HandshakeError(4, "Too many clients")
    return None


def check_size(request: Any) -> None:
    """Code 3 for a handshake over ``max_header_bytes``: some servers take headers of any size (uvicorn's httptools)."""
    size = len(request.scope.get("query_string", b""))
    size += sum(len(name) + len(value) for name, value in request.scope["headers"])
    if size > request.options.max_header_bytes:
        count("handshakes_too_large")
        raise HandshakeError(3)


async def check_allowed(request: Any) -> None:
    """Code 4 if the application's ``allow_request`` says no: False, or a message."""
    if request.options.allow_request is None:
        return
    answer = request.options.allow_request(request.scope)
    if inspect.isawaitable(answer):
        answer = await answer
    if answer is not True:
        raise HandshakeError(4, answer if isinstance(answer, str) else None)


# -- origins ------------------------------------------------------------------------------------------------


def check_origin(request: Any) -> None:
    """Code 3 for an Origin that is no header value, code 4 for one that may not come here."""
    if any(character < " " or character == "\x7f" for character in request.headers.get("origin", "")):
        raise HandshakeError(3)
    allowed = request.options.check_origin or same_origin
    answer = allowed(request.scope, request.headers, request.options)
    if answer is not True and inspect.iscoroutine(answer):
        answer.close()
        raise TypeError("CHECK_ORIGIN must be a plain function: whatever awaits is true, and every origin could come")
    if not answer:
        count("origins_refused")
        raise HandshakeError(4)


def same_origin(scope: Scope, headers: Any, options: Any) -> bool:
    """The rule where no other is given: an Origin must be the request's own, or be listed for CORS.

    A request without one passes unless the browser says that another site sent it.
    """
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site") not in ("cross-site", "same-site")
    if listed_origin(origin, options):
        return True
    scheme = {"ws": "http", "wss": "https"}.get(scope.get("scheme", "http"), scope.get("scheme", "http"))
    own = _parts(f"{scheme}://{headers.get('host', '')}")
    return own is not None and _parts(origin) == own


def listed_origin(origin: str, options: Any) -> bool:
    """Whether ``cors_allowed_origins`` holds this origin, letter for letter."""
    allowed = options.cors_allowed_origins
    return not {"*", origin}.isdisjoint([allowed] if isinstance(allowed, str) else allowed)


def _parts(origin: str) -> Any:
    """Scheme, host and port of an origin, or None if it is not one."""
    try:
        url = urlsplit(origin)
        port = url.port or DEFAULT_PORTS.get(url.scheme)
    except ValueError:
        return None
    if not url.hostname or url.scheme not in DEFAULT_PORTS or url.path or url.query or url.fragment or "@" in origin:
        return None
    return url.scheme, url.hostname, port
