"""What commands take."""

from typing import Literal, TypedDict

Given = Literal["host", "moderator", "member"]  # roles that one person gives to another
Reason = Literal["spam", "harassment", "hate", "sexual", "sound", "other"]


class Credentials(TypedDict, total=False):
    """What a tab may connect with."""

    invite: str | None


class LobbyOptions(TypedDict, total=False):
    """``after``: what the page before said in ``more``."""

    search: str | None
    after: str | None


class JoinOptions(TypedDict, total=False):
    password: str | None
    invite: str | None
    tab: str | None


class Facts(TypedDict, total=False):
    """What a host may change of a room."""

    name: str
    topic: str
    seat_mode: Literal["free", "apply"]
    seat_count: int
    capacity: int
    guests_allowed: bool


class LinkOptions(TypedDict, total=False):
    hours: int
    uses: int
