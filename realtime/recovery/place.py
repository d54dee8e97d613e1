"""Where the log is: the Redis that ``CONNECTION_STATE_RECOVERY`` names, or that of the channel layer."""

from typing import Any

from django.conf import settings

from ..layer import ON_REDIS

PATIENCE = 2.0  # seconds for an answer of Redis


def place(options: Any) -> dict[str, Any] | None:
    """How to reach it, as channels-redis has it in ``hosts``; None where each process keeps its own log in memory."""
    if options.recovery.redis is not None:
        return {"address": options.recovery.redis}
    layers = getattr(settings, "CHANNEL_LAYERS", None) or {}
    layer = layers.get(options.channel_layer) or {}
    if not str(layer.get("BACKEND", "")).startswith(ON_REDIS):
        return None
    from channels_redis.utils import decode_hosts

    return dict(decode_hosts(layer.get("CONFIG", {}).get("hosts"))[0])


def connect(host: dict[str, Any], patience: float = PATIENCE) -> Any:
    """A client of that Redis, for the running loop."""
    from redis.asyncio import ConnectionPool, Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    limits: dict[str, Any] = {
        "socket_timeout": patience, "socket_connect_timeout": patience, "health_check_interval": 15,
        "retry": Retry(NoBackoff(), 0),
    }  # fmt: skip
    if "master_name" in host:
        from channels_redis.utils import create_pool

        return Redis(connection_pool=create_pool({**limits, **host}))
    rest = {key: value for key, value in host.items() if key != "address"}
    if "address" in host:
        return Redis(connection_pool=ConnectionPool.from_url(host["address"], **limits, **rest))
    return Redis(connection_pool=ConnectionPool(**limits, **rest))


def failures() -> tuple[type[Exception], ...]:
    """What a Redis raises that is away, or refuses."""
    from redis.exceptions import RedisError

    return (RedisError, OSError, TimeoutError)
