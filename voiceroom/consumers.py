"""The two namespaces: ``/`` is the lobby, ``/rooms/<slug>`` one room.

Every command is acknowledged, with ``{"ok": True, ...}`` or ``{"error": {"code", ...}}``; rules.py has the codes.
Plain ``def`` handlers run in a thread and may use the database.
"""

import asyncio

from channels.db import database_sync_to_async
from django.utils import timezone

from realtime import ConnectionRefused, EventError, NamespaceConsumer, on
from voiceroom import live, presence, rules, wire
from voiceroom.models import Membership, Message, Room

TYPING_PAUSE = 1.0  # seconds; what comes faster is not passed on


def _allow(reason):
    if reason:
        raise EventError(reason, code=reason)


def _refuse(reason):
    raise ConnectionRefused(reason, data={"code": reason})


def _id(value):
    """A message id from the peer."""
    if type(value) is not int or not 0 < value < 2**63:
        raise EventError("a message id was expected", code="bad_arguments")
    return value


class Lobby(NamespaceConsumer):
    """The list of rooms, kept fresh: ``lobby:room``, ``lobby:closed`` and ``lobby:people``."""

    async def connect(self, auth):
        if not self.user.is_authenticated:
            _refuse("login")
        await self.join(live.EVERYBODY, live.user_room(self.user.pk))
        if self.user.is_staff:
            await self.join(live.STAFF)

    @on("lobby:join")
    async def lobby_join(self):
        rooms = await database_sync_to_async(self._rooms)()
        here = await presence.glances([room["slug"] for room in rooms])
        return {"ok": True, "you": self.user.pk, "rooms": [room | here[room["slug"]] for room in rooms]}

    def _rooms(self):
        unread = wire.unread(self.user)
        cards = wire.cards(Room.objects.visible_to(self.user))
        return [card | {"unread": unread.get(card["slug"], 0)} for card in cards]


class RoomConsumer(NamespaceConsumer):
    """One room: history, messages, who is here, who is typing."""

    typed = 0.0  # when this tab last said that it is typing, on the loop's clock

    async def connect(self, auth):
        if not self.user.is_authenticated:
            _refuse("login")
        self.slug = self.scope["url_route"]["kwargs"]["room"]
        if reason := await database_sync_to_async(self._why_shut_out)():
            _refuse(reason)
        await self.join(live.user_room(self.user.pk))

    def _why_shut_out(self):
        self.room = Room.objects.filter(slug=self.slug).first()
        return rules.why_shut_out(self.room.standing(self.user)) if self.room else "not_found"

    @on("room:join")
    async def room_join(self):
        """Go in. The answer is all that a page needs to draw the room, the first time and after a reconnection."""
        others = {tab["person"]["id"] for tab in await self._tabs()} - {self.user.pk}
        membership, standing = await database_sync_to_async(self._enter)(len(others))
        await self.join(live.INSIDE)  # first: who comes and what is said from here on is heard, what was before is read
        tab = presence.enter(self.data, wire.person(self.user, membership.role))
        await self.to(live.INSIDE).emit("room:entered", tab)
        presence.tell_lobby_soon(self.slug)
        state = await database_sync_to_async(self._state)(membership, standing)
        return {"ok": True, "you": tab["person"], "tabs": await self._tabs()} | state

    async def _tabs(self):
        return presence.tabs(await self.server.fetch_sockets())

    def _enter(self, others):
        standing = self._standing()
        _allow(rules.why_not_enter(standing, others))
        return self._membership(standing), standing

    def _state(self, membership, standing):
        history = wire.page(*self.room.messages.page())
        if history["messages"]:
            self._mark_read(history["messages"][-1]["id"])
        return history | {
            "moderates": standing.moderates,
            "last_read": membership.last_read,
            "typing_seconds": rules.TYPING_SECONDS,
            "capacity": self.room.capacity,
        }

    def _membership(self, standing):
        if standing.private and standing.role is None:  # staff who look in do not become members by it
            return Membership(room=self.room, user=self.user)
        return Membership.objects.get_or_create(room=self.room, user=self.user)[0]

    def _inside(self):
        _allow(None if live.INSIDE in self.rooms else "not_inside")

    def _standing(self):
        self.room.refresh_from_db()
        return self.room.standing(self.user)

    @on("chat:history")
    def history(self, before):
        """The page of messages before a message id."""
        self._inside()
        _allow(rules.why_shut_out(self._standing()))
        return {"ok": True} | wire.page(*self.room.messages.page(before=_id(before)))

    @on("chat:send")
    def say(self, text, key):
        """Say it once, however often it is sent with this key."""
        self._inside()
        _allow(rules.why_not_text(text) or rules.why_not_key(key))
        message = Message.objects.filter(author=self.user, key=key).select_related("author").first()
        message = message or self._keep(rules.clean_text(text), key)
        if message.room_id != self.room.pk:
            raise EventError("this key was used in another room", code="bad_key")
        self._mark_read(message.pk)
        said = wire.message(message)
        self.sync.to(live.INSIDE).emit(
            "chat:message", said
        )  # again for a repeated key too: pages know a message by its id
        live.room_changed(self.room)
        return {"ok": True, "message": said}

    def _keep(self, text, key):
        latest = Message.objects.filter(author=self.user).order_by("-pk").values_list("created", flat=True)
        sent = [moment.timestamp() for moment in latest[: rules.BURST]]
        _allow(rules.why_not_send(self._standing(), sent, timezone.now().timestamp()))
        return Message.objects.get_or_create(author=self.user, key=key, defaults={"room": self.room, "text": text})[0]

    @on("chat:delete")
    def remove(self, pk):
        """Delete an own message, or any as a moderator."""
        self._inside()
        message = self.room.messages.filter(pk=_id(pk)).first()
        if message is None:
            raise EventError("no such message", code="not_found")
        _allow(rules.why_not_delete(self._standing(), own=message.author_id == self.user.pk))
        if message.delete_softly(by=self.user):
            live.message_deleted(message)
        return {"ok": True}

    @on("chat:read")
    def read(self, pk):
        """Everything up to this message id was seen."""
        self._mark_read(_id(pk))
        return {"ok": True}

    def _mark_read(self, pk):
        Membership.objects.filter(room=self.room, user=self.user, last_read__lt=pk).update(last_read=pk)

    @on("chat:typing")
    async def typing(self, on):
        """Pass on that this person began (true) or stopped typing."""
        now = asyncio.get_running_loop().time()
        if "tab" in self.data and (not on or now - self.typed >= TYPING_PAUSE):
            self.typed = now if on else 0.0
            await self.to(live.INSIDE).volatile.emit(
                "chat:typing", {"person": self.data["tab"]["person"], "on": bool(on)}
            )

    async def disconnect(self, reason):
        if "tab" in self.data:
            await self.to(live.INSIDE).emit("room:left", {"id": self.data["tab"]["id"]})
            presence.tell_lobby_soon(self.slug)
