"""A handler gets what its annotations say, or the client hears which argument was wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired, Optional, TypedDict
from uuid import UUID

import msgspec
import pydantic
import pytest

from realtime import NamespaceConsumer, on, once
from realtime.typed import engines, plain
from realtime.typed.errors import Invalid, Unsupported
from tests.consumers.seam import Seam, joined


@dataclass
class Author:
    name: str
    age: int | None = None


@dataclass
class Post:
    title: str
    author: Author
    tags: list[str] = field(default_factory=list)
    parent: Optional["Post"] = None


class Move(TypedDict):
    x: int
    y: int
    note: NotRequired[str]


class Kind(Enum):
    RED = "red"


class Paint(msgspec.Struct, forbid_unknown_fields=True):
    kind: Kind
    price: Decimal
    id: UUID


class Signup(pydantic.BaseModel):
    name: str
    age: int = pydantic.Field(ge=18)


def refused(field, message):
    return [{"error": {"code": "bad_arguments", "message": f"{field}: {message}", "data": {"field": field}}}]


# -- types ----------------------------------------------------------------------------------------------------

ALICE = {"name": "alice"}
GOOD = [
    (int, 1, 1),
    (float, 1, 1.0),
    (str, "x", "x"),
    (bool, True, True),
    (bytes, b"x", b"x"),
    (None, None, None),
    (list, [1], [1]),
    (dict, {"a": 1}, {"a": 1}),
    (str | None, None, None),
    (int | str, "1", "1"),
    (int | float, 1, 1),
    (Literal["a", "b", 3], 3, 3),
    (list[int], [1, 2], [1, 2]),
    (tuple[int, ...], [1, 2], (1, 2)),
    (tuple[int, str], [1, "a"], (1, "a")),
    (dict[str, int], {"a": 1}, {"a": 1}),
    (list[Any], [1, "a"], [1, "a"]),
    (Author, ALICE, Author("alice")),
    (Author, {**ALICE, "more": 1}, Author("alice")),
    (
        Post,
        {"title": "t", "author": ALICE, "parent": {"title": "p", "author": ALICE}},
        Post("t", Author("alice"), [], Post("p", Author("alice"))),
    ),
    (Move, {"x": 1, "y": 2}, {"x": 1, "y": 2}),
]
BAD = [
    (int, "1", "", "Expected `int`, got `str`"),
    (int, True, "", "Expected `int`, got `bool`"),
    (int, 1.5, "", "Expected `int`, got `float`"),
    (str, None, "", "Expected `str`, got `null`"),
    (bytes, "eA==", "", "Expected `bytes`, got `str`"),
    (list, {}, "", "Expected `array`, got `object`"),
    (dict, [], "", "Expected `object`, got `array`"),
    (int | str, None, "", "Expected `int | str`, got `null`"),
    (Literal["a", "b"], "c", "", "Invalid enum value 'c'"),
    (list[int], [1, "2"], "[1]", "Expected `int`, got `str`"),
    (tuple[int, str], [1], "", "Expected `array` of length 2, got 1"),
    (tuple[int, str], [1, 2], "[1]", "Expected `str`, got `int`"),
    (dict[str, int], {"a": "1"}, "[...]", "Expected `int`, got `str`"),
    (Author, {}, ".name", "Object missing required field `name`"),
    (Author, {"name": 1}, ".name", "Expected `str`, got `int`"),
    (Post, {"title": "t", "author": {"name": 5}}, ".author.name", "Expected `str`, got `int`"),
    (Post, {"title": "t", "author": ALICE, "tags": ["a", 1]}, ".tags[1]", "Expected `str`, got `int`"),
    (Move, {"x": 1}, ".y", "Object missing required field `y`"),
    (list[Author], [ALICE, {}], "[1].name", "Object missing required field `name`"),
]
LONE = "\ud800"  # a surrogate without its other half: JSON can bring it, UTF-8 has no form for it


@pytest.fixture(params=["msgspec", "the standard library"])
def validator(request, monkeypatch):
    if request.param != "msgspec":
        monkeypatch.setattr(engines, "msgspec", None)
    return engines.validator


@pytest.mark.parametrize(("annotation", "value", "expected"), GOOD, ids=str)
def test_a_value_arrives_in_its_type(validator, annotation, value, expected):
    made = validator(annotation)(value)
    assert made == expected and type(made) is type(expected)


@pytest.mark.parametrize(("annotation", "value", "path", "message"), BAD, ids=str)
def test_a_wrong_value_is_refused_with_the_way_to_it(validator, annotation, value, path, message):
    with pytest.raises(Invalid) as refusal:
        validator(annotation)(value)
    assert (refusal.value.path, refusal.value.message) == (path, message)


@pytest.mark.parametrize("annotation", [int, bool, Literal["a", "b"], list[int], Author, Move, int | None], ids=str)
def test_half_a_surrogate_is_a_wrong_value_and_no_failure(validator, annotation):
    with pytest.raises(Invalid):
        validator(annotation)(LONE)


@pytest.mark.parametrize("annotation", [Callable, object(), list[type("Mine", (), {})], Author | Move])
def test_what_nothing_can_be_held_against_is_unsupported(validator, annotation):
    with pytest.raises(Unsupported):
        validator(annotation)


@pytest.mark.parametrize("annotation", [datetime, UUID, Kind, set[int], Annotated[str, msgspec.Meta(max_length=3)]])
def test_without_msgspec_its_types_say_what_to_install(annotation):
    with pytest.raises(Unsupported, match=r"socketio-django\[validation\]"):
        plain.validator(annotation)


def test_msgspec_knows_more_types():
    check = engines.validator(Paint)
    id = UUID(int=1)
    assert check({"kind": "red", "price": "1.50", "id": str(id)}) == Paint(Kind.RED, Decimal("1.50"), id)
    with pytest.raises(Invalid) as refusal:
        check({"kind": "red", "price": "1", "id": str(id), "more": 1})
    assert refusal.value.path == ".more"
    now = datetime.now(UTC)
    assert engines.validator(datetime)(now) == engines.validator(datetime)(now.isoformat()) == now
    assert engines.validator(dict[int, str])({"1": "a"}) == {1: "a"}


def test_a_message_does_not_repeat_all_that_was_sent(validator):
    with pytest.raises(Invalid) as refusal:
        validator(Literal["a"])("x" * 10_000)
    assert len(refusal.value.message) <= 250


# -- handlers -------------------------------------------------------------------------------------------------


class Typed(NamespaceConsumer):
    emits = {"post": Post, "moved": (str, Move), "bye": ()}

    @on("post")
    async def on_post(self, post: Post, count: int = 1):
        return post.author.name, count

    @on("thread")
    def on_thread(self, post: "Post"):
        return type(post).__name__

    @on("sum")
    async def on_sum(self, first, *numbers: int):
        return [first, sum(numbers)]

    @on("paint")
    async def on_paint(self, paint: Paint):
        return paint.kind.name

    @on("sign up")
    async def on_sign_up(self, signup: Signup, others: list[Signup] = ()):
        return signup.name, len(others)

    @once("once")
    async def on_once(self, number: int):
        return number

    @on("any")
    async def on_any_kind(self, value: Any, other):
        return [value, other]

    @on("*")
    async def on_other(self, event: str, number: int):
        return event, number


@pytest.mark.parametrize(
    ("event", "args", "answer"),
    [
        ("post", [{"title": "t", "author": ALICE}], ["alice", 1]),
        ("post", [{"title": "t", "author": ALICE}, 3], ["alice", 3]),
        ("post", [{"title": "t"}], refused("post.author", "Object missing required field `author`")),
        ("post", [{"title": "t", "author": ALICE}, "3"], refused("count", "Expected `int`, got `str`")),
        ("post", ["x"], refused("post", "Expected `object`, got `str`")),
        ("thread", [{"title": "t", "author": ALICE}], ["Post"]),
        ("thread", [1], refused("post", "Expected `object`, got `int`")),
        ("sum", ["x"], [["x", 0]]),
        ("sum", ["x", 1, 2], [["x", 3]]),
        ("sum", ["x", 1, None], refused("numbers[1]", "Expected `int`, got `null`")),
        ("paint", [{"kind": "red", "price": 2, "id": str(UUID(int=1))}], ["RED"]),
        ("paint", [{"kind": "blue"}], refused("paint.kind", "Invalid enum value 'blue'")),
        ("sign up", [{"name": "a", "age": 20}, [{"name": "b", "age": 30}]], ["a", 1]),
        ("sign up", [{"name": "a", "age": 7}], refused("signup.age", "Input should be greater than or equal to 18")),
        ("sign up", [{"name": "a", "age": 20}, [{"age": 30}]], refused("others[0].name", "Field required")),
        ("any", [{}, None], [[{}, None]]),
        ("something", [7], ["something", 7]),
        ("something", ["7"], refused("number", "Expected `int`, got `str`")),
    ],
)
async def test_arguments_are_held_against_the_annotations(event, args, answer):
    async with joined(Typed) as seam:
        assert await seam.call(event, *args) == answer


async def test_a_wrong_number_of_arguments_is_told_first():
    async with joined(Typed) as seam:
        ((answer,),) = [await seam.call("post")]
        assert answer["error"]["message"] == "post takes 1 to 2 arguments, not 0"


async def test_a_wrong_payload_without_an_ack_changes_nothing():
    async with joined(Typed) as seam:
        seam.emit("post", 5)
        assert await seam.call("something", 1) == ["something", 1]
        assert len(seam.sent) == 1


async def test_what_is_awaited_once_is_not_used_up_by_a_wrong_payload():
    async with joined(Typed) as seam:
        assert await seam.call("once", "1") == refused("number", "Expected `int`, got `str`")
        assert await seam.call("once", 1) == [1]


def test_a_handler_without_annotations_is_left_as_it_is():
    class Untyped(NamespaceConsumer):
        @on("x")
        async def on_x(self, a, b=None, *rest):
            pass

        @on("y")
        async def on_y(self, a: Any, *rest: Any) -> int:
            pass

    calls = [handler.call for handler in Untyped._registry.events.values()]
    assert calls == [Untyped.on_x, Untyped.on_y]
    assert Untyped._registry.auth is None


class Login(TypedDict):
    token: str


class Guarded(NamespaceConsumer):
    async def connect(self, auth: Login | None):
        self.data["auth"] = auth


@pytest.mark.parametrize("auth", [None, {"token": "sesame"}])
async def test_connect_gets_the_auth_that_it_is_annotated_with(auth):
    seam = Seam(Guarded)
    await seam.connect(auth)
    assert seam.connected and seam.data == {"auth": auth}
    await seam.disconnect()


@pytest.mark.parametrize(
    ("auth", "field", "message"),
    [
        ({}, "auth.token", "Object missing required field `token`"),
        ({"token": 7}, "auth.token", "Expected `str`, got `int`"),
    ],
)
async def test_a_wrong_auth_payload_is_refused(auth, field, message):
    seam = Seam(Guarded)
    await seam.connect(auth)
    (refusal,) = seam.sent
    assert not seam.connected and refusal == {
        "type": "socketio.reject",
        "message": f"{field}: {message}",
        "data": {"code": "bad_arguments", "field": field},
    }


# -- at class creation ----------------------------------------------------------------------------------------


class Mine:
    pass


def test_an_annotation_that_cannot_be_checked_is_an_error_of_the_class():
    with pytest.raises(TypeError, match=r"test_typed.py:\d+: in .*Wrong, on_x\(\): nothing can be held against .*Mine"):

        class Wrong(NamespaceConsumer):
            @on("x")
            async def on_x(self, value: Mine):
                pass


def test_an_annotation_that_means_nothing_is_an_error_of_the_class():
    with pytest.raises(TypeError, match=r"test_typed.py:\d+: in .*Wrong, on_x\(\): the annotation 'Nowhere'"):

        class Wrong(NamespaceConsumer):
            @on("x")
            async def on_x(self, value: "Nowhere"):  # noqa: F821
                pass


def test_an_auth_that_cannot_be_checked_is_an_error_of_the_class():
    with pytest.raises(TypeError, match=r"connect\(\): nothing can be held against"):

        class Wrong(NamespaceConsumer):
            async def connect(self, auth: Mine):
                pass


@pytest.mark.parametrize("emits", [["a"], {1: str}, {"a": Mine}, {"a": (str, Mine)}])
def test_an_emits_that_is_no_declaration_is_an_error_of_the_class(emits):
    with pytest.raises(TypeError, match=r"\.py:\d+: in Wrong, emits"):
        type("Wrong", (NamespaceConsumer,), {"emits": emits})


def test_a_reserved_event_cannot_be_declared():
    with pytest.raises(TypeError, match="reserved"):
        type("Wrong", (NamespaceConsumer,), {"emits": {"connect": ()}})
