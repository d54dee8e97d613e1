"""Which namespaces a consumer class serves: the routes of the project's ASGI application, read backwards."""

from types import CellType

from channels.routing import URLRouter
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls.exceptions import Resolver404
from django.utils.module_loading import import_string

from realtime.adapter import hubs
from realtime.routing import DynamicNamespace

LIMIT = 1000  # objects looked at


def path_of(consumer):
    """How a consumer class is called between processes."""
    return f"{consumer.__module__}.{consumer.__qualname__}"


def namespaces_of(path):
    """The names that lead to the consumer class of this ``path_of``: of its routes without parameters, and of the
    namespaces in use here. A dynamic namespace that only other processes have is not among them.
    """
    routers = [item for item in inside(import_string(settings.ASGI_APPLICATION)) if isinstance(item, URLRouter)]
    names = {name for router in routers for name in _plain(router)}
    names |= {name for hub in hubs() for name in list(hub.namespaces)}
    return sorted(name for name in names if any(leads_to(path, router, name) for router in routers))


def behind_the_engine():
    """What the ``EngineIO`` of the project calls for each namespace. Raises ``ImproperlyConfigured`` without one."""
    from realtime import EngineIO

    for item in inside(import_string(settings.ASGI_APPLICATION)):
        if isinstance(item, EngineIO):
            return item.app
    raise ImproperlyConfigured(f"ASGI_APPLICATION = {settings.ASGI_APPLICATION!r} is not wrapped by EngineIO.")


def leads_to(consumer_path, router, name):
    """Whether the router's first match for the namespace ``name`` is the consumer class."""
    for route in router.routes:
        try:
            match = route.pattern.match(name.lstrip("/"))
        except Resolver404:
            continue
        if match and (found := _consumer(route.callback, match[0], name)) is not None:
            return path_of(found) == consumer_path
    return False


def inside(application):
    """``application`` and whatever callable is inside it: in its instance or its closure, and so on; each once."""
    seen, waiting = set(), [application]
    while waiting and len(seen) < LIMIT:
        item = waiting.pop(0)
        if id(item) not in seen:
            seen.add(id(item))
            waiting += _held(item)
            yield item


def _consumer(callback, rest, name):
    for item in inside(callback):
        if isinstance(item, DynamicNamespace) and not item.serves(name):
            return None
        if isinstance(item, URLRouter):
            return next((found for route in item.routes if (found := _in_route(route, rest, name))), None)
        if hasattr(item, "consumer_class"):
            return item.consumer_class
    return None


def _in_route(route, path, name):
    match = route.pattern.match(path.lstrip("/"))
    return _consumer(route.callback, match[0], name) if match else None


def _plain(router, prefix=""):
    """The names of the routes without parameters, nested routers included."""
    for route in router.routes:
        text = prefix + str(route.pattern)
        if set(text) & set("<^$()[]\\"):
            continue
        nested = [item for item in inside(route.callback) if isinstance(item, URLRouter)]
        yield from _plain(nested[0], text) if nested else ["/" + text.lstrip("/")]


def _held(application):
    cells = getattr(application, "__closure__", None) or ()
    held = [*getattr(application, "__dict__", {}).values(), getattr(application, "__self__", None)]
    held += [cell.cell_contents for cell in cells if cell != CellType()]  # an empty cell has no contents
    held += [item for mapping in held if isinstance(mapping, dict) for item in mapping.values()]
    return [item for item in held if callable(item) and not isinstance(item, type)]
