"""What waits for a commit: the deeds of synchronous names inside of ``atomic()``."""

import functools
import logging
from collections.abc import Callable
from typing import Any

from django.db import transaction

from .exceptions import BroadcastError, ServerStopped
from .metrics import count

logger = logging.getLogger("realtime.rooms")

WITH_ARGUMENTS = frozenset(["emit", "server_side_emit"])  # which are taken at once, whatever happens to them later
OF_OPERATORS = WITH_ARGUMENTS | {"sockets_join", "sockets_leave", "disconnect_sockets"}


def in_atomic_block(using: Any = None) -> Any:
    """Whether there is a commit to wait for: inside ``atomic()``, not counting the one around a test case."""
    blocks = transaction.get_connection(using).atomic_blocks
    return any(not getattr(block, "_from_testcase", False) for block in blocks)


def waits(deed: str, using: Any = None, deeds: frozenset[str] = OF_OPERATORS) -> Any:
    """Whether this is one of ``deeds``, and has a commit to wait for."""
    return deed in deeds and in_atomic_block(using)


def after_commit(work: Callable[[], Any], deed: str, using: Any = None) -> None:
    """Does ``work`` when the transaction is committed. Nobody can be told of an error then: a thread that outlives its
    server, and others who cannot be reached, are a line in the log, and no traceback.
    """

    def and_log() -> None:
        try:
            work()
        except ServerStopped as stopped:
            count("dropped_after_stop")
            logger.warning("%s after a commit was not done: %s", deed, stopped)
        except BroadcastError as away:
            logger.warning("%s after a commit: %s", deed, away)

    transaction.on_commit(and_log, using=using, robust=True)


def deferring(run: Callable[..., Any]) -> Callable[..., Any]:
    """A ``run`` for ``Bridge`` that lets what operators do without an answer wait for the commit."""

    def later(method: Any, *args: Any, immediately: Any = False, using: Any = None, **options: Any) -> Any:
        deed = method.__name__
        if immediately or not waits(deed, using):
            return run(method, *args, **options)
        if deed in WITH_ARGUMENTS:
            from .publish import snapshot

            args = snapshot(args)
        return after_commit(functools.partial(run, method, *args, **options), deed, using)

    return later
