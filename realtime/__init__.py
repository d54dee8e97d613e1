"""Socket.IO for Django: any Socket.IO client talks to Channels consumers as the logged-in user.

The public names load on first use (PEP 562), so that the pure floors import without Django.
"""

from importlib import import_module

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
    "BroadcastError": "realtime.exceptions",
    "ConnectionRefused": "realtime.exceptions",
    "CrossProcessLayerError": "realtime.exceptions",
    "Disconnected": "realtime.exceptions",
    "EventError": "realtime.exceptions",
    "SessionGone": "realtime.exceptions",
}
__all__ = sorted(_HOMES)


def __getattr__(name):
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return [*globals(), *__all__]
