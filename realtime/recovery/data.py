"""The data of a socket that is saved elsewhere."""

from typing import Any


class Data(dict[str, Any]):
    """The data of a socket; what is changed in it, not deeper, is saved soon."""

    __slots__ = ("_changed",)

    def __init__(self, data: Any, changed: Any) -> None:
        super().__init__(data)
        self._changed = changed


def _telling(name: str) -> Any:
    change = getattr(dict, name)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return change(self, *args, **kwargs)
        finally:
            self._changed()

    return method


for _name in ("__setitem__", "__delitem__", "__ior__", "clear", "pop", "popitem", "setdefault", "update"):
    setattr(Data, _name, _telling(_name))
