"""What ``CONNECTION_STATE_RECOVERY`` says. Durations are seconds, sizes bytes. Floor 0: imports nothing of ours."""

import dataclasses
import difflib
from typing import Any


@dataclasses.dataclass(frozen=True)
class Recovery:
    """The keys of the setting, in lower case, with their defaults."""

    max_disconnection_duration: float = 120.0  # a client that stays away longer starts anew
    skip_middlewares: bool = False  # of the consumer, when a client is back; connect() runs always
    max_length: int = 100_000  # entries that the log keeps
    max_bytes: int = 64_000_000  # of the log, as far as this process keeps it in memory
    max_sessions: int = 100_000  # of clients that are away, in this process
    max_backlog: int = 10_000  # entries that wait for a Redis that is away, in this process
    redis: str | None = None  # the URL of the Redis that keeps the log; None: that of the channel layer, if it has one
    prefix: str = "socketio"  # of the keys there


SCHEMES = ("redis://", "rediss://", "unix://")
FIELDS = {field.name: field for field in dataclasses.fields(Recovery)}
KINDS: dict[str, tuple[type, ...]] = {
    "max_disconnection_duration": (int, float), "skip_middlewares": (bool,), "redis": (str, type(None)),
    "prefix": (str,),
}  # fmt: skip


def recovery_from(value: Any) -> Recovery | None:
    """The setting's value: None and False are off, True has the defaults, a dict changes them.

    Raises ``ValueError`` for anything else, naming the nearest for a key that there is not.
    """
    if value is None or value is False:
        return None
    if value is True:
        return Recovery()
    if not isinstance(value, dict):
        raise ValueError(f"expected True or a dict such as {{'MAX_DISCONNECTION_DURATION': 120}}, got {value!r}")
    return Recovery(**dict(_checked(str(key).lower(), item) for key, item in value.items()))


def _checked(name: str, value: Any) -> tuple[str, Any]:
    if name not in FIELDS:
        near = difflib.get_close_matches(name, FIELDS, n=1, cutoff=0.5)
        advice = f"did you mean {near[0].upper()}?" if near else f"there are {', '.join(map(str.upper, FIELDS))}"
        raise ValueError(f"there is no {name.upper()}, {advice}")
    kinds = KINDS.get(name, (int,))
    fits = isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
    if not fits or (isinstance(value, int | float) and bool not in kinds and value <= 0):
        raise ValueError(f"{name.upper()}: expected something like {FIELDS[name].default!r}, got {value!r}")
    if name == "redis" and not is_redis(value):
        raise ValueError("REDIS: expected an address such as redis://127.0.0.1:6379/0, rediss://... or unix://...")
    return name, value


def is_redis(address: str | None) -> bool:
    """Whether redis-py takes this for an address; None is that of the channel layer."""
    return address is None or address.startswith(SCHEMES)
