"""System checks of consumer classes: what somebody has written for the library, and the library does not read."""

import difflib
import inspect
from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Warning, register

from realtime.consumers import NamespaceConsumer
from realtime.handlers import is_marked
from realtime.routes import behind_the_engine, every_route, inside, told_namespaces

HOOKS = ("connect", "disconnect", "disconnecting")
READ = (*HOOKS, "middleware", "permission_required", "event_middleware", "groups", "emits")
CLOSE = 0.85  # of difflib's ratio: one letter or two are wrong
NO_SLIPS = ("connected", "disconnected", "group", "emit")  # words of their own


@register()
def consumers(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    try:
        namespaces = told_namespaces(behind_the_engine())
    except Exception:  # E001 says it
        return []
    served = [item for _, route in every_route(namespaces) for item in inside(route.callback)]
    classes = dict.fromkeys(getattr(item, "consumer_class", None) for item in served)
    return [found for cls in classes if cls and issubclass(cls, NamespaceConsumer) for found in _slips(cls)]


def _slips(cls: Any) -> Iterator[CheckMessage]:
    names = {name: value for base in reversed(_own(cls)) for name, value in vars(base).items()}
    for name, value in names.items():
        if hasattr(NamespaceConsumer, name) or any(is_marked(vars(base).get(name)) for base in _own(cls)):
            continue
        if (hint := _hint(name, value)) is not None:
            message = (
                f"{cls.__module__}.{cls.__qualname__}.{name} is read by nobody: no event and no hook has this name."
            )
            yield Warning(message, hint=hint, obj=cls, id="realtime.W018")


def _own(cls: Any) -> list[Any]:
    """The class and what it inherits, up to the library."""
    return list(cls.__mro__[: cls.__mro__.index(NamespaceConsumer)])


def _hint(name: str, value: Any) -> str | None:
    """What was meant, if it is a slip."""
    if inspect.isfunction(value) and name.startswith("on_"):
        event = name.removeprefix("on_")
        return f"Call it {event}()." if event in HOOKS else f'Decorate it: @on("{event}")'
    meant = difflib.get_close_matches(name, READ, 1, CLOSE)
    return f"Call it {meant[0]}." if meant and name not in NO_SLIPS else None
