"""Which namespaces a consumer class serves: the routes of the project's ASGI application, read backwards."""

from collections.abc import Iterator
from types import CellType
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls.exceptions import Resolver404
from django.utils.module_loading import import_string

from realtime.adapter import hubs
from realtime.routing import DynamicNamespace

LIMIT = 1000  # objects looked at


def path_of(consumer: Any) -> str:
    """How a consumer class is called between processes."""
    return f"{consumer.__module__}.{consumer.__qualname__}"


def namespaces_of(path: str) -> list[str]:
    """The names that lead to the consumer class of this ``path_of``: of its routes without parameters, and of the
    namespaces in use here. A dynamic namespace that only other processes have is not among them.
    """
    routers = [item for item in inside(import_string(settings.ASGI_APPLICATION)) if isinstance(item, URLRouter)]
    names = {name for router in routers for name in _plain(router)}
    names |= {name for hub in hubs() for name in list(hub.namespaces)}
    return sorted(name for name in names if any(leads_to(path, router, name) for router in routers))


def behind_the_engine() -> Any:
    """What the ``EngineIO`` of the project calls for each namespace. Raises ``ImproperlyConfigured`` without one."""
    from realtime import EngineIO

    for item in inside(import_string(settings.ASGI_APPLICATION)):
        if isinstance(item, EngineIO):
            return item.app
    raise ImproperlyConfigured(f"ASGI_APPLICATION = {settings.ASGI_APPLICATION!r} is not wrapped by EngineIO.")


def told_namespaces(application: Any) -> Any:
    """What serves the namespaces behind an ``EngineIO`` around ``application``, or None where a
    ``ProtocolTypeRouter`` sends them nowhere.
    """
    for item in inside(application):
        if isinstance(item, ProtocolTypeRouter):
            return item.application_mapping.get("socketio")
    return application


def every_route(application: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The routes of the URLRouter in ``application`` and of those nested in it, each with what stands before it."""
    router = next((item for item in inside(application) if isinstance(item, URLRouter)), None)
    for route in router.routes if router else ():
        yield prefix, route
        yield from every_route(route.callback, f"{prefix}{route.pattern}")


def leads_to(consumer_path: str, router: Any, name: str) -> bool:
    """Whether the router's first match for the namespace ``name`` is the consumer class."""
    for route in router.routes:
        try:
            match = route.pattern.match(name.lstrip("/"))
        except Resolver404:
            continue
        if match and (found := _consumer(route.callback, match[0], name)) is not None:
            return path_of(found) == consumer_path
    return False


def inside(application: Any) -> Iterator[Any]:
    """``application`` and whatever callable is inside it: in its instance or its closure, and so on; each once."""
    seen: set[int] = set()
    waiting = [application]
    while waiting and len(seen) < LIMIT:
        item = waiting.pop(0)
        if id(item) not in seen:
            seen.add(id(item))
            waiting += _held(item)
            yield item


def _consumer(callback: Any, rest: str, name: str) -> Any:
    for item in inside(callback):
        if isinstance(item, DynamicNamespace) and not item.serves(name):
            return None
        if isinstance(item, URLRouter):
            return next((found for route in item.routes if (found := _in_route(route, rest, name))), None)
        if hasattr(item, "consumer_class"):
            return item.consumer_class
    return None


def _in_route(route: Any, path: str, name: str) -> Any:
    match = route.pattern.match(path.lstrip("/"))
    return _consumer(route.callback, match[0], name) if match else None


def _plain(router: Any, prefix: str = "") -> Iterator[str]:
    """The names of the routes without parameters, nested routers included."""
    for route in router.routes:
        text = prefix + str(route.pattern)
        if set(text) & set("<^$()[]\\"):
            continue
        nested = [item for item in inside(route.callback) if isinstance(item, URLRouter)]
        yield from _plain(nested[0], text) if nested else ["/" + text.lstrip("/")]


def _held(application: Any) -> list[Any]:
    cells = getattr(application, "__closure__", None) or ()
    held = [*getattr(application, "__dict__", {}).values(), getattr(application, "__self__", None)]
    held += [cell.cell_contents for cell in cells if cell != CellType()]  # an empty cell has no contents
    held += [item for mapping in held if isinstance(mapping, dict) for item in mapping.values()]
    return [item for item in held if callable(item) and not isinstance(item, type)]
