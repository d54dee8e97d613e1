"""ASGI scopes and events as bytes, and back: strictly what a request may have. Pure.

What comes out is checked here, so that no process sends its server what that has never heard of.
"""

import json
import struct
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ...exceptions import PeerError

_FRONT = struct.Struct(">BBI")  # type, flags, bytes of the fields
TEXT, MORE = 1, 2
HTTP, WEBSOCKET = "http", "websocket"

# Event -> its fields other than a body. The order is what travels: new ones go to the end.
TO_THE_APPLICATION: dict[str, tuple[str, ...]] = {
    "http.request": (),
    "http.disconnect": (),
    "websocket.receive": (),
    "websocket.disconnect": ("code", "reason"),
}
TO_THE_SERVER: dict[str, tuple[str, ...]] = {
    "http.response.start": ("status", "headers"),
    "http.response.body": (),
    "websocket.accept": ("subprotocol", "headers"),
    "websocket.send": (),
    "websocket.close": ("code", "reason"),
    "websocket.http.response.start": ("status", "headers"),
    "websocket.http.response.body": (),
}
FIELDS = {**TO_THE_APPLICATION, **TO_THE_SERVER}
NAMES = tuple(FIELDS)
BODIES = {"http.request", "http.response.body", "websocket.http.response.body"}
FRAMES = {"websocket.receive", "websocket.send"}
KINDS = {"status": int, "code": int, "reason": str, "subprotocol": str}

PLAIN = ("method", "http_version", "scheme", "path", "root_path")
RAW = ("raw_path", "query_string")
EXTENSIONS = ("websocket.http.response", "realtime.takeover")


Event = Mapping[str, Any]


class BadEvent(PeerError, ValueError):
    """Bytes that are no event, or one that may not travel this way."""


# -- events -------------------------------------------------------------------------------------------------


def pack_event(event: Event) -> bytes:
    """The bytes of an event. One that may not travel is a mistake of ours: ``KeyError``."""
    name, flags, body = event["type"], 0, b""
    fields: dict[str, Any] = {}
    for field in FIELDS[name]:
        if event.get(field) is not None:
            fields[field] = _listed(event[field]) if field == "headers" else event[field]
    if name in BODIES:
        body, flags = event.get("body", b""), MORE * bool(event.get("more_body"))
    elif name in FRAMES:
        text = event.get("text")
        body, flags = (event["bytes"], 0) if text is None else (text.encode("utf-8", "surrogatepass"), TEXT)
    head = json.dumps(fields).encode() if fields else b""
    return b"".join((_FRONT.pack(NAMES.index(name), flags, len(head)), head, body))


def unpack_event(data: bytes, allowed: Collection[str]) -> dict[str, Any]:
    """The event in these bytes, if it is one of ``allowed``. Raises ``BadEvent``."""
    try:
        number, flags, length = _FRONT.unpack_from(data)
        name, head = NAMES[number], data[_FRONT.size : _FRONT.size + length]
        if name not in allowed or len(head) != length:
            raise BadEvent(f"{name} may not travel this way")
        event = {"type": name, **_fields(name, json.loads(head) if head else {})}
        body = data[_FRONT.size + length :]
        if name in BODIES:
            event |= {"body": body, "more_body": bool(flags & MORE)}
        elif name in FRAMES:
            event |= {"text": body.decode("utf-8", "surrogatepass")} if flags & TEXT else {"bytes": body}
    except (struct.error, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BadEvent(f"expected an ASGI event: {error}") from None
    return event


def _fields(name: str, given: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in FIELDS[name]:
        if field == "headers":
            found[field] = _paired(given.get(field, []))
        elif field in given:
            if type(given[field]) is not KINDS[field]:
                raise BadEvent(f"{field} of {name} is {given[field]!r}")
            found[field] = given[field]
    if "status" in FIELDS[name] and not 100 <= found["status"] <= 599:
        raise BadEvent("no HTTP status")
    return found


# -- scopes -------------------------------------------------------------------------------------------------


def pack_scope(scope: Event) -> bytes:
    """The bytes of a scope: what an engine needs of it, and nothing that only its own process could use."""
    plain = {field: scope[field] for field in PLAIN if isinstance(scope.get(field), str)}
    raw = {field: scope[field].decode("latin-1") for field in RAW if scope.get(field) is not None}
    addresses = {field: list(scope[field]) for field in ("client", "server") if scope.get(field)}
    known = [name for name in EXTENSIONS if name in (scope.get("extensions") or {})]
    rest = {"type": scope["type"], "headers": _listed(scope["headers"]), "extensions": known}
    return json.dumps({**plain, **raw, **addresses, **rest}).encode()


def unpack_scope(data: bytes) -> dict[str, Any]:
    """The scope in these bytes. Raises ``BadEvent``."""
    try:
        given = json.loads(data)
        if given["type"] not in (HTTP, WEBSOCKET):
            raise BadEvent("expected http or websocket")
        scope = {"type": given["type"], "asgi": {"version": "3.0", "spec_version": "2.3"}}
        scope |= {field: _text(given[field]) for field in PLAIN if field in given}
        scope |= {field: given[field].encode("latin-1") for field in RAW if field in given}
        scope |= {field: _address(given[field]) for field in ("client", "server") if field in given}
        scope["headers"] = _paired(given["headers"])
        scope["extensions"] = {name: {} for name in EXTENSIONS if name in given["extensions"]}
        scope["path"], scope["query_string"]  # noqa: B018 - KeyError if there is none
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BadEvent(f"expected an ASGI scope: {error}") from None
    return scope


def _text(value: Any) -> str:
    if type(value) is not str:
        raise BadEvent("expected text")
    return str(value)


def _address(value: Any) -> list[Any]:
    if type(value) is not list or len(value) != 2 or type(value[0]) is not str:
        raise BadEvent("expected a host and a port")
    return value


def _listed(headers: Iterable[tuple[bytes, bytes]]) -> list[list[str]]:
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]


def _paired(headers: Any) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
