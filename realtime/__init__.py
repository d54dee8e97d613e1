"""Socket.IO for Django: any Socket.IO client talks to Channels consumers as the logged-in user.

The public names load on first use (PEP 562), so that the pure floors import without Django.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "EngineIO": "realtime.engine.middleware",
    "NamespaceConsumer": "realtime.consumers",
    "on": "realtime.handlers",
    "on_any": "realtime.handlers",
    "on_any_outgoing": "realtime.handlers",
    "on_layer": "realtime.handlers",
    "dynamic": "realtime.routing",
    "namespace": "realtime.broadcast",
    "once": "realtime.handlers",
    "user": "realtime.broadcast",
    "AckTimeout": "realtime.exceptions",
    "ClusterTimeout": "realtime.exceptions",
    "BroadcastError": "realtime.exceptions",
    "ConnectionRefused": "realtime.exceptions",
    "CrossProcessLayerError": "realtime.exceptions",
    "Disconnected": "realtime.exceptions",
    "EventError": "realtime.exceptions",
    "ServerStopped": "realtime.exceptions",
    "SessionGone": "realtime.exceptions",
}
__all__ = sorted(_HOMES)

if TYPE_CHECKING:
    from .broadcast import namespace as namespace
    from .broadcast import user as user
    from .consumers import NamespaceConsumer as NamespaceConsumer
    from .engine.middleware import EngineIO as EngineIO
    from .exceptions import AckTimeout as AckTimeout
    from .exceptions import BroadcastError as BroadcastError
    from .exceptions import ClusterTimeout as ClusterTimeout
    from .exceptions import ConnectionRefused as ConnectionRefused
    from .exceptions import CrossProcessLayerError as CrossProcessLayerError
    from .exceptions import Disconnected as Disconnected
    from .exceptions import EventError as EventError
    from .exceptions import ServerStopped as ServerStopped
    from .exceptions import SessionGone as SessionGone
    from .handlers import on as on
    from .handlers import on_any as on_any
    from .handlers import on_any_outgoing as on_any_outgoing
    from .handlers import on_layer as on_layer
    from .handlers import once as once
    from .routing import dynamic as dynamic


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
