"""Validation by the standard library alone: built-in types, Optional and unions of them, Literal, lists, tuples,
dicts, dataclasses and TypedDict. What it says is what msgspec says, which takes its place where it is installed.
"""

import dataclasses
import types
import typing
from collections.abc import Callable
from typing import Any, NamedTuple

from .errors import Invalid, Unsupported

_WORDS = {bool: "bool", int: "int", float: "float", str: "str", bytes: "bytes", type(None): "null"}
_WORDS |= {list: "array", tuple: "array", dict: "object", bytearray: "bytes"}


class Rule(NamedTuple):
    """How one type is checked: the words for what it takes, and ``convert(value)`` for a value of that word."""

    words: tuple[str, ...]
    convert: Any


def validator(annotation: Any) -> Callable[[Any], Any]:
    """A function that returns the value in its type, or raises ``Invalid``. Raises ``Unsupported``."""
    rule = _rule(annotation, {})
    return lambda value: _apply(rule, value)


def word(value: Any) -> str:
    """What its type is called on the wire."""
    return _WORDS.get(type(value), type(value).__name__)


def _apply(rule: Rule, value: Any) -> Any:
    kind = word(value)
    if kind in rule.words:
        return rule.convert(value)
    if kind == "int" and "float" in rule.words:
        return float(value)
    if not rule.words:
        return value
    raise Invalid(f"Expected `{' | '.join(rule.words)}`, got `{kind}`")


def _inside(rule: Rule, value: Any, path: str) -> Any:
    try:
        return _apply(rule, value)
    except Invalid as error:
        raise Invalid(error.message, path + error.path) from None


def _rule(annotation: Any, known: dict[Any, Any]) -> Rule:
    """``known`` are the rules of dataclasses and TypedDicts that contain themselves."""
    if annotation in (Any, object):
        return Rule((), None)
    if annotation is None:
        annotation = type(None)
    origin = typing.get_origin(annotation)
    if annotation in (bool, int, float, str, bytes, type(None)):
        return Rule((_WORDS[annotation],), _same)
    if annotation in (list, dict, tuple):
        return Rule((_WORDS[annotation],), annotation)
    if origin in (typing.Union, types.UnionType):
        return _union([_rule(each, known) for each in typing.get_args(annotation)], annotation)
    if origin is typing.Literal:
        return _literal(typing.get_args(annotation))
    if origin in (list, tuple):
        return _array(origin, typing.get_args(annotation), known)
    if origin is dict and typing.get_args(annotation)[0] is str:
        return _mapping(typing.get_args(annotation)[1], known)
    if isinstance(annotation, type) and (dataclasses.is_dataclass(annotation) or typing.is_typeddict(annotation)):
        return _object(annotation, known)
    raise Unsupported(
        f'{annotation!r} can only be checked by msgspec: python -m pip install "socketio-django[validation]"'
    )


def _same(value: Any) -> Any:
    return value


def _union(rules: list[Rule], annotation: Any) -> Rule:
    words = [word for rule in rules for word in rule.words]
    if not all(rule.words for rule in rules):
        return Rule((), None)
    if len(set(words)) < len(words):
        raise Unsupported(f"in {annotation!r} two types look the same on the wire")
    by_word = {word: rule for rule in rules for word in rule.words}

    def convert(value: Any) -> Any:
        return by_word[_WORDS[type(value)]].convert(value)

    return Rule(tuple(words), convert)


def _literal(values: tuple[Any, ...]) -> Rule:
    def convert(value: Any) -> Any:
        if not any(type(value) is type(each) and value == each for each in values):
            raise Invalid(f"Invalid enum value {value!r}")
        return value

    return Rule(tuple(dict.fromkeys(_WORDS[type(each)] for each in values)), convert)


def _array(kind: Any, args: tuple[Any, ...], known: dict[Any, Any]) -> Rule:
    if kind is list or args[1:] == (...,):
        rule = _rule(args[0], known)
        return Rule(
            ("array",), lambda value: kind(_inside(rule, item, f"[{index}]") for index, item in enumerate(value))
        )
    rules = [_rule(each, known) for each in args]

    def convert(value: Any) -> Any:
        if len(value) != len(rules):
            raise Invalid(f"Expected `array` of length {len(rules)}, got {len(value)}")
        pairs = enumerate(zip(rules, value, strict=True))
        return tuple(_inside(rule, item, f"[{index}]") for index, (rule, item) in pairs)

    return Rule(("array",), convert)


def _mapping(annotation: Any, known: dict[Any, Any]) -> Rule:
    rule = _rule(annotation, known)
    return Rule(("object",), lambda value: {key: _inside(rule, item, "[...]") for key, item in value.items()})


def _object(cls: Any, known: dict[Any, Any]) -> Rule:
    if cls in known:
        return Rule(("object",), lambda value: known[cls].convert(value))
    known[cls] = None
    hints, required = _fields(cls)
    rules = {name: _rule(hint, known) for name, hint in hints.items()}

    def convert(value: Any) -> Any:
        made = {key: _inside(rules[key], item, f".{key}") for key, item in value.items() if key in rules}
        for name in required:
            if name not in made:
                raise Invalid(f"Object missing required field `{name}`", f".{name}")
        return cls(**made)

    known[cls] = rule = Rule(("object",), convert)
    return rule


def _fields(cls: Any) -> tuple[dict[str, Any], list[str]]:
    """The types of the fields, and the names of those that must be there."""
    hints = typing.get_type_hints(cls)
    if typing.is_typeddict(cls):
        return hints, [name for name in hints if name in cls.__required_keys__]
    fields = [field for field in dataclasses.fields(cls) if field.init]
    none = dataclasses.MISSING
    required = [field.name for field in fields if field.default is none and field.default_factory is none]
    return {field.name: hints[field.name] for field in fields}, required
