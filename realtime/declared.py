"""What a consumer class declares besides its handlers: middleware and permissions. Read once, when it is made."""

import sys

from .chain import chain, is_async
from .handlers import Handler
from .permissions import door, permissions_of


def doors_of(cls):
    """What is asked before ``connect``, in order: ``middleware``, then ``permission_required``."""
    for middleware in _listed(cls, "middleware"):
        if not callable(middleware):
            raise _error(cls, f"middleware takes functions (consumer, auth), not {middleware!r}")
    try:
        permissions = permissions_of(cls.permission_required)
    except TypeError as error:
        raise _error(cls, f"permission_required: {error}") from None
    return (*cls.middleware, *([door(permissions)] if permissions else ()))


def chain_of(cls):
    """The one handler of every event, where there is ``event_middleware`` or a listener to all; else None."""
    for middleware in _listed(cls, "event_middleware"):
        if not is_async(middleware):
            problem = "event_middleware takes coroutine functions (consumer, event, args, call_next)"
            raise _error(cls, f"{problem}, not {middleware!r}")
    if not (cls.event_middleware or cls._registry.listeners):
        return None
    return Handler(chain(cls.event_middleware), True, False, 0, 0)


def _listed(cls, name):
    value = getattr(cls, name)
    if not isinstance(value, list | tuple):
        raise _error(cls, f"{name} is a list, not {value!r}")
    return value


def _error(cls, problem):
    frame = sys._getframe(2)
    while frame.f_code.co_name == "__init_subclass__" or frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return TypeError(f"{frame.f_code.co_filename}:{frame.f_lineno}: in {cls.__qualname__}, {problem}.")
