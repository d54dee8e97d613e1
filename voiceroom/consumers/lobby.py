"""``/``: the list of rooms, and knocking at their doors."""

import time

from channels.db import database_sync_to_async

from realtime import NamespaceConsumer, on
from voiceroom import limits, live, presence, wire
from voiceroom.deeds import doors
from voiceroom.models import Room, is_house
from voiceroom.refusals import allow, refuse


class Lobby(NamespaceConsumer):
    """The list of rooms, kept fresh: ``lobby:room``, ``lobby:closed`` and ``lobby:people``."""

    async def connect(self, auth):
        if not self.user.is_authenticated:
            refuse("login")
        self.limits = limits.Limits()
        await self.join(live.EVERYBODY, live.user_room(self.user.pk))
        if await database_sync_to_async(is_house)(self.user):
            await self.join(live.STAFF)

    @on("lobby:join")
    async def lobby_join(self):
        self._within(limits.JOINS)
        rooms = await database_sync_to_async(self._rooms)()
        here = await presence.glances([room["slug"] for room in rooms])
        return {"ok": True, "you": self.user.pk, "rooms": [room | here[room["slug"]] for room in rooms]}

    def _within(self, limit):
        allow(None if self.limits.take(limit, time.monotonic()) else "too_fast")

    def _rooms(self):
        unread = wire.unread(self.user)
        cards = wire.cards(Room.objects.visible_to(self.user))
        return [card | {"unread": unread.get(card["slug"], 0)} for card in cards]

    @on("room:knock")
    def knock(self, slug):
        """Ask the hosts of a locked room to be let in; the answer comes as ``lobby:knock_answer``."""
        self._within(limits.KNOCKS)
        room = Room.objects.filter(slug=slug).first() if isinstance(slug, str) else None
        allow(None if room else "not_found")
        doors.knock(room, self.user)
        return {"ok": True}
