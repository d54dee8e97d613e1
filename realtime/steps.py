"""Steps of coroutines taken by whoever is there, without a task that has to be woken up for them. Floor 0."""

import contextvars
import types

# Of the documentation's "Extending asyncio": the first two are for those who step coroutines themselves.
from asyncio import _enter_task, _leave_task, current_task
from collections.abc import Callable, Generator
from typing import Any


@types.coroutine
def resume(steps: Any, pending: Any) -> Generator[Any, Any, Any]:
    """Goes on awaiting something whose first step was already taken and gave ``pending``.

    ``steps`` is what its ``__await__`` has returned: an iterator, which need not be a generator.
    """
    try:
        while True:
            try:
                yield pending
            except BaseException as error:
                pending = steps.throw(error)
            else:
                pending = next(steps)
    except StopIteration as done:
        return done.value


async def fail(error: BaseException) -> None:
    """What to await where an error is to be raised."""
    raise error


def as_task(loop: Any, task: Any, context: contextvars.Context, function: Callable[..., Any], *args: Any) -> Any:
    """Calls a function as the task would, which is waiting: it is the current one, and the context is its own."""
    running = current_task(loop)
    if running is not None:
        _leave_task(loop, running)
    _enter_task(loop, task)
    try:
        return context.run(function, *args)
    finally:
        _leave_task(loop, task)
        if running is not None:
            _enter_task(loop, running)
