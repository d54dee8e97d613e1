"""From sync code to the event loop that serves, now or after the commit: how the sync names of ``broadcast`` run."""

import asyncio
import functools
from typing import Any

from asgiref.sync import async_to_sync

from realtime import publish
from realtime.adapter import hubs
from realtime.bridges import STOPPED, result_of
from realtime.commits import OF_OPERATORS, WITH_ARGUMENTS, after_commit, waits
from realtime.exceptions import ServerStopped
from realtime.threads import under_test

OF_SOCKETS = OF_OPERATORS | {"join", "leave", "disconnect"}  # that were fetched


def run(method: Any, *args: Any, immediately: Any = False, using: Any = None, **options: Any) -> Any:
    """Runs a coroutine method for its sync name: after the commit if there is one to wait for, or now."""
    deed = method.__name__
    if deed in WITH_ARGUMENTS:
        args = publish.snapshot(args)
    if immediately or not waits(deed, using, OF_SOCKETS):
        return _wait_for(method, *args, **options)
    if not hubs() and not under_test():
        publish.shared_layer()  # raises what would be a line in the log after the commit
    return after_commit(functools.partial(_wait_for, method, *args, **options), deed, using)


def _wait_for(method: Any, *args: Any, **options: Any) -> Any:
    hub = serving_hub()
    if hub is None:
        if hubs() and not under_test():  # a thread that outlives its server would wait for another loop in vain
            raise ServerStopped(STOPPED)
        return async_to_sync(method)(*args, **options)
    future = asyncio.run_coroutine_threadsafe(method(*args, **options), hub.loop)
    return result_of(future, hub.loop)


def serving_hub() -> Any:
    """A hub of this process, the running loop's own if it has one; None without."""
    alive, here = [hub for hub in hubs() if hub.loop.is_running()], asyncio._get_running_loop()
    return next((hub for hub in alive if hub.loop is here), alive[0] if alive else None)


async def on_loop(loop: Any, coroutine: Any) -> Any:
    if loop is asyncio.get_running_loop():
        return await coroutine
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, loop))
