"""An AsyncAPI 3.0 document: a channel for each namespace, a message for each event.

A payload is the list of an event's arguments. ``x-ack`` is that of its acknowledgement, which AsyncAPI has no word for.
"""

import re
from collections.abc import Container, Iterable
from typing import Any

from realtime.schema.project import Argument, Event, Namespace
from realtime.schema.types import Types

ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "data": {}},
            "required": ["code", "message"],
        }
    },
    "required": ["error"],
}


def document(namespaces: Iterable[Namespace], title: str, version: str) -> dict[str, Any]:
    """The document, as a dict."""
    types = Types()
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for namespace in namespaces:
        id = _free(_key(namespace.address) or "main", channels)
        channels[id] = _channel(namespace, types)
        for action, events in (("receive", namespace.receives), ("send", namespace.sends)):
            for event in events:
                message = {"$ref": f"#/channels/{id}/messages/{_message_key(action, event)}"}
                key = _free(f"{id}.{_message_key(action, event)}", operations)
                operations[key] = {"action": action, "channel": {"$ref": f"#/channels/{id}"}, "messages": [message]}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": title, "version": version, "description": "Events over Socket.IO."},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"schemas": dict(sorted(types.components.items())) | {"ErrorAck": ERROR}},
    }


def _channel(namespace: Namespace, types: Types) -> dict[str, Any]:
    channel = {
        "address": namespace.address,
        "title": namespace.consumer.__name__,
        "description": namespace.description,
        "messages": {
            _message_key(action, event): _message(event, types)
            for action, events in (("receive", namespace.receives), ("send", namespace.sends))
            for event in events
        },
        "x-auth": types.of(namespace.auth),
    }
    if namespace.parameters:
        channel["parameters"] = {name: {} for name in namespace.parameters}
    return {key: value for key, value in channel.items() if value not in ("", {}) or key == "messages"}


def _message(event: Event, types: Types) -> dict[str, Any]:
    message: dict[str, Any] = {"name": event.name, "title": event.name, "payload": arguments(event.arguments, types)}
    if event.description:
        message["description"] = event.description
    if event.answers is not None:
        answers = [types.of(each) for each in event.answers]
        message["x-ack"] = {"oneOf": [_list(answers), _list([{"$ref": "#/components/schemas/ErrorAck"}])]}
    return message


def arguments(found: list[Argument], types: Types) -> dict[str, Any]:
    """The schema of a list of arguments."""
    fixed = [types.of(each.annotation) for each in found if not each.rest]
    rest = [types.of(each.annotation) for each in found if each.rest]
    return _list(fixed, sum(each.required for each in found if not each.rest), rest[0] if rest else False)


def _list(items: list[Any], least: int | None = None, more: Any = False) -> dict[str, Any]:
    least = len(items) if least is None else least
    schema: dict[str, Any] = {"type": "array", "minItems": least}
    if items:
        schema |= {"items": items, "additionalItems": more}
    elif more is not False:
        schema["items"] = more
    return schema if items and more is not False else schema | ({} if more is not False else {"maxItems": len(items)})


def _message_key(action: str, event: Event) -> str:
    # The event's own name is in the message; two that differ in signs only must not share a key.
    key = _key(event.name)
    return f"{action}.{key}" if key == event.name else f"{action}.{key}.{event.name.encode().hex()[:16]}"


def _key(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", text).strip("_")


def _free(key: str, taken: Container[str]) -> str:
    number, free = 2, key
    while free in taken:
        free, number = f"{key}_{number}", number + 1
    return free
