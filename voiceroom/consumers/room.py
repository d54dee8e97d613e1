"""``/rooms/<slug>``: one room. Its parts are the modules beside this one."""

from channels.db import database_sync_to_async
from django.db import transaction

from realtime import NamespaceConsumer, on
from voiceroom import conf, live, presence, protocol, rules, watch, wire
from voiceroom.consumers.chat import Chat
from voiceroom.consumers.hands import Hands
from voiceroom.consumers.media import Media
from voiceroom.consumers.moderation import Moderation
from voiceroom.consumers.seats import Seats
from voiceroom.deeds import doors
from voiceroom.models import InviteLink, Room
from voiceroom.protocol import answers, commands, news
from voiceroom.refusals import allow, refuse

STOPPING = "server shutting down"
SENT_AWAY = "server namespace disconnect"  # also said of a socket whose tab has come back by a newer one


class RoomConsumer(Chat, Seats, Hands, Moderation, Media, NamespaceConsumer):
    """Coming in, the whole state, and leaving."""

    emits = news.ROOM
    invite = None  # the token this tab connected with

    async def connect(self, auth: commands.Credentials | None):
        if not self.user.is_authenticated:
            refuse("login")
        self.slug = self.scope["url_route"]["kwargs"]["room"]
        self.invite = (auth or {}).get("invite")
        await self.join(live.user_room(self.user.pk))  # first: a ban from here on finds this socket
        if reason := await database_sync_to_async(self._why_locked_out)():
            refuse(reason)

    def _why_locked_out(self):
        self.room = Room.objects.filter(slug=self.slug).first()
        if self.room is None:
            return "not_found"
        link = InviteLink.objects.by_token(self.room, self.invite)
        invited = link is not None and link.why_not() is None
        return rules.why_locked_out(self.room.standing(self.user, invited))

    @on("room:join")
    async def room_join(self, options: commands.JoinOptions | None = None) -> answers.RoomState:
        """Go in. The answer is all that a page needs to draw the room, the first time and after a reconnection.

        Options: ``password``, ``invite``, and ``tab``, the id that this tab had before.
        """
        self._within("JOIN_RATE")
        options = options or {}
        tabs = [tab for tab in await self._tabs() if tab["id"] != options.get("tab")]
        others = {tab["person"]["id"] for tab in tabs} - {self.user.pk}
        own = sum(tab["person"]["id"] == self.user.pk for tab in tabs)
        allow(rules.why_not_stay(own, conf.options()) if not self.tab else None)
        membership, standing = await database_sync_to_async(self._enter)(len(others), options)
        tab_id = await self._tab_id(options.get("tab"))
        person = wire.person(self.user, membership.standing)
        # First: who comes and what is said from here on is heard, what was before is read.
        house = [live.HOUSE] if standing.staff else []
        await self.join(live.INSIDE, *live.inside_of(self.user.pk), live.tab_room(tab_id), *house)
        tab = presence.enter(self.data, person, tab_id)
        with live.as_far_as_it_goes:
            await self.to(live.INSIDE).emit("room:entered", tab)
        presence.tell_lobby_soon(self.slug)
        await watch.settle(self.room)
        state = await self._whole()
        return {"ok": True, "last_read": membership.last_read, "grace": conf.options().seat_grace} | state

    @on("room:sync")
    async def room_sync(self) -> answers.RoomState:
        """The whole state again, for who missed a revision."""
        self._command()
        await self._check()
        await watch.settle(self.room)
        return {"ok": True} | await self._whole()

    def _enter(self, others, options):
        self.room.refresh_from_db()
        invite = options.get("invite") or self.invite
        return doors.enter(self.room, self.user, others, options.get("password"), invite)

    async def _tab_id(self, wanted):
        """The id that this tab had, if it was made for this user here; the newest socket of a tab is the tab."""
        if self.tab:
            return self.tab["id"]
        if not presence.is_tab_of(self.room, self.user, wanted):
            return presence.new_tab(self.room, self.user)
        for socket in await presence.answered(self.server.to(live.tab_room(wanted)).fetch_sockets()):
            await socket.disconnect()
        return wanted

    async def _whole(self):
        media = await self._media()
        state = await database_sync_to_async(self._state)()
        tabs = await self._tabs()
        roles = await database_sync_to_async(wire.roles)(self.room, {tab["person"]["id"] for tab in tabs})
        for tab in tabs:
            tab["person"] = tab["person"] | {"role": roles.get(tab["person"]["id"], rules.MEMBER)}
        return {"tabs": tabs, "media": media, "reactions": rules.REACTIONS} | state

    def _state(self):
        """Read in one piece: nobody changes the room meanwhile."""
        with transaction.atomic():
            self.room = Room.objects.select_for_update().get(pk=self.room.pk)
            standing, you = self.room.standing(self.user), wire.member(self.room, self.user)
            state = {
                "revision": self.room.revision,
                "room": wire.facts(self.room) | {"you_role": you["role"]},
                "seats": wire.seats(self.room),
                "hands": wire.hands(self.room),
            }
        history = wire.page(*self.room.messages.page(), self.user)
        if history["messages"]:
            self._mark_read(history["messages"][-1]["id"])
        about = {
            "version": protocol.VERSION,
            "moderates": standing.moderates,
            "hosts": standing.hosts,
            "typing_seconds": conf.options().typing_seconds,
        }
        return {"you": you, "capacity": self.room.capacity} | about | state | history

    async def disconnecting(self, reason):
        self.had = self.rooms

    async def disconnect(self, reason):
        if not self.tab:
            return
        here = {tab["id"] for tab in await self._tabs()} if reason == SENT_AWAY else {self.tab["id"]}
        gone = {} if self.tab["id"] in here else {"gone": True}
        with live.as_far_as_it_goes:
            await self.to(live.INSIDE).emit("room:left", {"id": self.tab["id"], "at": self.tab["at"]} | gone)
        presence.tell_lobby_soon(self.slug)
        if reason != STOPPING:  # whoever looks at the room next settles what this process leaves behind
            await watch.settle(self.room)
        await self._leave_media(reason)
