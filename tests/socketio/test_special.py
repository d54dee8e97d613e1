"""What a typed handler takes, it may return and emit: dataclasses, Structs and models, by every parser."""

import json
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import msgpack
import msgspec
import pydantic
import pytest

from realtime.exceptions import EncodeError
from realtime.socketio.packet import Packet, PacketType
from realtime.socketio.parser import JSONParser, parser

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


class Colour(Enum):
    RED = "red"


@dataclass
class Post:
    title: str
    inner: Any = None
    tags: list[str] = field(default_factory=list)


class Stroke(msgspec.Struct, rename="camel", tag_field="kind", tag="stroke"):
    line_width: int
    inner: Any = None


class Row(msgspec.Struct, array_like=True):
    a: int
    b: int


class Model(pydantic.BaseModel):
    line_width: int = pydantic.Field(alias="lineWidth")
    inner: Any = None


class Strange:
    pass


def default(value):
    """As Django's encoder: knows dates, and nothing of objects."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def by_json(value, default=default, **options):
    (frame,) = JSONParser(default=default, **options).encode(Packet(PacketType.EVENT, "/", ["x", value]))
    return json.loads(frame[1:])[1]


def by_msgpack(value, default=default):
    (frame,) = parser("msgpack", default=default).encode(Packet(PacketType.EVENT, "/", ["x", value]))
    return msgpack.unpackb(frame)["data"][1]


WAYS = [by_json, lambda value: by_json(value, fast=False), by_msgpack]
pytestmark = pytest.mark.parametrize("way", WAYS, ids=["json", "stdlib", "msgpack"])


@pytest.mark.parametrize(
    "value, carried",
    [
        (Post("a"), {"title": "a", "inner": None, "tags": []}),
        (Post("a", Post("b")), {"title": "a", "inner": {"title": "b", "inner": None, "tags": []}, "tags": []}),
        (Stroke(1), {"kind": "stroke", "lineWidth": 1, "inner": None}),
        (Row(1, 2), [1, 2]),
        (Model(lineWidth=1), {"lineWidth": 1, "inner": None}),
        (Stroke(1, Colour.RED), {"kind": "stroke", "lineWidth": 1, "inner": "red"}),
        ([Post("a", NOW)], [{"title": "a", "inner": NOW.isoformat(), "tags": []}]),
        (Stroke(1, NOW), {"kind": "stroke", "lineWidth": 1, "inner": NOW.isoformat()}),
        (Stroke(1, UUID(int=7)), {"kind": "stroke", "lineWidth": 1, "inner": str(UUID(int=7))}),
        (Model(lineWidth=1, inner=Decimal("1.50")), {"lineWidth": 1, "inner": "1.50"}),
        (Stroke(1, [Post("a", Row(1, 2))]), {"kind": "stroke", "lineWidth": 1,
                                             "inner": [{"title": "a", "inner": [1, 2], "tags": []}]}),
        (Post("a", Model(lineWidth=1)), {"title": "a", "inner": {"lineWidth": 1, "inner": None}, "tags": []}),
    ],
)  # fmt: skip
def test_an_object_is_its_fields(way, value, carried):
    assert way(value) == carried


@pytest.mark.parametrize(
    "value", [Strange(), Post, Post("a", Strange()), Stroke(1, Strange()), Post("a", math.nan), Stroke(1, math.inf)]
)
def test_what_has_no_form_and_what_is_no_number_are_refused(way, value):
    with pytest.raises(EncodeError):
        way(value)


def test_the_form_that_a_project_gives_its_classes_comes_first(way):
    def mine(value):
        return f"post {value.title}" if isinstance(value, Post) else default(value)

    assert by_json(Post("a"), mine) == by_msgpack(Post("a"), mine) == "post a"


def test_bytes_in_an_object_are_binary(way):
    frames = JSONParser(default=default).encode(
        Packet(PacketType.EVENT, "/", ["x", Post("a", b"\0"), Stroke(1, b"\1")])
    )
    assert frames[1:] == [b"\0", b"\1"]
    assert by_msgpack(Post("a", b"\0"))["inner"] == b"\0" and by_msgpack(Stroke(1, b"\1"))["inner"] == b"\1"
