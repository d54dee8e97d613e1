"""What the log tells a developer while ``DEBUG`` is on, and nobody else: why a client was not let in."""

import logging
from typing import Any

from django.conf import settings

from realtime.logs import NOBODY, printable
from realtime.routes import behind_the_engine, every_route, told_namespaces
from realtime.signals import connection_rejected

logger = logging.getLogger("realtime.socket")
UNKNOWN = "no route of asgi.py leads to the namespace %s; there are: %s"


async def unknown_namespace(sender: str, message: str, **kwargs: Any) -> None:
    """Names the namespaces that there are, for ``io("/chatt")``."""
    if settings.DEBUG and message == "Invalid namespace":
        known = ", ".join(_names()) or "none"
        logger.warning(UNKNOWN, printable(sender)[:100], known, extra={**NOBODY, "namespace": printable(sender)})


def _names() -> list[str]:
    routes = every_route(told_namespaces(behind_the_engine()))
    return [f"/{prefix}{route.pattern}" for prefix, route in routes]


def give() -> None:
    """Connects the receivers, once."""
    connection_rejected.connect(unknown_namespace, dispatch_uid="realtime.hints")
