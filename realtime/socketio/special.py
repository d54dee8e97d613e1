"""What JSON can carry, for Python values that it cannot: the parsers ask here, and for nothing else.

What a typed handler takes it may return and emit as well: dataclasses, msgspec's Structs and pydantic's models.
"""

import dataclasses
import sys
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

Default = Callable[[Any], Any]  # from what JSON cannot carry to what it can; raises TypeError for the rest
_AS_THEY_ARE = (bytes, bytearray, memoryview, datetime, date, time, timedelta, Decimal)  # in a Struct: asked for later


def special(default: Default | None, value: Any) -> Any:
    """What ``default`` gives for a value, or the fields of an object as a dict. Raises ``TypeError``."""
    if isinstance(value, Enum):  # orjson takes these two by itself, and nobody is to notice which one encodes
        return value.value
    if isinstance(value, UUID):
        return str(value)
    try:
        if default is not None:
            return default(value)
    except TypeError:  # a project's own form of its classes comes first
        if (fields := _fields(value, default)) is not None:
            return fields
        raise
    if (fields := _fields(value, default)) is not None:
        return fields
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _fields(value: Any, default: Default | None) -> Any:
    """An object in what JSON and ``default`` know; None for one that is neither of the three."""
    kind = type(value)
    if hasattr(kind, "__struct_fields__"):
        return sys.modules["msgspec"].to_builtins(
            value, builtin_types=_AS_THEY_ARE, str_keys=True, enc_hook=lambda inner: special(default, inner)
        )
    if hasattr(kind, "__pydantic_fields__") and not dataclasses.is_dataclass(kind):
        return value.model_dump(by_alias=True)
    if dataclasses.is_dataclass(kind):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return None
