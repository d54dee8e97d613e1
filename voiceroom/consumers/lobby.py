"""``/``: the list of rooms, and knocking at their doors."""

from channels.db import database_sync_to_async

from realtime import NamespaceConsumer, namespace, on
from voiceroom import conf, live, lobby, metrics, presence, rules, wire
from voiceroom.consumers.base import Hurried
from voiceroom.consumers.room import RoomConsumer
from voiceroom.deeds import doors
from voiceroom.models import Report, Room, is_house
from voiceroom.protocol import answers, commands, news
from voiceroom.refusals import allow, refuse


class Lobby(Hurried, NamespaceConsumer):
    """The list of rooms, a page at a time. What is shown is kept fresh; ``lobby:news`` says to ask again."""

    emits = news.LOBBY

    async def connect(self, auth):
        if not self.user.is_authenticated:
            refuse("login")
        self.shown = {}  # rooms of cards that this socket is in, the oldest first
        await self.join(live.EVERYBODY, live.user_room(self.user.pk))
        if await database_sync_to_async(is_house)(self.user):
            await self.join(live.STAFF)

    @on("lobby:join")
    async def lobby_join(self, options: commands.LobbyOptions | None = None) -> answers.LobbyState:
        """A page of the rooms that this user may know of, and who is there. From now on their changes are told."""
        self._within("LOBBY_RATE")
        search, after = self._wanted(options or {})
        here = await presence.everywhere(namespace(RoomConsumer))
        rooms, more = await database_sync_to_async(lobby.page)(self.user, here, search, after)
        await self._show(rooms)  # first: what changes from here on is heard, what was before is read
        state = await database_sync_to_async(self._state)(rooms, here, search)
        limits = {"shown": conf.options().lobby_shown, "every": conf.options().lobby_seconds}
        return {"ok": True, "you": self.user.pk, "more": more} | limits | state

    def _wanted(self, options):
        search, after = options.get("search") or "", options.get("after")
        allow(rules.why_not_search(search, conf.options()))
        place = lobby.place(after) if after else None
        allow("bad_arguments" if after and place is None else None)
        return search, place

    async def _show(self, rooms):
        """Hear of these rooms, and of no more than may be: those shown first are forgotten first."""
        staff = live.STAFF in self.rooms
        wanted = [live.card_room(room.slug, room.is_private) for room in rooms if staff or not room.is_private]
        for name in wanted:
            self.shown[name] = self.shown.pop(name, None)
        old = list(self.shown)[: max(0, len(self.shown) - conf.options().lobby_shown)]
        for name in old:
            del self.shown[name]
        if old:
            await self.leave(*old)
        if wanted:
            await self.join(*wanted)

    def _state(self, rooms, here, search):
        state = {"rooms": lobby.cards(self.user, rooms, here), "counts": lobby.counts(self.user, here, search)}
        if live.STAFF in self.rooms:
            state["reports"] = wire.reports(rooms)
            state["counts"]["reports"] = Report.objects.waiting().count()
        return state

    @on("house:refusals")
    async def refusals(self) -> answers.Refusals:
        """How often each limit refused something, in all processes; for staff who may moderate."""
        self._within("LOBBY_RATE")
        allow(None if live.STAFF in self.rooms else "forbidden")
        return {"ok": True, "refused": await metrics.everywhere()}

    @on("room:knock")
    def knock(self, slug: str) -> answers.Done:
        """Ask the hosts of a locked room to be let in; the answer comes as ``lobby:knock_answer``."""
        self._within("KNOCK_RATE")
        room = Room.objects.filter(slug=slug).first()
        allow(None if room else "not_found")
        doors.knock(room, self.user)
        return {"ok": True}
