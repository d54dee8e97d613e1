"""Types as JSON Schema, draft 7 as AsyncAPI has it. msgspec makes most of it, pydantic that of its own models."""

import re
from typing import Any

import msgspec

from realtime.schema.project import NOTHING
from realtime.typed.engines import is_pydantic, on_the_wire, pydantic

REFERENCE = "#/components/schemas/"
BINARY = {"type": "string", "format": "binary"}


class Types:
    """Collects the named types; ``of(annotation)`` is the schema that speaks of them by reference."""

    def __init__(self) -> None:
        self.components: dict[str, Any] = {}

    def of(self, annotation: Any) -> Any:
        """The schema of an annotation; ``{}``, anything, where there is none."""
        if annotation is NOTHING or annotation in (object, msgspec.UNSET):
            return {}
        if on_the_wire(annotation) is not None:
            return draft7(on_the_wire(annotation))
        schema, named = _by_pydantic(annotation) if is_pydantic(annotation) else _by_msgspec(annotation)
        self.components |= {legal(name): draft7(each) for name, each in named.items()}
        return draft7(schema)


def legal(name: str) -> str:
    """A name that AsyncAPI takes for a component and TypeScript for a type."""
    name = re.sub(r"\W+", "_", name).strip("_")
    return name if name.isidentifier() else f"T_{name}"


def _by_msgspec(annotation: Any) -> tuple[Any, dict[str, Any]]:
    (schema,), named = msgspec.json.schema_components([annotation], ref_template=REFERENCE + "{name}")
    return schema, named


def _by_pydantic(annotation: Any) -> tuple[Any, dict[str, Any]]:
    adapter = pydantic().TypeAdapter(annotation)
    schema = adapter.json_schema(ref_template=REFERENCE + "{model}")
    named = schema.pop("$defs", {})
    if schema.get("type") == "object" and "title" in schema:  # a model by itself is written out
        named[schema["title"]] = schema
        schema = {"$ref": REFERENCE + legal(schema["title"])}
    return schema, named


def draft7(schema: Any) -> Any:
    """A schema of the 2020 draft as one of draft 7, with bytes as what they are on this wire: bytes."""
    if isinstance(schema, list):
        return [draft7(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("contentEncoding") == "base64" or schema.get("format") == "binary":
        return BINARY
    if "prefixItems" in schema:
        schema = {"type": "array", "items": schema["prefixItems"], "additionalItems": False} | {
            key: schema[key] for key in ("minItems", "maxItems", "description") if key in schema
        }
    if "$ref" in schema:
        return {"$ref": REFERENCE + legal(schema["$ref"].removeprefix(REFERENCE))}
    return {
        key: draft7(value) if key not in ("default", "enum", "const", "examples") else value
        for key, value in schema.items()
    }
