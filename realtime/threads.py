"""Where authentication touches the database: a few threads of its own, so that slow handlers never delay a log-in."""

import functools
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.core import mail
from django.db import connections

AUTH_THREADS = 4


def under_test() -> bool:
    """Whether Django's test environment is set up (by ``manage.py test`` or pytest-django)."""
    return hasattr(mail, "outbox")


def off_loop(function: Callable[..., Any], *, sensitive: bool | None = None) -> Callable[..., Awaitable[Any]]:
    """``function`` as a coroutine function that runs in a thread of the authentication pool.

    At most ``AUTH_THREADS`` run at a time, others wait. Old database connections are closed before and after,
    context variables are kept. Under test it is thread-sensitive instead, because a test's transaction belongs to
    one thread; ``sensitive`` says so explicitly.
    """
    work = functools.partial(called, function)
    if under_test() if sensitive is None else sensitive:
        made: Callable[..., Awaitable[Any]] = sync_to_async(_tidy(work), thread_sensitive=True)
    else:
        made = database_sync_to_async(work, thread_sensitive=False, executor=_pool())
    return made


def called(function: Callable[..., Any], *args: Any) -> Any:
    """Calls a plain function in a thread. Its ``StopIteration`` is a ``RuntimeError``, as a coroutine's is: no future
    carries one, and before Python 3.12 whoever awaits the thread would wait for ever.
    """
    try:
        return function(*args)
    except StopIteration as error:
        raise RuntimeError("a plain function raised StopIteration") from error


def _tidy(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function``, which leaves no connection open that no transaction needs: pytest-django refuses the next test, if
    that is one without a database, even the question whether a connection is old.
    """

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        try:
            return function(*args)
        finally:
            for connection in connections.all(initialized_only=True):
                if not connection.in_atomic_block:
                    connection.close()

    return call


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AUTH_THREADS, thread_name_prefix="realtime-auth")
