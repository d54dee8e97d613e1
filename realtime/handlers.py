"""Which method handles which event: ``@on`` and its like, and the registry of a consumer class.

Event names come from the peer, so they index a table that is made with the class; no attribute is looked up by them.
"""

import functools
import inspect
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from asgiref.sync import iscoroutinefunction

from .handler import CATCH_ALL, Handler, leaving_out, together
from .permissions import guarded, permissions_of
from .socketio.packet import RESERVED_EVENTS
from .typed.arguments import arguments_of, auth_of, with_types
from .typed.errors import Unsupported

F = TypeVar("F", bound=Callable[..., Any])
_HOOKS = {
    "connect": "connect(self, auth)",
    "disconnect": "disconnect(self, reason)",
    "disconnecting": "disconnecting(self, reason)",
}
EVENTS, _LAYER = "_realtime_events", "_realtime_layer_types"
_INCOMING, _OUTGOING = "_realtime_incoming", "_realtime_outgoing"


class How(NamedTuple):
    """What a decorator says of a handler, besides the event."""

    concurrent: bool = False
    once: bool = False
    permissions: tuple[str, ...] = ()


def on(event: str, *, concurrent: Any = False, permission: Any = None) -> Callable[[F], F]:
    """Make a method the handler of ``event``, any string; ``"*"`` takes what no other handler does.

    The method gets the event's arguments, for ``"*"`` with the name first; what it returns is the ack: ``None`` acks
    without arguments, a tuple is several. A coroutine function runs on the event loop, a plain ``def`` in a thread.
    ``concurrent=True``: the socket's next event does not wait for this one, up to ``MAX_CONCURRENT_EVENTS``.
    ``permission``, such as ``"chat.moderate"``, or several: users without it are answered ``forbidden``.
    Annotated arguments arrive as what they are annotated, or the client is answered ``bad_arguments``.
    """
    if not isinstance(event, str):
        raise TypeError('on() takes the name of an event: @on("message")')
    return _marker(EVENTS, (event, How(concurrent, permissions=permissions_of(permission))))


def once(event: str, *, permission: Any = None) -> Callable[[F], F]:
    """As ``on``, for the first such event of each socket. Those after it find no handler, or the catch-all."""
    if not isinstance(event, str) or event == CATCH_ALL:
        raise TypeError('once() takes the name of an event: @once("hello")')
    return _marker(EVENTS, (event, How(once=True, permissions=permissions_of(permission))))


def on_any(function: F) -> F:
    """Make a method hear every event that comes in, before its handler: ``(self, event, *args)``.

    It answers nothing, and what it raises is logged and changes nothing. ``@on("*")`` is for events without a handler.
    """
    return _marker(_INCOMING, (function.__name__, How()))(function)


def on_any_outgoing(function: F) -> F:
    """Make a method hear every event that goes out to this client, broadcasts too: ``(self, event, *args)``.

    It hears of them in order with the events that come in, and from the accept on. An event that it emits itself it
    hears of as well.
    """
    return _marker(_OUTGOING, (function.__name__, How()))(function)


def on_layer(type: str) -> Callable[[F], F]:
    """Make a method the handler of channel-layer messages of ``type``, such as ``"order.paid"``.

    They arrive through the ``groups`` of the consumer class; the method gets the message, a dict.
    """
    if not isinstance(type, str):
        raise TypeError('on_layer() takes the type of a message: @on_layer("order.paid")')
    return _marker(_LAYER, (type, How()))


def refuse_reserved(event: str) -> None:
    """Raises ``ValueError`` for an event that Socket.IO keeps for itself, such as ``"connect"``."""
    if not isinstance(event, str):
        raise TypeError(f"expected an event name as str, got {type(event).__name__}")
    if event in RESERVED_EVENTS:
        raise ValueError(f"{event!r} is a reserved event name")


def check_hooks(cls: Any) -> None:
    """Raises ``TypeError`` for a ``connect``, ``disconnecting`` or ``disconnect`` that does not take its argument."""
    for name, right in _HOOKS.items():
        hook = vars(cls).get(name)
        if not inspect.isfunction(hook):
            continue
        handler = described(cls, name, hook, False)
        if not handler.least <= 1 <= handler.most:
            raise class_error(cls, hook, f"{name}() gets one argument", f"write async def {right}")


