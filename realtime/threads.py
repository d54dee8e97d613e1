"""Where authentication touches the database: a few threads of its own, so that slow handlers never delay a log-in."""

import functools
from concurrent.futures import ThreadPoolExecutor

from channels.db import database_sync_to_async
from django.core import mail

AUTH_THREADS = 4


def under_test():
    """Whether Django's test environment is set up (by ``manage.py test`` or pytest-django)."""
    return hasattr(mail, "outbox")


def off_loop(function, *, sensitive=None):
    """``function`` as a coroutine function that runs in a thread of the authentication pool.

    At most ``AUTH_THREADS`` run at a time, others wait. Old database connections are closed before and after,
    context variables are kept. Under test it is thread-sensitive instead, because a test's transaction belongs to
    one thread; ``sensitive`` says so explicitly.
    """
    if under_test() if sensitive is None else sensitive:
        return database_sync_to_async(function)
    return database_sync_to_async(function, thread_sensitive=False, executor=_pool())


@functools.cache
def _pool():
    return ThreadPoolExecutor(AUTH_THREADS, thread_name_prefix="realtime-auth")
