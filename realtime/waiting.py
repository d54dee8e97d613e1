"""From sync code to the event loop that serves, now or after the commit: how the sync names of ``broadcast`` run."""

import asyncio
import logging
from typing import Any

from asgiref.sync import async_to_sync
from django.db import transaction

from realtime import metrics, publish
from realtime.adapter import hubs
from realtime.bridges import STOPPED, result_of
from realtime.exceptions import BroadcastError, ServerStopped
from realtime.threads import under_test

logger = logging.getLogger("realtime.rooms")

WITH_ARGUMENTS = frozenset(["emit", "server_side_emit"])  # which are taken at once, whatever happens to them later
AFTER_COMMIT = WITH_ARGUMENTS | {"sockets_join", "sockets_leave", "disconnect_sockets", "join", "leave", "disconnect"}


def run(method: Any, *args: Any, immediately: Any = False, using: Any = None, **options: Any) -> Any:
    """Runs a coroutine method for its sync name: after the commit if there is one to wait for, or now."""
    deed = method.__name__
    if deed in WITH_ARGUMENTS:
        args = publish.snapshot(args)

    def work() -> Any:
        return _wait_for(method, *args, **options)

    if deed in AFTER_COMMIT and not immediately and in_atomic_block(using):
        if not hubs() and not under_test():
            publish.shared_layer()  # raises what would be a line in the log after the commit
        return transaction.on_commit(logging_failures(work, deed), using=using, robust=True)
    return work()


def logging_failures(work: Any, deed: str) -> Any:
    """``work`` for ``on_commit``, whom nobody can tell of an error: a thread that outlives its server, and others who
    cannot be reached, are a line in the log, and no traceback.
    """

    def after_commit() -> None:
        try:
            work()
        except ServerStopped as stopped:
            metrics.count("dropped_after_stop")
            logger.warning("%s after a commit was not done: %s", deed, stopped)
        except BroadcastError as away:
            logger.warning("%s after a commit: %s", deed, away)

    return after_commit


def in_atomic_block(using: Any = None) -> Any:
    """Whether there is a commit to wait for: inside ``atomic()``, not counting the one around a test case."""
    blocks = transaction.get_connection(using).atomic_blocks
    return any(not getattr(block, "_from_testcase", False) for block in blocks)


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
