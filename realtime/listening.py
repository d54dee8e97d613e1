"""Listeners that a socket adds to itself and takes away again while it is connected, as ``socket.on`` in Node.

Each works on a registry of this socket alone: others of the class are not changed, and pay nothing.
"""

import functools
import inspect
import types
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from .chain import chain, is_async
from .dispatch import Dispatcher
from .handler import CATCH_ALL, Handler, leaving_out
from .handlers import EVENTS, How, Registry, converter, described, dressed, hearing, refuse_reserved, without_name

Function = Callable[..., Any]


class Listening(Dispatcher):
    """What of ``NamespaceConsumer`` is about the listeners of one socket."""

    _registry: Registry
    base_send: Callable[[dict[str, Any]], Awaitable[Any]]

    # -- one event ------------------------------------------------------------------------------------------------

    def on(self, event: str, function: Function, *, concurrent: bool = False, first: bool = False) -> None:
        """This socket handles ``event`` with ``function(*args)`` from its next event on; plain or a coroutine function.

        What handles the event already goes on doing so, before it, or after it with ``first=True``; the first that
        returns something other than None acknowledges. ``"*"`` is the catch-all: ``function(event, *args)``.
        Raises ``TypeError`` for what ``@on`` would not take, and ``ValueError`` for a reserved event.
        """
        self._add(event, added_handler(type(self), event, function, How(concurrent)), first)

    def once(self, event: str, function: Function, *, first: bool = False) -> None:
        """As ``on``, for the next such event alone."""
        if event == CATCH_ALL:
            raise ValueError('once() takes the name of an event, "*" is none')
        self._add(event, added_handler(type(self), event, function, How(once=True)), first)

    def _add(self, event: str, handler: Handler, first: bool) -> None:
        refuse_reserved(event)
        there = self._registry.of(event)
        self._registry = self._registry.with_handlers(event, (handler, *there) if first else (*there, handler))

    def off(self, event: str | None = None, function: Function | None = None) -> None:
        """This socket handles the event no more, or not with this function, a method of it or what ``on`` was given.

        ``"*"``: has no catch-all. None: no handlers and no listeners at all.
        """
        registry = self._registry
        if event is None:
            self._registry = registry.changed(events={}, catch_all=None, listeners=(), outgoing=())
        else:
            self._registry = registry.with_handlers(event, leaving_out(registry.of(event), function))

    @property
    def event_names(self) -> list[str]:
        """The events that this socket has handlers for now; ``"*"`` is the catch-all."""
        return [*self._registry.events, *([CATCH_ALL] if self._registry.catch_all else ())]

    def listeners(self, event: str) -> list[Function]:
        """What handles this event now, in order: methods, and what ``on`` was given; ``"*"``: the catch-all."""
        return self._functions(self._registry.of(event))

    # -- every event ----------------------------------------------------------------------------------------------

    def on_any(self, function: Function, *, first: bool = False) -> None:
        """``function(event, *args)`` hears every event that comes in, before its handlers, as ``@on_any`` does."""
        self._registry = self._registry.changed(listeners=_joined(self, self._registry.listeners, function, first))
        self._chain = self._chain or Handler(chain(()), True, False, 0, 0)
        self.__dict__["_event"] = self._event_through_chain  # which way the events of other sockets go is the class's

    def off_any(self, function: Function | None = None) -> None:
        """Nothing hears every event that comes in any more, or this function does not."""
        self._registry = self._registry.changed(listeners=leaving_out(self._registry.listeners, function))

    @property
    def listeners_any(self) -> list[Function]:
        """What hears every event that comes in."""
        return self._functions(self._registry.listeners)

    async def on_any_outgoing(self, function: Function, *, first: bool = False) -> None:
        """``function(event, *args)`` hears every event that goes out to this client from now on."""
        self._registry = self._registry.changed(outgoing=_joined(self, self._registry.outgoing, function, first))
        if self._accepted:  # else the accept tells
            await self.base_send({"type": "socketio.outgoing", "wanted": True})

    async def off_any_outgoing(self, function: Function | None = None) -> None:
        """Nothing hears what goes out any more, or this function does not."""
        self._registry = self._registry.changed(outgoing=leaving_out(self._registry.outgoing, function))
        if self._accepted and not self._registry.outgoing:
            await self.base_send({"type": "socketio.outgoing", "wanted": False})

    @property
    def listeners_any_outgoing(self) -> list[Function]:
        """What hears every event that goes out."""
        return self._functions(self._registry.outgoing)

    def _functions(self, handlers: tuple[Handler, ...]) -> list[Function]:
        own = ((inspect.unwrap(handler.call), handler.added) for handler in handlers)
        return [function if added else types.MethodType(function, self) for function, added in own]


# No handler's name is taken by these: who calls a method so, has that.
NAMES = frozenset(name for name in vars(Listening) if not name.startswith("_")) - {"off", "event_names"}


def added_handler(cls: Any, event: str, function: Any, how: How) -> Handler:
    """The handler for a function that a socket adds to itself. Raises ``TypeError`` as for a method of the class."""
    handler = _handler(cls, function, how)
    if event == CATCH_ALL:
        return without_name(cls, handler)
    return dressed(handler, event, how, converter(cls, handler.call, EVENTS))


def _handler(cls: Any, function: Any, how: How) -> Handler:
    if not callable(function):
        raise TypeError(f"a listener is a function, not {function!r}")

    def call(consumer: Any, *args: Any) -> Any:
        return function(*args)

    itself: Any = functools.update_wrapper(call, function, updated=())
    signature = inspect.signature(function)
    consumer = inspect.Parameter("consumer", inspect.Parameter.POSITIONAL_ONLY)
    itself.__signature__ = signature.replace(parameters=[consumer, *signature.parameters.values()])
    handler = described(cls, getattr(function, "__name__", repr(function)), call, how.concurrent)
    return replace(handler, coroutine=is_async(function), added=True)


def _joined(consumer: Any, handlers: tuple[Handler, ...], function: Any, first: bool) -> tuple[Handler, ...]:
    handler = hearing(type(consumer), _handler(type(consumer), function, How()))
    return (handler, *handlers) if first else (*handlers, handler)
