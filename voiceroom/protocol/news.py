"""What clients hear, by the names of the events."""

from typing import Any, Literal, NotRequired, TypedDict

from voiceroom.protocol.things import Card, Hand, Message, Person, Quality, Room, Seat, Tab


class Glance(TypedDict):
    slug: str
    here: int
    faces: list[Person]
    speaking: list[int]


class ClosedRoom(TypedDict):
    slug: str


class KnockAnswer(TypedDict):
    slug: str
    accept: bool


class Reports(TypedDict):
    slug: str
    waiting: int
    all: int


class Left(TypedDict):
    id: str
    at: int
    gone: NotRequired[Literal[True]]


class Ending(TypedDict):
    code: Literal["closed", "banned", "kicked", "no_guests"]
    reason: NotRequired[str]
    until: NotRequired[str | None]


class Announcement(TypedDict):
    text: str


class Change(TypedDict):
    revision: int
    room: NotRequired[Room]
    seats: NotRequired[list[Seat]]
    hands: NotRequired[list[Hand]]
    people: NotRequired[list[Person]]


class Knock(TypedDict):
    person: Person


class Invitation(TypedDict):
    id: int
    by: Person
    seconds: int


class InvitationAnswer(TypedDict):
    person: Person
    accept: bool


class HandAnswer(TypedDict):
    by: Person
    accept: bool


class UnmuteAsked(TypedDict):
    by: Person


class TakenAway(TypedDict):
    by: Person


class Deleted(TypedDict):
    id: int


class ReactedNews(TypedDict):
    message: int
    user: int
    emoji: str
    on: bool
    count: int


class TypingNews(TypedDict):
    person: Person
    on: bool


class Reaction(TypedDict):
    person: Person
    emoji: str


Signal = TypedDict("Signal", {"from": str, "message": dict[str, Any]})


class Peers(TypedDict):
    peers: list[str]


class Speaking(TypedDict):
    tab: str
    user: int
    on: bool


class QualityNews(TypedDict):
    user: int
    level: Quality


class Wanted(TypedDict):
    frames: bool


LOBBY = {
    "lobby:room": Card,
    "lobby:people": Glance,
    "lobby:closed": ClosedRoom,
    "lobby:news": (),
    "lobby:knock_answer": KnockAnswer,
    "lobby:reports": Reports,
}
ROOM = {
    "room:entered": Tab,
    "room:left": Left,
    "room:closed": Ending,
    "room:announcement": Announcement,
    "room:stale": (),
    "room:changed": Change,
    "room:knocked": Knock,
    "room:reaction": Reaction,
    "hand:answered": HandAnswer,
    "seat:invited": Invitation,
    "seat:invite_answered": InvitationAnswer,
    "seat:unmute_asked": UnmuteAsked,
    "seat:taken_away": TakenAway,
    "chat:message": Message,
    "chat:edited": Message,
    "chat:deleted": Deleted,
    "chat:reacted": ReactedNews,
    "chat:typing": TypingNews,
    "media:signal": Signal,
    "media:peers": Peers,
    "media:taken_over": (),
    "media:speaking": Speaking,
    "media:quality": QualityNews,
    "media:wanted": Wanted,
    "media:frame": (str, bytes),
}
