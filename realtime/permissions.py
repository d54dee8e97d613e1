"""Django permissions of consumers and handlers. They are looked up in threads, and afresh each time.

A request asks the database who its user is; a socket may be hours old, and somebody may not be a moderator any more.
"""

import functools
from typing import Any

from django.db.models import Model

from .bridges import in_thread
from .exceptions import ConnectionRefused, EventError

MESSAGE = "You do not have the permission for this"


def permissions_of(declared: Any) -> tuple[str, ...]:
    """What ``permission=`` and ``permission_required`` take, a name or several, as a tuple. Raises ``TypeError``."""
    several = isinstance(declared, list | tuple | set | frozenset)
    names = tuple(declared) if several else (declared,) if declared else ()
    for name in names:
        if not isinstance(name, str) or "." not in name:
            raise TypeError(f'a permission is named like "chat.moderate", not {name!r}')
    return names


def allowed(user: Any, permissions: Any) -> bool:
    """Whether the user has all of them now. May query the database."""
    if isinstance(user, Model):
        user = user.__class__._default_manager.filter(pk=user.pk).first()
    return user is not None and user.has_perms(permissions)


def guarded(call: Any, coroutine: Any, permissions: Any) -> Any:
    """A handler's ``call`` that answers ``forbidden`` to users without the permissions."""

    def require(user: Any) -> None:
        if not allowed(user, permissions):
            raise EventError(MESSAGE, code="forbidden")

    @functools.wraps(call)
    def guarded_call(consumer: Any, *args: Any) -> Any:
        require(consumer.user)
        return call(consumer, *args)

    @functools.wraps(call)
    async def guarded_coroutine(consumer: Any, *args: Any) -> Any:
        await in_thread(require, consumer.user, threads=consumer._limit("sync_threads"))
        return await call(consumer, *args)

    return guarded_coroutine if coroutine else guarded_call


def door(permissions: Any) -> Any:
    """The step before ``connect`` that refuses users without the permissions."""

    async def check(consumer: Any, auth: Any) -> Any:
        if not await in_thread(allowed, consumer.user, permissions, threads=consumer._limit("sync_threads")):
            raise ConnectionRefused(MESSAGE, data={"code": "forbidden"})

    return check
