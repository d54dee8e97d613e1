"""What commands are acknowledged with, if they were not refused."""

from typing import Any, Literal, NotRequired, TypedDict

from voiceroom.protocol.things import (
    Ban,
    Card,
    Hand,
    IceServer,
    InviteLink,
    Media,
    Message,
    Person,
    Reacted,
    Room,
    Seat,
    Tab,
)


class Done(TypedDict):
    ok: Literal[True]


class Changed(Done):
    revision: int


class Counts(TypedDict):
    """Of all rooms that this user may know of, shown or not."""

    rooms: int
    matches: int
    lively: int
    people: int
    speaking: int
    reports: NotRequired[int]


class LobbyState(Done):
    you: int
    rooms: list[Card]
    more: str | None
    counts: Counts
    shown: int
    every: float
    reports: NotRequired[dict[str, int]]


class Refusals(Done):
    refused: dict[str, int]


class RoomState(Done):
    you: Person
    tabs: list[Tab]
    revision: int
    room: Room
    seats: list[Seat]
    hands: list[Hand]
    media: Media
    messages: list[Message]
    more: bool
    reacted: list[Reacted]
    moderates: bool
    hosts: bool
    capacity: int
    version: int
    typing_seconds: float
    reactions: list[str]
    last_read: NotRequired[int]
    grace: NotRequired[int]


class Page(Done):
    messages: list[Message]
    more: bool
    reacted: list[Reacted]


class Said(Done):
    message: Message


class Published(Changed):
    media: dict[str, Any]


class Granted(Done):
    media: dict[str, Any]


class Signalled(Done):
    answer: NotRequired[Any]


class Ice(Done):
    ice_servers: list[IceServer]
    expires_in: int | None


class Bans(Done):
    bans: list[Ban]


class Links(Done):
    links: list[InviteLink]


class Link(Done):
    url: str
    path: str
    token: str
    expires: str
