"""Which hub a project's recovery needs."""

from typing import Any

from .memory import MemoryHub
from .place import place


def recovering(options: Any) -> Any:
    """The class of hub for these options."""
    if place(options) is None:
        return MemoryHub
    from .redis import RedisHub  # needs the packages of channels-redis

    return RedisHub
