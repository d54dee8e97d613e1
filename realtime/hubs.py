"""The hubs of this process: one for each event loop, parser and channel layer. Floor 2."""

import threading
from typing import Any

from .socketio.parser import parser as built_in

_hubs: dict[Any, Any] = {}
_lock = threading.Lock()


def hubs() -> Any:
    """The hubs of this process whose loop is alive."""
    with _lock:
        for key in [key for key, hub in _hubs.items() if hub.loop.is_closed()]:
            del _hubs[key]
        return list(_hubs.values())


def others(hub: Any) -> Any:
    """The hubs of this process but this one."""
    return [other for other in hubs() if other is not hub] if len(_hubs) > 1 else ()


def hub_at(key: Any) -> Any:
    """The hub that was put there, or None."""
    return _hubs.get(key)


def put(key: Any, hub: Any) -> None:
    """Adds a hub; from now on the others tell it what is broadcast."""
    with _lock:
        _hubs[key] = hub


def parser_called(name: str) -> Any:
    """The parser of this name: one that a hub of this process has, or one of ours."""
    if not isinstance(name, str):
        raise ValueError("the parser's name is a string")
    return next((hub.parser for hub in hubs() if hub.parser.name == name), None) or built_in(name)
