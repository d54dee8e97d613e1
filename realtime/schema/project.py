"""The namespaces of the project's ASGI application, with their events, arguments and acknowledgements."""

import inspect
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args, get_origin

from channels.routing import URLRouter
from django.conf import settings
from django.contrib.admindocs.views import simplify_regex
from django.urls.resolvers import RegexPattern
from django.utils.module_loading import import_string

from realtime.routes import inside
from realtime.typed.arguments import evaluated, parameters

NOTHING = inspect.Parameter.empty
_PARAMETER = re.compile(r"<(?:[^:>]*:)?(\w+)>")


class Argument(NamedTuple):
    """One argument; ``annotation`` is ``NOTHING`` where nothing is said."""

    name: str
    annotation: object
    required: bool = True
    rest: bool = False


class Event(NamedTuple):
    """``answers`` are the types of the acknowledgement's arguments; None where nothing is said of it."""

    name: str
    arguments: list[Argument]
    answers: list[Any] | None = None
    description: str = ""


class Namespace(NamedTuple):
    """One route: ``address`` has its parameters in braces, ``/rooms/{room}``."""

    address: str
    parameters: list[str]
    consumer: type[Any]
    auth: object
    receives: list[Event]
    sends: list[Event]

    @property
    def description(self) -> str:
        return first_paragraph(vars(self.consumer).get("__doc__"))


def namespaces() -> list[Namespace]:
    """Every namespace that the routes lead to, by address."""
    objects = list(inside(import_string(settings.ASGI_APPLICATION)))
    routers = [item for item in objects if isinstance(item, URLRouter)]
    # One that stands in another is met there, with what leads to it.
    nested = {id(item) for router in routers for route in router.routes for item in inside(route.callback)}
    found: dict[str, Any] = {}
    for router in routers:
        for address, consumer in _routes(router) if id(router) not in nested else ():
            found.setdefault(address, consumer)
    if not routers:
        found = {"/": next(item.consumer_class for item in objects if hasattr(item, "consumer_class"))}
    return [_namespace(address, found[address]) for address in sorted(found)]


def _routes(router: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for route in router.routes:
        text = prefix + _address(route.pattern)
        nested = next((item for item in inside(route.callback) if isinstance(item, URLRouter)), None)
        if nested is not None:
            yield from _routes(nested, text)
            continue
        consumer = next(
            (item.consumer_class for item in inside(route.callback) if hasattr(item, "consumer_class")), None
        )
        if consumer is not None and hasattr(consumer, "_registry"):
            yield "/" + text.lstrip("/"), consumer


def _address(pattern: Any) -> str:
    text = simplify_regex(str(pattern)).lstrip("/") if isinstance(pattern, RegexPattern) else str(pattern)
    return _PARAMETER.sub(r"{\1}", text)


def _namespace(address: str, consumer: Any) -> Namespace:
    registry = consumer._registry
    return Namespace(
        address,
        re.findall(r"\{(\w+)\}", address),
        consumer,
        _auth(consumer),
        [_received(name, handler.call) for name, handler in sorted(registry.events.items())],
        [_sent(name, types) for name, types in sorted(_emits(consumer).items())],
    )


def _auth(consumer: Any) -> Any:
    found = parameters(consumer.connect)[:1]
    return found[0].annotation if found else NOTHING


def _received(name: str, function: Any) -> Event:
    arguments = [Argument(each.name, each.annotation, each.required, each.rest) for each in parameters(function)]
    answers = _answers(evaluated(function, inspect.signature(function).return_annotation))
    return Event(name, arguments, answers, first_paragraph(inspect.unwrap(function).__doc__))


def _answers(annotation: Any) -> list[Any] | None:
    if annotation is NOTHING:
        return None
    if annotation in (None, type(None)):
        return []
    parts = get_args(annotation)
    return list(parts) if get_origin(annotation) is tuple and ... not in parts else [annotation]


def _emits(consumer: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for klass in reversed(consumer.__mro__):
        found |= vars(klass).get("emits", {})
    return found


def _sent(name: str, types: Any) -> Event:
    types = types if isinstance(types, tuple) else (types,)
    return Event(name, [Argument(_name_of(each, number), each) for number, each in enumerate(types, 1)])


def _name_of(annotation: Any, number: int) -> str:
    """A class of the project lends its name to the argument."""
    if isinstance(annotation, type) and annotation.__module__ != "builtins":
        return annotation.__name__[:1].lower() + annotation.__name__[1:]
    return f"argument{number}"


def first_paragraph(text: str | None) -> str:
    """The beginning of a docstring, in one line."""
    return " ".join(inspect.cleandoc(text or "").partition("\n\n")[0].split())
