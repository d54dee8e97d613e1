"""What carries the voices. A room names its backend; all that it knows of it is ``MediaBackend``."""

import dataclasses
import functools
from collections.abc import AsyncIterator
from typing import Protocol

from django.utils.module_loading import import_string

from voiceroom import conf


@dataclasses.dataclass(frozen=True)
class Member:
    """A tab as a backend knows it. ``rooms``: the Socket.IO rooms its socket is in, where there is a socket."""

    user_id: int
    tab: str
    publishes: bool = False
    rooms: frozenset = frozenset()


@dataclasses.dataclass(frozen=True)
class Health:
    """``detail`` is for people to read."""

    ok: bool
    detail: str = ""


@dataclasses.dataclass(frozen=True)
class MediaEvent:
    """Something happened on the media side: ``kind`` is talking, quality, left or node_down."""

    kind: str
    room: str
    tab: str = ""
    value: object = None


class MediaBackend(Protocol):
    """A backend is made once in a process and serves many rooms; rooms are ``Room`` rows."""

    name: str
    enforces_mute: bool
    """Whether a host's mute is done by a server. If not, pages must say so, and receivers keep to it themselves."""

    async def open_room(self, room) -> None:
        """Somebody is coming in."""

    async def close_room(self, room) -> None:
        """The room is closed: nobody hears anybody."""

    async def grant(self, room, member, *, ttl=300) -> dict:
        """Let a tab hear, and speak if it ``publishes``. The answer goes to this tab alone, in an acknowledgement."""

    async def signal(self, room, member, message) -> dict | None:
        """Pass on a message of the tab, ``{"to", "message"}``. Raises ``EventError`` for what is not allowed."""

    async def set_publish(self, room, member, *, seat, muted) -> None:
        """The member's seat (``None``: no seat) or its mute changed; ``member.tab`` is the one tab that may publish."""

    async def remove(self, room, member) -> None:
        """The tab is gone for good."""

    async def health(self) -> Health:
        """Whether it can carry anything now."""

    def events(self) -> AsyncIterator[MediaEvent]:
        """What happens on the media side, as long as somebody listens."""


def backend_of(room):
    """The backend that carries this room's voices."""
    names = conf.media_backends()
    return _made(names.get(room.media_backend) or names[conf.options().media_backend])


@functools.cache
def _made(path):
    return import_string(path)()
