"""Websocket frames made once and written as they are: the bytes, and the name of the ASGI extension that takes them.

docs/spec/frames.md is the contract of the extension.
"""

from collections.abc import Callable, Mapping
from typing import Any

Scope = Mapping[str, Any]
EXTENSION = "realtime.frames"


def text_frame(text: str) -> bytes:
    """A whole text message as one frame from a server (RFC 6455, section 5.2)."""
    payload = text.encode()
    length = len(payload)
    return (_SHORT_TEXT[length] if length < 126 else _long_head(0x81, length)) + payload


def binary_frame(data: bytes) -> bytes:
    """The same of a binary message."""
    length = len(data)
    return (bytes((0x82, length)) if length < 126 else _long_head(0x82, length)) + data


def _long_head(first: int, length: int) -> bytes:
    if length < 65536:
        return bytes((first, 126)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")


_SHORT_TEXT = [bytes((0x81, length)) for length in range(126)]


def writer(scope: Scope) -> Callable[[bytes], bool] | None:
    """The extension's ``write``, where the websocket's server has it; else None."""
    found: Callable[[bytes], bool] | None = _extension(scope).get("write")
    return found


def reader(scope: Scope) -> Callable[[Any], None] | None:
    """The extension's ``read``, where the websocket's server has it; else None."""
    found: Callable[[Any], None] | None = _extension(scope).get("read")
    return found


def _extension(scope: Scope) -> Any:
    return (scope.get("extensions") or {}).get(EXTENSION) or {}
