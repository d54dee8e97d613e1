"""System checks of the channel layer: whether there is one, and where it loses what sockets should hear.

Each hint is the line to paste.
"""

import os
from importlib.util import find_spec
from typing import Any

from channels.layers import channel_layers
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from realtime.configured import in_memory, layer, option
from realtime.layer import ON_REDIS
from realtime.logs import because

LEAST_CAPACITY = 1000  # messages
NEEDED = (("channels_redis", "channels-redis"), ("hiredis", "hiredis"))  # modules and packages, of the layer below
LEAST_EXPIRY = 60  # seconds; a process whose loop or Redis stood still for half of that has left its groups

IN_MEMORY = (
    "CHANNEL_LAYERS = {'default': {'BACKEND': 'channels.layers.InMemoryChannelLayer', 'CONFIG': {'capacity': 10000}}}"
)
REDIS = (
    "CHANNEL_LAYERS = {'default': {'BACKEND': 'realtime.layers.RedisPubSubChannelLayer',"
    " 'CONFIG': {'hosts': [('127.0.0.1', 6379)]}}}"
)


def of_lists(backend: Any) -> bool:
    """Whether this is the layer of channels-redis that keeps messages in lists."""
    return getattr(backend, "__module__", "") == "channels_redis.core"


@register()
def channel_layer(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    alias = option("channel_layer")
    if alias is None:
        return []
    layers = getattr(settings, "CHANNEL_LAYERS", None) or {}
    if alias not in layers:
        others = f", or SOCKETIO = {{'CHANNEL_LAYER': {next(iter(layers))!r}}}" if layers else ""
        message = f"There is no channel layer {alias!r}, and rooms are its groups."
        return [Error(message, hint=f"In settings.py: {IN_MEMORY}{others}", id="realtime.E003")]
    try:
        channel_layers.make_backend(alias)
    except Exception as error:
        return [Error(f"CHANNEL_LAYERS[{alias!r}]: {because(error)}", hint=_like(layers[alias]), id="realtime.E003")]
    return []


def _like(configuration: Any) -> str:
    """A line to paste for a layer that cannot be made."""
    backend = str(configuration.get("BACKEND", "")) if isinstance(configuration, dict) else ""
    if not backend.startswith(ON_REDIS):
        return f"In settings.py: {IN_MEMORY}, or for several processes: {REDIS}"
    missing = [name for module, name in NEEDED if not find_spec(module)]
    install = f"pip install {' '.join(missing)}, and " if missing else ""
    return f"{install}in settings.py: {REDIS}"


# -- what it loses --------------------------------------------------------------------------------------------


@register()
def capacity(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    config, backend = layer()
    if not (in_memory(backend) or of_lists(backend)):
        return []
    most = config.get("capacity", 100)
    if most >= LEAST_CAPACITY:
        return []
    message = f"The channel layer drops messages silently once {most} wait in a channel."
    hint = f"In CHANNEL_LAYERS: 'CONFIG': {{'capacity': 10000, ...}}, or the layer without a bound: {REDIS}"
    return [Warning(message, hint=hint, id="realtime.W002")]


@register()
def lists(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not of_lists(layer()[1]):
        return []
    message = (
        "RedisChannelLayer keeps messages in Redis and loses some: those over its capacity, those that a machine's"
        " clock makes too old or puts in another order, and those of a second in which a group was lost with Redis."
    )
    return [Warning(message, hint=f"In settings.py: {REDIS}", id="realtime.W011")]


@register()
def expiry(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    config, backend = layer()
    if not (in_memory(backend) or of_lists(backend)):
        return []
    defaults = {"group_expiry": 86_400, "expiry": 60}
    short = [name for name, default in defaults.items() if config.get(name, default) < LEAST_EXPIRY]
    hint = "In CHANNEL_LAYERS: 'CONFIG': {'group_expiry': 86400, 'expiry': 60, ...}, which are the defaults"
    return [
        Warning(
            f"The channel layer forgets after {name} = {config[name]} seconds; a process that stands still for as long"
            " hears nothing more.",
            hint=hint, id="realtime.W012",
        )
        for name in short
    ]  # fmt: skip


@register()
def several_processes(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    workers = os.environ.get("WEB_CONCURRENCY", "")
    if not workers.isdigit() or int(workers) < 2:
        return []
    if option("channel_layer") is not None and not in_memory(layer()[1]):
        return []
    message = f"WEB_CONCURRENCY is {workers}, and nothing joins these processes: each has its own rooms and sessions."
    return [Warning(message, hint=f"In settings.py: {REDIS}", id="realtime.W014")]


@register(Tags.security, deploy=True)
def in_memory_layer(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG or not in_memory(layer()[1]):
        return []
    message = "The in-memory channel layer reaches the sockets of one process only."
    return [Warning(message, hint=f"In settings.py: {REDIS}", id="realtime.W001")]