def is_marked(function: Any) -> bool:
    """Whether a decorator of this module has made it a handler or a listener."""
    return any(hasattr(function, mark) for mark in (EVENTS, _LAYER, _INCOMING, _OUTGOING))


def _marker(attribute: str, mark: Any) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        try:
            setattr(function, attribute, (*getattr(function, attribute, ()), mark))
        except AttributeError:
            raise TypeError(f"a handler is a method, not a {type(function).__name__}") from None
        return function

    return decorate


class Registry:
    """The handlers of one consumer class: ``events`` and ``layer`` by name, ``catch_all`` or None, and the listeners
    to every event, ``listeners`` (in) and ``outgoing``, as tuples. ``auth``: see ``typed.arguments.auth_of``.

    A handler is inherited, replaced by one for the same event in a subclass, and overridden like any method: under
    its Python name, decorated again or not (``name = None`` takes it away). ``public`` are the Python names that no
    handler may have. Raises ``TypeError`` that says where and what to do for a class that cannot work.
    """

    __slots__ = ("auth", "catch_all", "events", "layer", "listeners", "outgoing")

    def __init__(self, cls: Any, public: frozenset[str] = frozenset()) -> None:
        self.events = _collect(cls, EVENTS, public)
        self.layer = _collect(cls, _LAYER, public)
        # Kept apart: a peer may send an event that is called "*".
        rest = self.events.pop(CATCH_ALL, None)
        self.catch_all = None if rest is None else without_name(cls, rest)
        self.listeners = _listeners(cls, _INCOMING, public)
        self.outgoing = _listeners(cls, _OUTGOING, public)
        self.auth = _auth(cls)

    def of(self, event: str) -> tuple[Handler, ...]:
        """The handlers of an event, in order; of the catch-all for ``"*"``."""
        handler = self.catch_all if event == CATCH_ALL else self.events.get(event)
        return () if handler is None else handler.parts or (handler,)

    def changed(self, **changes: Any) -> "Registry":
        """A copy in which these attributes are others."""
        other = object.__new__(Registry)
        for name in Registry.__slots__:
            setattr(other, name, changes[name] if name in changes else getattr(self, name))
        return other

    def with_handlers(self, event: str, handlers: tuple[Handler, ...]) -> "Registry":
        """A copy in which these handle an event, or nobody; the catch-all is ``"*"``."""
        combined = together(event, handlers) if handlers else None
        if event == CATCH_ALL:
            return self.changed(catch_all=combined)
        events = {key: handler for key, handler in self.events.items() if key != event}
        return self.changed(events=events if combined is None else {**events, event: combined})


def _collect(cls: Any, attribute: Any, public: Any) -> Any:
    names: dict[str, Any] = {}
    for klass in reversed(cls.__mro__):
        names |= _marks(klass, attribute, public)
    found = ((key, inspect.getattr_static(cls, name), name, how) for key, (name, how) in names.items())
    handlers = {
        key: dressed(described(cls, name, function, how.concurrent), key, how, converter(cls, function, attribute))
        for key, function, name, how in found
        if callable(function) and key in {mark for mark, _ in getattr(function, attribute, [(key, None)])}
    }
    for key, handler in handlers.items() if attribute == _LAYER else ():
        if not handler.least <= 1 <= handler.most:
            raise class_error(cls, handler.call, f"the handler of {key!r} gets one argument", "write (self, message)")
    return handlers


def _marks(klass: Any, attribute: Any, public: Any) -> Any:
    """What ``klass`` itself decorates: {event: (Python name, how)}."""
    names: dict[str, Any] = {}
    for name, value in vars(klass).items():
        if isinstance(value, staticmethod | classmethod):
            kind, function = type(value).__name__, value.__func__
            if getattr(value, attribute, None) or getattr(function, attribute, None):
                raise class_error(klass, function, f"{name}() is a {kind}, and handlers are methods", f"drop @{kind}")
        for key, how in getattr(value, attribute, ()) if callable(value) else ():
            _check(klass, name, value, key, attribute, public)
            if key in names:
                raise class_error(
                    klass, value, f"{key!r} is handled by {names[key][0]}() already", "keep one of the two"
                )
            names[key] = name, how
    return names


