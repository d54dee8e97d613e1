"""HTTP answers: bodies, error codes, CORS, the cookie, compression."""

import asyncio
import gzip
import json
import zlib
from typing import Any

from ..types import Send
from .request import listed_origin

TEXT = "text/plain; charset=UTF-8"
HTML = "text/html"
_THREAD_FROM = 65_536  # bytes; compressing less than this blocks the loop for under a millisecond


async def answer(
    request: Any,
    send: Send,
    status: int,
    body: Any = b"",
    content_type: Any = TEXT,
    extra: Any = (),
    first: bool = False,
) -> None:
    """Sends a whole HTTP answer with the headers that every answer of the engine has."""
    headers = [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store"), *extra]
    if body or status == 200:
        headers.append((b"content-type", content_type.encode()))
    if any(mark in request.headers.get("user-agent", "") for mark in (";MSIE", "Trident/", "; MSIE")):
        headers.append((b"x-xss-protection", b"0"))  # Internet Explorer's filter breaks polling (socket.io#1303)
    headers += cors(request)
    _call_hooks(request, headers, first)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _call_hooks(request: Any, headers: Any, first: bool) -> None:
    if first and request.options.initial_headers:
        request.options.initial_headers(headers, request.scope)
    if request.options.headers:
        request.options.headers(headers, request.scope)


async def refuse(request: Any, send: Send, error: Any) -> None:
    """The JSON body of a refused request."""
    body = json.dumps({"code": error.code, "message": error.message}, separators=(",", ":"), ensure_ascii=False)
    await answer(request, send, error.status, body.encode(), "application/json")


# -- CORS ---------------------------------------------------------------------------------------------------


def cors(request: Any, preflight: Any = False) -> Any:
    """The CORS headers of an answer; none unless origins are configured and the request's is one of them."""
    options, origin = request.options, request.headers.get("origin")
    if not options.cors_allowed_origins:
        return []
    anybody = listed_origin("*", options) and not options.cors_allow_credentials
    headers = [] if anybody else [(b"vary", b"Origin")]
    if anybody or (origin and listed_origin(origin, options)):
        headers.append((b"access-control-allow-origin", b"*" if anybody else origin.encode("latin-1")))
    if options.cors_allow_credentials:
        headers.append((b"access-control-allow-credentials", b"true"))
    if options.cors_expose_headers:
        headers.append((b"access-control-expose-headers", ",".join(options.cors_expose_headers).encode()))
    return headers


async def preflight(request: Any, send: Send) -> None:
    """The answer to OPTIONS where CORS is configured: an origin that may not come gets no allow-origin header."""
    options = request.options
    names = ",".join(options.cors_allow_headers) or request.headers.get("access-control-request-headers", "")
    extra = [(b"access-control-allow-methods", ",".join(options.cors_allow_methods).encode())]
    if names:
        extra.append((b"access-control-allow-headers", names.encode("latin-1")))
    if options.cors_preflight_max_age is not None:
        extra.append((b"access-control-max-age", str(options.cors_preflight_max_age).encode()))
    await answer(request, send, options.cors_preflight_status, extra=extra)


# -- the cookie ---------------------------------------------------------------------------------------------


def cookie_header(option: Any, sid: str) -> Any:
    """The Set-Cookie header with the session id, on the polling handshake only; Node's ``cookie`` option."""
    given = option if isinstance(option, dict) else {"name": option if isinstance(option, str) else "io"}
    path = given.get("path", "/")
    parts = [f"{given.get('name', 'io')}={sid}"]
    if given.get("max_age") is not None:
        parts.append(f"Max-Age={int(given['max_age'])}")
    if path:
        parts.append(f"Path={path}")
    if given.get("http_only", True) and path:  # as Node: without a path there is no HttpOnly
        parts.append("HttpOnly")
    if given.get("secure"):
        parts.append("Secure")
    same_site = given.get("same_site", "lax")
    if same_site:
        parts.append(f"SameSite={str(same_site).capitalize()}")
    return b"set-cookie", "; ".join(parts).encode("latin-1")


# -- compression --------------------------------------------------------------------------------------------


async def compress(request: Any, body: Any) -> Any:
    """The body, and the headers that say how it was compressed: gzip or deflate from the threshold on."""
    threshold = request.options.compression_threshold
    encoding = _accepted(request.headers.get("accept-encoding", ""))
    if threshold is None or len(body) < threshold or encoding is None:
        return body, []
    pack = gzip.compress if encoding == "gzip" else zlib.compress
    packed = pack(body) if len(body) < _THREAD_FROM else await asyncio.to_thread(pack, body)
    return packed, [(b"content-encoding", encoding.encode()), (b"vary", b"Accept-Encoding")]


def _accepted(header: Any) -> Any:
    """gzip or deflate, whichever the client takes, or None."""
    offered = {}
    for part in header.lower().split(","):
        name, _, quality = part.partition(";")
        offered[name.strip()] = quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return next((name for name in ("gzip", "deflate") if offered.get(name)), None)
