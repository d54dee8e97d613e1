"""System checks of where Redis is: addresses that lead nowhere, too few connections, and who else listens.

Each hint is the line to paste.
"""

from typing import Any
from urllib.parse import urlsplit

from django.core.checks import CheckMessage, Error, Tags, Warning, register

from realtime.configured import layer, option
from realtime.layer import ON_REDIS
from realtime.layer_checks import REDIS, of_lists
from realtime.recovery.config import is_redis, recovery_from

LEAST_CONNECTIONS = 50  # redis-py opens one for each command that runs at the same time
PUBSUB_KEYS = (  # of its CONFIG; it takes any, and is silent about those that mean nothing to it
    "hosts", "prefix", "on_disconnect", "on_reconnect", "symmetric_encryption_keys", "serializer_format", "capacity",
    "channel_capacity", "expiry", "group_expiry", "random_prefix_length",
)  # fmt: skip
HERE = ("", "localhost", "127.0.0.1", "::1")


@register()
def addresses(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The layer itself would say so at its first use, which is the first client, or never."""
    message = _wrong_hosts(*layer())
    return [Error(message, hint=f"In settings.py: {REDIS}", id="realtime.E015")] if message else []


def _wrong_hosts(config: dict[str, Any], backend: Any) -> str | None:
    """What is wrong with the addresses. They may hold a password, so they are not shown."""
    if not getattr(backend, "__module__", "").startswith(ON_REDIS):
        return None
    if isinstance(config.get("hosts"), str | bytes):
        return "'hosts' in CHANNEL_LAYERS is a list, of one Redis too."
    stray = [key for key in config if key not in PUBSUB_KEYS]
    if "hosts" not in config and stray:  # the layer of lists says so itself
        return f"CHANNEL_LAYERS has no 'hosts', and the layer does not know {stray[0]!r}: it would go to localhost."
    found = [host.get("address") if isinstance(host, dict) else host for host in _hosts(config, backend)]
    if any(isinstance(each, str) and not is_redis(each) for each in found):
        return "An address in CHANNEL_LAYERS is no URL of a Redis: it wants redis://, rediss:// or unix:// in front."
    return None


@register()
def connections(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    config, backend = layer()
    least = LEAST_CONNECTIONS if of_lists(backend) else 3
    hosts = [host for host in _hosts(config, backend) if isinstance(host, dict)]
    small = [host["max_connections"] for host in hosts if host.get("max_connections", least) < least]
    if not small:
        return []
    message = f"With {small[0]} connections to Redis commands that run at the same time fail: emits, joins, connects."
    hint = f"In CHANNEL_LAYERS: 'CONFIG': {{'hosts': [{{'address': 'redis://...', 'max_connections': {least * 2}}}]}}"
    return [Warning(message, hint=hint, id="realtime.W013")]


# -- who else listens -----------------------------------------------------------------------------------------


@register(Tags.security, deploy=True)
def plain_redis(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Whoever can write into the layer speaks to every browser as this site does."""
    config, backend = layer()
    hosts = () if config.get("symmetric_encryption_keys") else _hosts(config, backend)
    found: list[CheckMessage] = []
    if open_to := [name for host in hosts if (name := _elsewhere(host))]:
        message = f"The channel layer goes to {open_to[0]} in the clear: whoever is on the way can read and speak."
        hint = "In CHANNEL_LAYERS: 'CONFIG': {'hosts': ['rediss://...'], 'symmetric_encryption_keys': [SECRET_KEY]}"
        found.append(Warning(message, hint=hint, id="realtime.W015"))
    if name := _elsewhere(_log()):
        message = f"The log of recovery goes to {name} in the clear: whoever is on the way can read what is said."
        hint = "In settings.py: SOCKETIO = {'CONNECTION_STATE_RECOVERY': {'REDIS': 'rediss://...'}}"
        found.append(Warning(message, hint=hint, id="realtime.W015"))
    return found


def _log() -> str | None:
    """The Redis that ``CONNECTION_STATE_RECOVERY`` names itself."""
    try:
        recovery = recovery_from(option("connection_state_recovery"))
    except ValueError:  # E005 says it
        return None
    return recovery.redis if recovery else None


def _hosts(config: dict[str, Any], backend: Any) -> Any:
    hosts = config.get("hosts") if getattr(backend, "__module__", "").startswith(ON_REDIS) else None
    return hosts if isinstance(hosts, list | tuple) else ()


def _elsewhere(host: Any) -> str | None:
    """The name of another machine that is spoken to without TLS, or None."""
    if isinstance(host, tuple | list):
        host = {"host": host[0]} if host else {}
    address = host.get("address", "") if isinstance(host, dict) else host
    if not isinstance(address, str):
        return None
    parts = urlsplit(address)
    name = parts.hostname or (host.get("host") if isinstance(host, dict) else "") or ""
    secure = parts.scheme in ("rediss", "unix") or (isinstance(host, dict) and host.get("ssl"))
    return None if secure or name in HERE or name.startswith("/") else name
