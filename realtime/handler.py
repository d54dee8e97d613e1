"""One handler of an event, and several for one event."""

import inspect
import math
from dataclasses import dataclass
from typing import Any

from .exceptions import EventError

CATCH_ALL = "*"


@dataclass(frozen=True, slots=True)  # a slot is read five times as fast as a field of a NamedTuple
class Handler:
    """A function, and what is to be known of it when an event arrives. ``call(consumer, *args)`` runs it."""

    call: Any
    coroutine: bool
    concurrent: bool
    least: int  # arguments
    most: float
    added: bool = False  # by a socket, to itself; it is no method of the class then
    parts: "tuple[Handler, ...]" = ()  # where several functions handle one event: see realtime.listening

    def wrong_arguments(self, event: str, count: Any) -> EventError:
        """The error for ``count`` arguments that do not fit the signature. ``event`` is the peer's word."""
        some = f"{self.least}" if self.least == self.most else f"{self.least} to {self.most}"
        if self.most == math.inf:
            some = f"at least {self.least}"
        plural = "" if some == "1" else "s"
        return EventError(f"{event[:100]} takes {some} argument{plural}, not {count}", code="bad_arguments")


def together(event: str, handlers: tuple[Handler, ...]) -> Handler:
    """One handler that runs all of these in order; the first that returns something other than None acknowledges."""
    if len(handlers) == 1:
        return handlers[0]

    async def each(consumer: Any, *args: Any) -> Any:
        count = len(args) - (event == CATCH_ALL)
        for handler in handlers:
            if not handler.least <= count <= handler.most:
                raise handler.wrong_arguments(event, count)
        answer = None
        for handler in handlers:
            result = await (handler.call(consumer, *args) if handler.coroutine else consumer._threaded(handler, args))
            answer = result if answer is None else answer
        return answer

    return Handler(each, True, any(handler.concurrent for handler in handlers), 0, math.inf, parts=handlers)


def same(handler: Handler, function: Any) -> bool:
    """Whether ``function``, a method of the class or what was added, is that of the handler."""
    own, function = inspect.unwrap(handler.call), inspect.unwrap(function)
    return own == function or not handler.added and own is inspect.unwrap(getattr(function, "__func__", function))


def leaving_out(handlers: "tuple[Handler, ...]", function: Any) -> "tuple[Handler, ...]":
    """These handlers less the last of this function; none for None."""
    if function is None:
        return ()
    for index in reversed(range(len(handlers))):
        if same(handlers[index], function):
            return handlers[:index] + handlers[index + 1 :]
    return handlers