def _check(klass: Any, name: str, function: Any, key: str, attribute: Any, public: Any) -> Any:
    if attribute == EVENTS and key in RESERVED_EVENTS:
        tip = f"write async def {_HOOKS[key]} without @on" if key in _HOOKS else "choose another name"
        raise class_error(klass, function, f"{key!r} is a reserved event, no client may send it", tip)
    if name in public:
        raise class_error(klass, function, f"{name}() hides a name of NamespaceConsumer", f"call it on_{name}")


def described(cls: Any, name: str, function: Any, concurrent: Any) -> Handler:
    """What there is to know of a function whose first parameter is the consumer."""
    least: int = 0
    most: float = 0
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters or parameters[0].kind is inspect.Parameter.KEYWORD_ONLY:
        raise class_error(cls, function, f"{name}() has no parameter for the consumer", f"write {name}(self, ...)")
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise class_error(cls, function, f"{name}() is a generator, and answers once", "return a list, or emit each")
    itself = parameters[0].kind is not inspect.Parameter.VAR_POSITIONAL
    for parameter in parameters[itself:]:
        required = parameter.default is parameter.empty
        if parameter.kind is parameter.VAR_POSITIONAL:
            most = math.inf
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            least, most = least + required, most + 1
        elif parameter.kind is parameter.KEYWORD_ONLY and required:
            problem = f"{name}() needs the keyword {parameter.name!r}, and events have none"
            raise class_error(cls, function, problem, "give it a default")
    return Handler(function, iscoroutinefunction(function), concurrent, least, most)


def converter(cls: Any, function: Any, attribute: Any) -> Any:
    """From the arguments of a client's event to what the handler is annotated to take; None where it is not."""
    return _or_error(arguments_of, cls, function) if attribute == EVENTS else None


def _or_error(make: Any, cls: Any, function: Any) -> Any:
    try:
        return make(function)
    except Unsupported as error:
        tip = "annotate it with types that a client can send, or with Any"
        raise class_error(cls, function, f"{function.__name__}(): {error}", tip) from None


def _auth(cls: Any) -> Any:
    """What holds a client's auth payload against the annotation of ``connect``, or None."""
    connect = inspect.getattr_static(cls, "connect", None)
    return _or_error(auth_of, cls, connect) if callable(connect) else None


def dressed(handler: Handler, event: str, how: Any, convert: Any) -> Handler:
    """The handler with what its decorator and its annotations add to it."""
    call = _once(handler.call, event) if how.once else handler.call
    if convert is not None:  # outside of once: who sends something wrong has not used it up
        call = with_types(call, convert)
    if how.permissions:
        call = guarded(call, handler.coroutine, how.permissions)
    return replace(handler, call=call)


def _once(call: Any, event: str) -> Any:
    @functools.wraps(call)
    def first(consumer: Any, *args: Any) -> Any:
        registry = consumer._registry
        consumer._registry = registry.with_handlers(event, leaving_out(registry.of(event), call))
        return call(consumer, *args)

    return first


def _listeners(cls: Any, attribute: Any, public: Any) -> Any:
    return tuple(hearing(cls, handler) for handler in _collect(cls, attribute, public).values())


def hearing(cls: Any, handler: Handler) -> Handler:
    """A listener to every event. Raises ``TypeError`` for one that cannot take them all."""
    if handler.least > 1 or handler.most != math.inf:
        problem = f"{handler.call.__name__}() hears every event, and cannot take all of them"
        raise class_error(cls, handler.call, problem, f"write ({'' if handler.added else 'self, '}event, *args)")
    return handler


def without_name(cls: Any, handler: Handler) -> Handler:
    """The handler of ``"*"``, counting the arguments behind the event's name."""
    if not handler.most:
        itself = "" if handler.added else "self, "
        raise class_error(cls, handler.call, 'the handler of "*" takes no event', f"write ({itself}event, *args)")
    return replace(handler, least=max(0, handler.least - 1), most=handler.most - 1)


def class_error(klass: Any, function: Any, problem: Any, tip: Any) -> TypeError:
    """An error that says where the function is."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    where = f"{code.co_filename}:{code.co_firstlineno}" if code else klass.__module__
    return TypeError(f"{where}: in {klass.__qualname__}, {problem}; {tip}.")
