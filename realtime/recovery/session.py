"""What is kept of one socket, so that its client can come back to it. Pure."""

import secrets
from typing import Any

from ..targets import EVERYWHERE, is_user_room
from .entry import Entry
from .position import START, Position

PAST = 100  # rooms left that are remembered


class Session:
    """A socket's id, rooms and data, since when it is in which room, and up to where its client has received.

    ``pid`` is the secret by which the client claims it. ``since``: the client has all up to here, whatever it says
    itself; None where that is not known. ``rooms``: those it is in and the position at which it joined them.
    """

    __slots__ = (
        "ahead", "attached", "claims", "data", "entered", "expires", "fetched", "floor", "identity", "namespace",
        "older", "past", "pid", "rooms", "sid", "since", "socket", "task", "user",
    )  # fmt: skip

    def __init__(self, sid: str, namespace: str, identity: bytes, position: Position, data: Any = None) -> None:
        self.pid = secrets.token_urlsafe(16)
        self.sid, self.namespace, self.identity = sid, namespace, identity
        self.since: Position | None = position
        self.floor = position  # whoever was not yet here may miss what went to rooms that are not remembered
        self.entered = position  # when broadcasts to the namespace began to reach it
        self.rooms: dict[str, Position] = {}
        self.past: list[tuple[str, Position, Position]] = []  # rooms left: which, since when, until when
        self.data: dict[str, Any] = {} if data is None else data
        self.user: str | None = None  # the user's room
        self.claims = 0  # how often its client came back to it: of two who claim it the later one has it
        self.attached = 0.0  # loop time at which its socket came
        self.expires: float | None = None  # loop time after which it is void; None while the socket is there
        self.socket: Any = None
        self.task: Any = None  # the application, which may still be busy with the disconnect
        self.ahead: tuple[str | None, int] = (None, 0)  # what its client has had ahead of the log: whose, up to which
        self.older: Any = ()  # what it has missed and is not in memory, up to ``fetched``
        self.fetched: Position = START

    def joined(self, rooms: Any, position: Position) -> None:
        """The socket has joined rooms; the event at ``position`` was the last before."""
        for room in rooms:
            self.rooms.setdefault(room, position)

    def left(self, room: str, position: Position) -> None:
        """The socket has left a room: what was sent there until now is still its client's."""
        since = self.rooms.pop(room, None)
        if since is not None and since < position:
            self.past.append((room, since, position))
            if len(self.past) > PAST:
                self.floor = self.past.pop(0)[2]

    def forget(self, room: str) -> None:
        """The room is none of this socket's, nor has it been."""
        self.rooms.pop(room, None)
        self.past = [past for past in self.past if past[0] != room]

    def proven(self, position: Position | None) -> None:
        """The client has received all up to here."""
        if position is not None and (self.since is None or position > self.since):
            self.since = position
            self.past = [past for past in self.past if past[2] > position]

    def has(self, entry: Entry) -> bool:
        """Whether the client has this one although it is behind what it has received."""
        return self.ahead[1] > 0 and entry.origin == self.ahead[0] and entry.number <= self.ahead[1]

    def restart(self) -> None:
        """The log is another: nobody knows what the client has received, until it says so."""
        self.since, self.floor, self.entered, self.past = None, START, START, []
        self.rooms = dict.fromkeys(self.rooms, START)
        self.ahead, self.older, self.fetched = (None, 0), (), START

    def concerns(self, entry: Entry, position: Position) -> bool:
        """Whether the entry was for this socket."""
        if entry.namespace not in (self.namespace, EVERYWHERE):
            return False
        if not entry.rooms:
            inside = position > self.entered
        else:
            inside = any(self._in(room, position) for room in entry.rooms)
        return inside and not any(self._in(room, position) for room in entry.excepted)

    def _in(self, room: str, position: Position) -> bool:
        if room == self.sid:
            return True
        if is_user_room(room):
            return room == self.user and position > self.entered
        since = self.rooms.get(room)
        if since is not None and position > since:
            return True
        return any(name == room and since < position <= until for name, since, until in self.past)
