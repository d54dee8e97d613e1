"""System checks of the routes to namespaces: what no client could ever reach.

Each hint is the line to paste.
"""

from collections.abc import Iterator
from typing import Any

from channels.routing import URLRouter
from django.core.checks import CheckMessage, Error, Warning, register

from realtime.routes import behind_the_engine, every_route, inside, told_namespaces


@register()
def routes(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    try:
        application = behind_the_engine()
    except Exception:  # E001 says it
        return []
    namespaces = told_namespaces(application)
    if namespaces is None:
        message = "The ProtocolTypeRouter in EngineIO has no 'socketio', so every namespace is an internal error."
        hint = "In asgi.py: 'socketio': AuthMiddlewareStack(URLRouter([path('chat', Chat.as_asgi())])),"
        return [Error(message, hint=hint, id="realtime.E012")]
    return [problem for prefix, route in every_route(namespaces) for problem in _problems(prefix, route)]


def _problems(prefix: str, route: Any) -> Iterator[CheckMessage]:
    pattern, name = str(route.pattern), getattr(route.callback, "__name__", "")
    if isinstance(route.callback, type) and hasattr(route.callback, "as_asgi"):
        message = f"The route {prefix + pattern!r} leads to the class {name}, which no server can call."
        yield Error(message, hint=f"In asgi.py: {name}.as_asgi()", id="realtime.E013")
    bare = pattern.removeprefix("^")
    if bare.startswith("/"):
        message = f"No namespace matches the route {prefix + pattern!r}: it is asked without the first slash."
        yield Error(message, hint=f"In asgi.py: {pattern.replace('/', '', 1)!r} for '{bare}'", id="realtime.E014")
    elif bare.rstrip("$").endswith("/") and not any(isinstance(item, URLRouter) for item in inside(route.callback)):
        message = f"The route {prefix + pattern!r} ends with a slash, so io('/{prefix}{bare.rstrip('$/')}') is refused."
        hint = f"In asgi.py: {pattern.rstrip('$').rstrip('/')!r}; a namespace is no URL of Django's"
        yield Warning(message, hint=hint, id="realtime.W017")
