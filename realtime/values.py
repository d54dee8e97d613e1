"""Which values the options take: for the system checks, which say it before anything is served."""

import math
import re
import typing
from collections.abc import Callable, Sequence
from dataclasses import Field
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import urlsplit

from django.utils.module_loading import import_string

from realtime import conf
from realtime.recovery.config import recovery_from

# Of these numbers 0 is none: nothing would ever get in, out or done.
POSITIVE = frozenset(
    "ping_interval ping_timeout upgrade_timeout connect_timeout body_timeout forward_timeout "
    "max_http_buffer_size max_header_bytes max_inbox_events max_inbox_bytes max_outbox_bytes max_poll_packets "
    "max_post_packets max_concurrent_events max_namespaces max_name_length max_room_name_length max_json_depth "
    "sync_threads".split()
)
COOKIE = {"name": str, "path": str, "http_only": bool, "same_site": str, "secure": bool, "max_age": int}
TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)  # RFC 6265, section 4.1.1
COOKIE_WORDS = {
    "name": ("io", TOKEN),
    "path": ("/", re.compile(r"[ -:<-~]+")),
    "same_site": ("lax", re.compile("lax|strict|none", re.IGNORECASE)),
}
EXAMPLES = {
    "connection_state_recovery": {"MAX_DISCONNECTION_DURATION": 120},
    "cookie": {"name": "io", "secure": True},
    "cors_allowed_origins": ["https://app.example.com"],
    "cors_preflight_max_age": 600,
    "http_compression": {"threshold": 1024},
    "initial_packet": "hello",
    "json_decoder": "json.JSONDecoder",
    "json_encoder": "django.core.serializers.json.DjangoJSONEncoder",
    "middleware": ["mysite.live.middleware"],
}


NOT_AWAITED = ("check_origin", "identify", "initial_headers", "headers", "json_default")


def example(field: Field[Any]) -> Any:
    """A value that the option takes."""
    if field.name in EXAMPLES:
        return EXAMPLES[field.name]
    return f"mysite.live.{field.name}" if field.name in conf.CALLABLES else field.default


def fits(field: Field[Any], value: Any) -> bool:
    """Whether ``value`` is what the option takes."""
    special = SPECIAL.get(field.name)
    if special is not None:
        return bool(special(value))
    if field.name in conf.CLASSES:
        value = imported(value)
        return value is None or (isinstance(value, type) and issubclass(value, conf.CLASSES[field.name]))
    if field.name in NOT_AWAITED and iscoroutinefunction(imported(value)):
        return False
    if field.name in POSITIVE and value == 0:
        return False
    if typing.get_origin(field.type) is Sequence:
        return strings(value)
    return any(_fits(kind, value) for kind in typing.get_args(field.type) or [field.type])


def imported(value: Any) -> Any:
    """What an import path leads to; the path itself where it leads nowhere."""
    try:
        return import_string(value) if isinstance(value, str) else value
    except ImportError:
        return value


def leads_nowhere(name: str, value: Any) -> bool:
    """Whether this is an import path, where one may be given, of something that cannot be called or is not there."""
    if name == "middleware" and isinstance(value, list | tuple):
        return any(leads_nowhere("allow_request", item) for item in value)
    return name in conf.CALLABLES and isinstance(value, str) and not callable(imported(value))


def strings(value: Any) -> bool:
    return isinstance(value, list | tuple | set | frozenset) and all(isinstance(item, str) for item in value)


def is_origin(value: str) -> bool:
    """Whether a browser would send it: a scheme, a host, perhaps a port, and nothing behind them."""
    try:
        url = urlsplit(value)
        url.port  # noqa: B018 - raises for one that is none
    except ValueError:
        return False
    return bool(url.scheme and url.hostname) and value == f"{url.scheme}://{url.netloc}" and "@" not in value


def _fits(kind: Any, value: Any) -> bool:
    if kind is Any:
        return True
    if kind in (int, float):
        return isinstance(value, int | kind) and not isinstance(value, bool) and 0 <= value < math.inf
    if kind is Callable or typing.get_origin(kind) is Callable:
        return callable(value) or isinstance(value, str)  # or the import path of one
    return isinstance(value, kind)


def _transports(value: Any) -> bool:
    return strings(value) and bool(value) and set(value) <= {"polling", "websocket"}


def _middleware(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(callable(item) or isinstance(item, str) for item in value)


def _cookie(value: Any) -> bool:
    if isinstance(value, dict):
        right = all(key in COOKIE and (item is None or type(item) is COOKIE[key]) for key, item in value.items())
        return right and all(pattern.fullmatch(value.get(key) or fine) for key, (fine, pattern) in COOKIE_WORDS.items())
    return value is None or isinstance(value, bool) or (isinstance(value, str) and bool(TOKEN.fullmatch(value)))


def _compression(value: Any) -> bool:
    if isinstance(value, dict):
        return set(value) <= {"threshold"} and all(_fits(int, item) for item in value.values())
    return isinstance(value, bool)


def _origins(value: Any) -> bool:
    given = [value] if isinstance(value, str) else value
    return strings(given) and all(item == "*" or is_origin(item) for item in given)


def _recovery(value: Any) -> bool:
    return not reason("connection_state_recovery", value)


def reason(name: str, value: Any) -> str:
    """Why a value does not fit, behind a colon, for the option that has keys of its own; empty for others."""
    try:
        if name == "connection_state_recovery":
            recovery_from(value)
    except ValueError as error:
        return f": {error}"
    return ""


SPECIAL: dict[str, Callable[[Any], bool]] = {
    "auth_lost": lambda value: value in ("reconnect", "disconnect"),
    "connection_state_recovery": _recovery,
    "cookie": _cookie,
    "cors_allowed_origins": _origins,
    "cors_preflight_status": lambda value: value in range(200, 300) and not isinstance(value, bool),
    "http_compression": _compression,
    "middleware": _middleware,
    "transports": _transports,
}
