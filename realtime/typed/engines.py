"""Who holds a value against a type: pydantic for its own models, msgspec (the extra ``validation``) for all else,
and without msgspec the standard library for the plain ones.
"""

import re
import sys
import typing
from collections.abc import Callable
from typing import Any

from . import plain
from .errors import Invalid, Unsupported

msgspec: Any
try:
    import msgspec
except ImportError:
    msgspec = None

_SAID = re.compile(r"(.*?)(?: - at (?:`key` in )?`\$?(.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object (?:missing required|contains unknown) field `(.*)`")


def validator(annotation: Any) -> Callable[[Any], Any] | None:
    """A function that returns the value in its type, or raises ``Invalid``; None where anything will do.

    Raises ``Unsupported`` for a type that nothing can be held against.
    """
    if annotation in (Any, object):
        return None
    if on_the_wire(annotation) is not None:
        return _made(annotation)
    if is_pydantic(annotation):
        return _by_pydantic(annotation)
    return plain.validator(annotation) if msgspec is None else _by_msgspec(annotation)


def _by_msgspec(annotation: Any) -> Callable[[Any], Any]:
    try:
        msgspec.json.schema(annotation)
        msgspec.json.Decoder(annotation)
    except (TypeError, RuntimeError) as error:
        if "custom type" in str(error):
            raise Unsupported(f"nothing can be held against {annotation!r}") from None
        raise Unsupported(str(error)) from None
    convert = msgspec.convert

    def validate(value: Any) -> Any:
        try:
            # Named as built in, so that bytes are bytes and not text in base64.
            return convert(value, annotation, builtin_types=(bytes, bytearray), str_keys=True)
        except msgspec.ValidationError as error:
            said = _SAID.fullmatch(str(error))
            message, path = said.groups() if said else (str(error), "")
            missing = _MISSING.fullmatch(message)
            path = (path or "") + (f".{missing[1]}" if missing else "")
        except UnicodeEncodeError:  # msgspec reads texts as UTF-8, and JSON can bring what that has no form for
            message, path = "Expected text, got a lone surrogate", ""
        raise Invalid(message, path)

    return validate


def on_the_wire(annotation: Any) -> dict[str, Any] | None:
    """The JSON schema, in ``wire_schema``, of a class whose objects are made before handlers see them, or None."""
    return getattr(annotation, "wire_schema", None) if isinstance(annotation, type) else None


def _made(annotation: Any) -> Callable[[Any], Any]:
    def validate(value: Any) -> Any:
        if not isinstance(value, annotation):
            raise Invalid(f"Expected `{annotation.__name__.lower()}`, got `{plain.word(value)}`")
        return value

    return validate


def pydantic() -> Any:
    """The package, if anybody uses it."""
    return sys.modules.get("pydantic")


def is_pydantic(annotation: Any) -> bool:
    if pydantic() is None:
        return False
    if isinstance(annotation, type) and hasattr(annotation, "__pydantic_validator__"):
        return True
    return any(is_pydantic(each) for each in typing.get_args(annotation) if not isinstance(each, str))


def _by_pydantic(annotation: Any) -> Callable[[Any], Any]:
    adapter = pydantic().TypeAdapter(annotation)

    def validate(value: Any) -> Any:
        try:
            return adapter.validate_python(value)
        except pydantic().ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"])
        raise Invalid(first["msg"], path)

    return validate
