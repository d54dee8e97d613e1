"""Things that several events speak of."""

from typing import Literal, NotRequired, TypedDict

Role = Literal["owner", "host", "moderator", "member"]
OnOff = Literal["on", "off"]
Quality = Literal[0, 1, 2, 3]


class Person(TypedDict):
    id: int
    name: str
    tint: int
    role: Role


class Tab(TypedDict):
    id: str
    person: Person
    at: int


class Seat(TypedDict):
    index: int
    person: Person | None
    locked: bool
    muted: bool
    mic: OnOff
    tab: str | None
    away: bool


class Hand(TypedDict):
    person: Person
    at: str


class Room(TypedDict, total=False):
    """What a room says of itself; in ``room:changed`` only what is another."""

    slug: str
    name: str
    topic: str
    seat_mode: Literal["free", "apply"]
    seat_count: int
    locked: bool
    has_password: bool
    hands_open: bool
    guests_allowed: bool
    private: bool
    capacity: int
    owner: int
    chat_muted: list[int]
    you_role: Role


class Message(TypedDict):
    id: int
    key: str
    author: Person
    text: str
    at: str
    edited: bool
    deleted: bool


class Reacted(TypedDict):
    """How many people put one sign under one message."""

    message: int
    emoji: str
    count: int
    mine: bool


class Preview(TypedDict):
    id: int
    author: Person
    text: str
    at: str


class Ban(TypedDict):
    person: Person
    by: Person | None
    reason: str
    until: str | None
    at: str


class InviteLink(TypedDict):
    id: int
    by: Person
    uses: int
    max_uses: int
    expires: str


class Card(TypedDict):
    slug: str
    name: str
    topic: str
    private: bool
    locked: bool
    has_password: bool
    guests: bool
    seats: int
    capacity: int
    url: str
    last: Preview | None
    at: str
    unread: NotRequired[int]
    here: NotRequired[int]
    faces: NotRequired[list[Person]]
    speaking: NotRequired[list[int]]


class IceServer(TypedDict):
    urls: list[str]
    username: NotRequired[str]
    credential: NotRequired[str]


class Media(TypedDict):
    """And what the backend grants."""

    backend: str
    tab: str
    ice_servers: list[IceServer]
    expires_in: int | None
    fallback: bool
    frames_wanted: bool
    enforces_mute: bool
