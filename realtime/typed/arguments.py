"""The annotations of a handler, made into a function from what a client sent to what the handler gets.

All of it is decided when the class is made; a handler without annotations is left as it is.
"""

import functools
import inspect
import typing
from collections.abc import Callable
from typing import Any, NamedTuple

from ..exceptions import ConnectionRefused, EventError
from .engines import validator
from .errors import Invalid, Unsupported

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
BAD_ARGUMENTS = "bad_arguments"


class Parameter(NamedTuple):
    """One argument of a handler. ``annotation`` is ``inspect.Parameter.empty`` where there is none."""

    name: str
    annotation: object
    required: bool
    rest: bool  # all that follow


def parameters(function: Any) -> list[Parameter]:
    """The arguments behind ``self``, their annotations evaluated. Raises ``Unsupported`` for one that cannot be."""
    return [
        Parameter(
            each.name,
            evaluated(function, each.annotation),
            each.default is each.empty and each.kind is not each.VAR_POSITIONAL,
            each.kind is each.VAR_POSITIONAL,
        )
        for each in list(inspect.signature(function).parameters.values())[1:]
        if each.kind in (*POSITIONAL, inspect.Parameter.VAR_POSITIONAL)
    ]


def evaluated(function: Any, annotation: Any) -> Any:
    """An annotation as a type, written out or as a string."""
    if annotation is inspect.Parameter.empty:
        return annotation
    probe = lambda: None  # noqa: E731 - something with annotations
    probe.__annotations__ = {"it": annotation}
    try:
        return typing.get_type_hints(probe, inspect.unwrap(function).__globals__, include_extras=True)["it"]
    except (NameError, AttributeError, SyntaxError) as error:
        raise Unsupported(f"the annotation {annotation!r} means nothing there ({error})") from None


def arguments_of(function: Any) -> Callable[[Any], list[Any]] | None:
    """A function from an event's arguments to what ``function``, a handler, is annotated to take; None if it is not.

    What it raises is an ``EventError`` that names the argument. Raises ``Unsupported``.
    """
    checks = [(each.name, _validator(each.annotation), each.rest) for each in parameters(function)]
    if not any(check for _, check, _ in checks):
        return None
    rest, rest_check, _ = checks.pop() if checks[-1][2] else (None, None, None)

    def convert(args: Any) -> list[Any]:
        made = list(args)
        for index, (name, check, _) in enumerate(checks[: len(made)]):
            if check is not None:
                made[index] = _checked(name, check, made[index])
        if rest_check is not None:
            for index in range(len(checks), len(made)):
                made[index] = _checked(f"{rest}[{index - len(checks)}]", rest_check, made[index])
        return made

    return convert


def with_types(call: Callable[..., Any], convert: Callable[[Any], list[Any]]) -> Callable[..., Any]:
    """``call``, a handler, that gets what ``convert`` makes of its arguments."""

    @functools.wraps(call)
    def converted(consumer: Any, *args: Any) -> Any:
        return call(consumer, *convert(args))

    return converted


def auth_of(function: Any) -> Callable[[Any], Any] | None:
    """A function from a client's auth payload to what ``connect`` is annotated to take, or None if it is not.

    It raises ``ConnectionRefused``. Raises ``Unsupported``.
    """
    found = parameters(function)[:1]
    check = _validator(found[0].annotation) if found else None
    if check is None:
        return None

    def convert(auth: Any) -> Any:
        try:
            return _checked("auth", check, auth)
        except EventError as error:
            raise ConnectionRefused(error.message, data=error.as_refusal()) from None

    return convert


def _validator(annotation: Any) -> Callable[[Any], Any] | None:
    return None if annotation is inspect.Parameter.empty else validator(annotation)


def _checked(name: str, check: Callable[[Any], Any], value: Any) -> Any:
    try:
        return check(value)
    except Invalid as error:
        field = name + error.path
        raise EventError(f"{field}: {error.message}", code=BAD_ARGUMENTS, data={"field": field}) from None
