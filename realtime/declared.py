"""What a consumer class declares besides its handlers: middleware, permissions, groups and what it emits. Read once,
when it is made.
"""

import inspect
import re
import sys
from typing import Any

from .chain import chain, is_async
from .handler import Handler
from .permissions import door, permissions_of
from .socketio.packet import RESERVED_EVENTS
from .typed.engines import validator
from .typed.errors import Unsupported

GROUP = re.compile(r"[a-zA-Z0-9\-_.]{1,99}")  # of Channels


def doors_of(cls: Any) -> tuple[Any, ...]:
    """What is asked before ``connect``, in order: ``middleware``, then ``permission_required``."""
    for middleware in _listed(cls, "middleware"):
        if not callable(middleware) or not _takes(middleware, 2):
            raise _error(cls, f"middleware takes functions (consumer, auth), not {middleware!r}")
    try:
        permissions = permissions_of(cls.permission_required)
    except TypeError as error:
        raise _error(cls, f"permission_required: {error}") from None
    return (*cls.middleware, *([door(permissions)] if permissions else ()))


def chain_of(cls: Any) -> Handler | None:
    """The one handler of every event, where there is ``event_middleware`` or a listener to all; else None."""
    for middleware in _listed(cls, "event_middleware"):
        if not is_async(middleware) or not _takes(middleware, 4):
            problem = "event_middleware takes coroutine functions (consumer, event, args, call_next)"
            raise _error(cls, f"{problem}, not {middleware!r}")
    if not (cls.event_middleware or cls._registry.listeners):
        return None
    return Handler(chain(cls.event_middleware), True, False, 0, 0)


def check_values(cls: Any, public: frozenset[str]) -> None:
    """Raises ``TypeError`` for ``data = {}`` and its like: one value for all sockets, in place of what each has."""
    for name in vars(cls).keys() & public:
        inherited = (vars(base)[name] for base in cls.__mro__[1:] if name in vars(base))
        if isinstance(next(inherited, None), property) and not hasattr(vars(cls)[name], "__get__"):
            raise _error(cls, f"{name} hides a name of NamespaceConsumer, which each socket has of its own; rename it")


def check_groups(cls: Any) -> None:
    """Raises ``TypeError`` for ``groups`` that no channel layer has. One that is worked out later is not looked at."""
    groups = vars(cls).get("groups", ())
    if hasattr(groups, "__get__"):
        return
    several = isinstance(groups, list | tuple | set | frozenset)
    for group in groups if several else ("",):
        if not isinstance(group, str) or not GROUP.fullmatch(group):
            words = "names of fewer than 100 ASCII letters, digits, hyphens, underscores and periods"
            raise _error(cls, f"groups is a list of {words}, not {groups!r}")


def check_emits(cls: Any) -> None:
    """Raises ``TypeError`` for an ``emits`` that is no mapping from events that may be sent to types."""
    emits = vars(cls).get("emits", {})
    if not isinstance(emits, dict) or not all(isinstance(event, str) for event in emits):
        raise _error(cls, 'emits maps events to types: {"message": Message, "left": (str, int)}')
    for event, types in emits.items():
        if event in RESERVED_EVENTS:
            raise _error(cls, f"emits: {event!r} is a reserved event, no server may send it")
        for each in types if isinstance(types, tuple) else (types,):
            try:
                validator(each)
            except Unsupported as error:
                raise _error(cls, f"emits, {event!r}: {error}") from None


def _takes(function: Any, count: int) -> bool:
    """Whether a function can be called with so many arguments, as far as it says."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # it says nothing: some are written in C
        pass
    return True


def _listed(cls: Any, name: str) -> Any:
    value = getattr(cls, name)
    if not isinstance(value, list | tuple):
        raise _error(cls, f"{name} is a list, not {value!r}")
    return value


def _error(cls: Any, problem: str) -> TypeError:
    frame: Any = sys._getframe(2)
    while frame.f_code.co_name == "__init_subclass__" or frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return TypeError(f"{frame.f_code.co_filename}:{frame.f_lineno}: in {cls.__qualname__}, {problem}.")
