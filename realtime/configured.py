"""What the settings say, for the system checks: whatever else is wrong with them."""

from typing import Any

from channels.layers import InMemoryChannelLayer
from django.conf import settings
from django.utils.module_loading import import_string

from realtime import conf


def given() -> dict[str, Any]:
    """``settings.SOCKETIO`` with keys in upper case; empty where it is no dict."""
    value = getattr(settings, "SOCKETIO", None) or {}
    return {str(key).upper(): item for key, item in value.items()} if isinstance(value, dict) else {}


def option(name: str) -> Any:
    """One option as it stands, the default included."""
    return given().get(name.upper(), conf.FIELDS[name].default)


def layer() -> tuple[dict[str, Any], Any]:
    """(CONFIG, backend class) of the channel layer in use; ({}, None) where there is none or it cannot be had."""
    configuration: Any = (getattr(settings, "CHANNEL_LAYERS", None) or {}).get(option("channel_layer"))
    try:
        return configuration.get("CONFIG") or {}, import_string(configuration["BACKEND"])
    except (AttributeError, ImportError, KeyError, TypeError):
        return {}, None


def in_memory(backend: Any) -> bool:
    """Whether this is Channels' layer that ends at its process."""
    return isinstance(backend, type) and issubclass(backend, InMemoryChannelLayer)
