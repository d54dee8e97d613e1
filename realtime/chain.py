"""What stands before the handlers of a class that asks for it: event middleware, and listeners to every event.

A class without them does not come here: which way its events go is decided when the class is made.
"""

import functools
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from asgiref.sync import iscoroutinefunction

from .exceptions import EventError

Step = Callable[..., Awaitable[Any]]  # (consumer, event, args)


def is_async(function: Any) -> bool:
    """Whether calling it makes a coroutine; objects with an ``async def __call__`` count."""
    return iscoroutinefunction(function) or iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


def chain(middleware: Sequence[Callable[..., Any]]) -> Step:
    """One coroutine function ``(consumer, event, args)`` for a whole list of middleware, the first outermost."""
    step = handled
    for outer in reversed(middleware):
        step = functools.partial(_link, outer, step)
    return step


async def _link(middleware: Callable[..., Any], following: Step, consumer: Any, event: str, args: Any) -> Any:
    async def call_next(event: str, args: Any) -> Any:
        return await following(consumer, event, list(args))

    return await middleware(consumer, event, args, call_next)


async def handled(consumer: Any, event: str, args: Any) -> Any:
    """The listeners to every event, then the handler; returns what that returns. Raises ``EventError``."""
    registry = consumer._registry
    await consumer._hear(registry.listeners, event, args)
    handler, count = registry.events.get(event), len(args)
    if handler is None:
        handler, args = registry.catch_all, [event, *args]
        if handler is None:
            raise EventError("There is no handler for this event", code="not_found")
    if not handler.least <= count <= handler.most:
        raise handler.wrong_arguments(event, count)
    return await (handler.call(consumer, *args) if handler.coroutine else consumer._threaded(handler, args))
