"""``settings.SOCKETIO`` as ``Options``: read late, remembered, forgotten when the setting changes.

Keys are the fields of ``realtime.options.Options`` in upper case. Where an option is a callable, its import path will
do. In a Django project four options have defaults of their own, see ``_django_defaults``.
"""

import dataclasses
import difflib
import functools
import json
import re
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from realtime.options import Options
from realtime.recovery.config import recovery_from
from realtime.socketio.parser import parser

FIELDS = {field.name: field for field in dataclasses.fields(Options)}
CALLABLES = frozenset(
    "allow_request generate_id initial_headers headers check_origin identify identity_gone json_default".split()
)
CLASSES = {"json_encoder": json.JSONEncoder, "json_decoder": json.JSONDecoder}
REMEMBERED = 100
_overridden: dict[Any, tuple[Options, dict[str, Any], Options]] = {}  # ids of overrides -> (base, overrides, options)


def options(**overrides: Any) -> Options:
    """The options of this project, with ``overrides`` (upper or lower case) on top.

    Raises ``ImproperlyConfigured`` for a key that is no option (naming the nearest) and for an import path that
    leads nowhere.

    The same answer again for the same settings and the same override objects: it is asked for each request.
    """
    base = _from_settings()
    if not overrides:
        return base
    key = tuple((name, id(value)) for name, value in overrides.items())
    remembered = _overridden.get(key)
    if remembered is None or remembered[0] is not base:
        if len(_overridden) >= REMEMBERED:
            _overridden.clear()
        # The overrides are kept too: as long as they live, nothing else has their ids.
        remembered = _overridden[key] = base, overrides, dataclasses.replace(base, **_cleaned(overrides))
    return remembered[2]


def nearest(key: Any) -> str | None:
    """The option nearest to an unknown ``key``, in upper case, or None."""
    close = difflib.get_close_matches(str(key).lower(), FIELDS, n=1, cutoff=0.5)
    return close[0].upper() if close else None


def secret() -> bytes:
    """The key of this project's own words, such as ids of sockets: the same in all of its processes."""
    return blake2b(b"realtime" + settings.SECRET_KEY.encode()).digest()


ELSEWHERE = {
    "adapter": "'CHANNEL_LAYER': 'default', an alias of CHANNEL_LAYERS",
    "cleanup_empty_child_namespaces": "Leave it out: nothing is ever kept of an empty namespace.",
    "compression_threshold": "'HTTP_COMPRESSION': {'threshold': 1024}",
    "cors": "'CORS_ALLOWED_ORIGINS': ['https://app.example.com'], 'CORS_ALLOW_CREDENTIALS': True",
    "destroy_upgrade": "Leave it out: what is not Socket.IO's goes to the application that EngineIO wraps.",
    "destroy_upgrade_timeout": "Leave it out: what is not Socket.IO's goes to the application that EngineIO wraps.",
    "origins": "'CORS_ALLOWED_ORIGINS': ['https://app.example.com']",
    "per_message_deflate": "Leave it out: the server compresses websockets. socketio_serve --per-message-deflate; "
    "uvicorn --ws-per-message-deflate true ...",
    "ws_engine": "Leave it out: the server has the websockets. uvicorn --ws websockets-sansio ...",
}


def advice(key: Any) -> str:
    """What to write instead of ``key``, which is no option: camel case as in Node, its own options, slips."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(key)).lower()
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    near = name.upper() if name in FIELDS else nearest(name)
    return f"Did you mean {near}?" if near else "The options are listed in docs/reference/settings.md."


def refuse_unknown(names: Iterable[Any]) -> None:
    """Raises ``ImproperlyConfigured`` for the first that is no option, naming the nearest."""
    for key in names:
        if str(key).lower() not in FIELDS:
            raise ImproperlyConfigured(f"SOCKETIO has no option {key!r}. {advice(key)}")


def refuse_unknown_parser(name: Any) -> None:
    """Raises ``ImproperlyConfigured`` for the name of a parser that there is not, or whose package is missing."""
    if isinstance(name, str) and "." not in name:
        try:
            parser(name)
        except ValueError as error:
            raise ImproperlyConfigured(f"SOCKETIO['PARSER']: {error}") from None


def normalised_path(path: Any) -> str:
    """``"socket.io"``, ``"/socket.io"`` and ``"/socket.io/"`` are one path, the last."""
    inner = str(path).strip("/")
    return f"/{inner}/" if inner else "/"


@functools.cache
def _from_settings() -> Options:
    given = getattr(settings, "SOCKETIO", None) or {}
    if not isinstance(given, dict):
        raise ImproperlyConfigured("SOCKETIO must be a dict, such as SOCKETIO = {'PING_INTERVAL': 25}")
    return Options(**{**_django_defaults(), **_cleaned(given)})


def _django_defaults() -> dict[str, Any]:
    # Late, so that settings may import this module's neighbours.
    from realtime import identity, origins

    return {
        "check_origin": origins.origin_allowed,
        "identify": identity.identify,
        "identity_gone": identity.identity_gone,
        "json_default": django_default(),
    }


@functools.cache
def django_default() -> Callable[[Any], Any]:
    """``default`` of Django's JSON encoder: dates, decimals, UUIDs, lazy strings."""
    from django.core.serializers.json import DjangoJSONEncoder

    return DjangoJSONEncoder().default


def _cleaned(given: dict[str, Any]) -> dict[str, Any]:
    refuse_unknown(given)
    return dict(_clean(str(key).lower(), value, key) for key, value in given.items())


def _clean(name: str, value: Any, key: str) -> tuple[str, Any]:
    if name == "path":
        return name, normalised_path(value)
    if name == "connection_state_recovery":
        try:
            recovery_from(value)
        except ValueError as error:
            raise ImproperlyConfigured(f"SOCKETIO[{key!r}]: {error}") from None
    if name == "middleware" and isinstance(value, list | tuple):
        return name, tuple(_imported(key, item) if isinstance(item, str) else item for item in value)
    if isinstance(value, str) and (name in CALLABLES or name in CLASSES or name == "parser" and "." in value):
        value = _imported(key, value)
    if name == "parser" and isinstance(value, type):
        value = value()
    return name, value


def _imported(key: str, path: str) -> Any:
    try:
        return import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"SOCKETIO[{key!r}] cannot be imported: {error}") from error


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting == "SOCKETIO":
        _from_settings.cache_clear()


setting_changed.connect(_forget, dispatch_uid="realtime.conf")
