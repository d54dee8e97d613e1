"""One change of a room: in one transaction, with one revision, told to everybody inside after the commit.

Changes of one room happen one after another: each holds the room's row until it is committed (SQLite takes its one
write lock at BEGIN). A change that touched nothing takes no revision and is not told.
"""

import contextlib

from django.db import transaction
from django.db.models import F

from realtime import namespace
from voiceroom import live, wire
from voiceroom.deeds import voices
from voiceroom.models import ModerationEvent, Room


class Change:
    """What was touched. ``room`` is the row as it is now, locked; ``revision`` is right after the change."""

    def __init__(self, room):
        self.room, self.revision = room, room.revision
        self._facts, self._seats, self._people, self._voices, self._hands = set(), set(), set(), set(), False

    def facts(self, *names):
        """The room itself is another: its name, its lock, ..."""
        self._facts.update(names)

    def seat(self, seat, *users):
        """A seat is another; the right to speak of these users may be, too."""
        self._seats.add(seat.index)
        self._voices.update(user for user in users if user is not None)

    def hands(self):
        """Another hand is up, or down."""
        self._hands = True

    def person(self, user_id):
        """A person's role is another."""
        self._people.add(user_id)

    def log(self, by, action, user=None, detail=""):
        """Keep who did this."""
        ModerationEvent.objects.create(room=self.room, by=by, user=user, action=action, detail=str(detail)[:200])

    @property
    def touched(self):
        return bool(self._facts or self._seats or self._people or self._hands)

    def tell(self):
        """Take the next revision, and tell it after the commit."""
        Room.objects.filter(pk=self.room.pk).update(revision=F("revision") + 1)
        self.revision += 1
        self.room.revision = self.revision
        namespace(self.room.namespace).to(live.INSIDE).emit("room:changed", self._news())
        for user in self._voices:
            voices.settle_later(self.room, user)
        if self._facts:
            live.room_changed(self.room)

    def _news(self):
        news = {"revision": self.revision}
        if self._facts:
            facts = wire.facts(self.room)
            news["room"] = {name: facts[name] for name in self._facts if name in facts}
        if self._seats:
            news["seats"] = wire.seats(self.room, self._seats)
        if self._hands:
            news["hands"] = wire.hands(self.room)
        if self._people:
            news["people"] = wire.people(self.room, self._people)
        return news


@contextlib.contextmanager
def changing(room):
    """``with changing(room) as change``: do it, and say what was touched. An exception undoes all of it."""
    with transaction.atomic():
        change = Change(Room.objects.select_for_update().get(pk=room.pk))
        yield change
        if change.touched:
            change.tell()
