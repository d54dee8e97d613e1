"""A server whose events are typed: ``daphne tests.clients.typed_app:application``. test_schema.py writes them down."""

import os
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Annotated, Literal, NotRequired, TypedDict

import msgspec
import pydantic
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path, re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.clients.settings")
django_application = get_asgi_application()

from realtime import EngineIO, NamespaceConsumer, on, once  # noqa: E402


class Login(TypedDict):
    token: str
    device: NotRequired[str]


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Author:
    name: str
    colour: Colour | None = None


@dataclass
class Post:
    title: str
    author: Author
    tags: list[str] = field(default_factory=list)


class Stroke(msgspec.Struct):
    points: list[tuple[float, float]]
    width: Annotated[int, msgspec.Meta(ge=1, le=50)] = 1
    picture: bytes | None = None


class Signup(pydantic.BaseModel):
    name: str
    age: int = pydantic.Field(ge=18)


class Saved(msgspec.Struct):
    id: int
    at: datetime


class Board(NamespaceConsumer):
    """A board that everybody draws on.

    The rest of this is not for the schema.
    """

    emits = {"post": Post, "moved": (str, float, float), "bye */ *": (), "picture": bytes}

    async def connect(self, auth: Login | None):
        pass

    @on("post")
    async def on_post(self, post: Post, to: Literal["all", "friends"] = "all") -> Saved:
        """Save a post, and show it."""
        await self.server.emit("post", post.__dict__ | {"author": {"name": post.author.name}})
        return {"id": len(post.title), "at": "2026-01-01T00:00:00Z"}

    @on("draw")
    async def on_draw(self, stroke: Stroke) -> tuple[int, dict[str, list[int]]]:
        return len(stroke.points), {"sizes": [stroke.width, len(stroke.picture or b"")]}

    @on("sign up")
    async def on_sign_up(self, signup: Signup) -> None:
        pass

    @on("sum", permission=None)
    async def on_sum(self, label: str, *numbers: int) -> str:
        return f"{label}: {sum(numbers)}"

    @once("hello")
    async def on_hello(self, name: str | None = None):
        pass

    @on("untyped")
    async def on_untyped(self, a, b=1):
        return [a, b]

    @on("admin", permission="auth.delete_user")
    async def on_admin(self, user: int) -> bool:
        return True

    @on("*")
    async def on_other(self, event, *args):
        pass


class Room(NamespaceConsumer):
    @on("say")
    async def on_say(self, text: str):
        await self.server.emit("said", text)

    emits = {"said": str}


class Lobby(Room):
    emits = {"count": int}


application = EngineIO(
    ProtocolTypeRouter(
        {
            "http": django_application,
            "socketio": URLRouter(
                [
                    path("", Lobby.as_asgi()),
                    path("board", Board.as_asgi()),
                    path("rooms/", URLRouter([path("<slug:room>", Room.as_asgi()), path("", Lobby.as_asgi())])),
                    re_path(r"^dynamic-(?P<number>\d+)$", Room.as_asgi()),
                ]
            ),
        }
    )
)
