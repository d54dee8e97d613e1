"""A TypeScript declaration file: for each namespace the two interfaces that ``Socket`` of socket.io-client takes."""

import json
import re
from collections.abc import Iterable
from typing import Any

from realtime.schema.project import Argument, Event, Namespace
from realtime.schema.types import REFERENCE, Types, legal

HEAD = """// Made by manage.py socketio_schema --format typescript. Do not edit.

/** What an acknowledgement says when the event was refused. */
export type ErrorAck = { error: { code: string; message: string; data?: unknown } };

/** Bytes: a Uint8Array, Buffer or ArrayBuffer. */
export type Binary = ArrayBuffer | ArrayBufferView;
"""
_WORDS: dict[Any, str] = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}


def declarations(namespaces: Iterable[Namespace]) -> str:
    """The text of the file."""
    types, spaces = Types(), []
    for name, served in _named(namespaces).items():
        spaces.append(_space(name, served, types))
    named = "\n\n".join(_type(name, schema) for name, schema in sorted(types.components.items()))
    return "\n".join([HEAD, named, "", *spaces]).replace("\n\n\n", "\n\n").rstrip() + "\n"


def _named(namespaces: Iterable[Namespace]) -> dict[str, list[Namespace]]:
    """The consumers by the name of their TypeScript namespace, each with its routes."""
    found: dict[Any, list[Namespace]] = {}
    for each in namespaces:
        found.setdefault(each.consumer, []).append(each)
    names: dict[str, list[Namespace]] = {}
    for consumer, served in found.items():
        name, number = legal(consumer.__name__), 2
        while name in names:
            name, number = f"{legal(consumer.__name__)}{number}", number + 1
        names[name] = served
    return names


def _space(name: str, served: list[Namespace], types: Types) -> str:
    first = served[0]
    lines = [_comment("; ".join(filter(None, [", ".join(each.address for each in served), first.description])))]
    lines.append(f"export namespace {name} {{")
    lines.append(f"  type Auth = {written(types.of(first.auth))};\n")
    for title, events, form in (
        ("ClientToServerEvents", first.receives, _received),
        ("ServerToClientEvents", first.sends, _sent),
    ):
        lines.append(f"  interface {title} {{")
        for event in events:
            if event.description:
                lines.append("    " + _comment(event.description))
            lines.append(f"    {json.dumps(event.name)}: ({form(event, types)}) => void;")
        lines.append("  }\n" if title.startswith("Client") else "  }")
    return "\n".join([*lines, "}\n"])


def _comment(text: str) -> str:
    return f"/** {text.replace('*/', '* /')} */"


def _sent(event: Event, types: Types) -> str:
    return ", ".join(f"{_label(each.name)}: {written(types.of(each.annotation))}" for each in event.arguments)


def _received(event: Event, types: Types) -> str:
    """The parameters. Where an acknowledgement follows arguments that may be left out, a union of lists."""
    required = [
        f"{_label(each.name)}: {written(types.of(each.annotation))}" for each in event.arguments if _fixed(each)
    ]
    least = sum(each.required for each in event.arguments if not each.rest)
    rest = [
        f"...{_label(each.name)}: {_array(written(types.of(each.annotation)))}" for each in event.arguments if each.rest
    ]
    lists = [required[:count] for count in range(least, len(required))] + [required + rest]
    ack = _ack(event.answers, types)
    if rest and ack.startswith("ack?"):  # nothing that may be left out can follow a rest
        lists.append([*lists[-1], ack.replace("ack?", "ack")])
    elif not rest or not ack.startswith("ack?"):
        lists = [[*each, ack] for each in lists]
    if len(lists) == 1 and not rest:
        return ", ".join(lists[0])
    return "...args: " + " | ".join(f"[{', '.join(each)}]" for each in lists)


def _fixed(argument: Argument) -> bool:
    return not argument.rest


def _ack(answers: list[Any] | None, types: Types) -> str:
    if answers is None:
        return "ack?: (...answer: any[]) => void"
    if not answers:
        return "ack?: (error?: ErrorAck) => void"
    first, *more = [written(types.of(each)) for each in answers]
    listed = [f"answer: {first} | ErrorAck", *(f"answer{number}: {each}" for number, each in enumerate(more, 2))]
    return f"ack: ({', '.join(listed)}) => void"


def _type(name: str, schema: dict[str, Any]) -> str:
    return f"export type {name} = {written(schema)};"


def written(schema: Any) -> str:
    """A JSON schema as a TypeScript type."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(REFERENCE)
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(each) for each in schema["enum"])
    for key, sign in (("anyOf", " | "), ("oneOf", " | "), ("allOf", " & ")):
        if key in schema:
            return sign.join(dict.fromkeys(written(each) for each in schema[key]))
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(written({**schema, "type": each}) for each in kind)
    if schema.get("format") == "binary":
        return "Binary"
    if kind == "array":
        return _written_array(schema)
    return _object(schema) if kind == "object" else _WORDS.get(kind, "unknown")


def _written_array(schema: dict[str, Any]) -> str:
    items = schema.get("items", {})
    return f"[{', '.join(map(written, items))}]" if isinstance(items, list) else _array(written(items))


def _array(text: str) -> str:
    return f"{text}[]" if re.fullmatch(r"\w+", text) else f"({text})[]"


def _object(schema: dict[str, Any]) -> str:
    properties, more = schema.get("properties"), schema.get("additionalProperties")
    if not properties:
        return f"Record<string, {written(more) if isinstance(more, dict) else 'unknown'}>"
    required = schema.get("required", ())
    fields = (
        f"{_label(name, True)}{'' if name in required else '?'}: {written(each)}" for name, each in properties.items()
    )
    return "{ " + "; ".join(fields) + " }"


def _label(name: str, quoted: bool = False) -> str:
    """A name of an argument, or quoted where it can be none of a field."""
    if re.fullmatch(r"[A-Za-z_$][\w$]*", name, re.ASCII):
        return name
    return json.dumps(name) if quoted else legal(name)
