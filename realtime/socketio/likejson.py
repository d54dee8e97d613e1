"""Values of a parser that carries more than JSON, brought to what JSON says: applications are not to notice."""

import math
from collections.abc import Iterable
from typing import Any

CONTAINERS = (list, dict, tuple)
LEAVES = frozenset([str, int, bool, type(None), bytes])  # of which there is nothing to look at


def with_str_keys(pairs: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    """A dict of these pairs, its keys as JSON has them."""
    return {key_of(key): value for key, value in pairs}


def key_of(key: Any) -> str:
    """A key as JSON has it. Raises ``TypeError`` and ``ValueError`` for what can be none."""
    if isinstance(key, str):
        return key
    if isinstance(key, bool) or key is None:
        return {True: "true", False: "false", None: "null"}[key]
    if isinstance(key, float):
        return float.__repr__(number(key))
    if isinstance(key, int):
        return int.__repr__(key)
    raise TypeError(f"keys must be str, not {type(key).__name__}")


def number(value: float) -> float:
    """``value``; ``ValueError`` for NaN and Infinity."""
    if not math.isfinite(value):
        raise ValueError("Out of range float values are not JSON compliant")
    return value


def members(container: Any) -> Iterable[Any]:
    """What is in a list or dict."""
    return container.values() if isinstance(container, dict) else container


def like_json(value: Any) -> Any:
    """A copy of ``value`` with keys that are str, and lists for tuples, of which msgpack takes some for extensions.

    Raises ``ValueError`` for NaN and Infinity, ``TypeError`` for a key that JSON could not have.
    """
    if isinstance(value, float):
        return number(value)
    if isinstance(value, dict):
        return {
            key if type(key) is str else key_of(key): item if type(item) in LEAVES else like_json(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [item if type(item) in LEAVES else like_json(item) for item in value]
    return value


def finite(value: Any) -> Any:
    """``value`` with None for NaN and Infinity, in place."""
    if type(value) is float:
        return value if math.isfinite(value) else None
    if type(value) in (list, dict):
        for key, item in value.items() if type(value) is dict else enumerate(value):
            if type(item) in (float, list, dict):
                value[key] = finite(item)
    return value
