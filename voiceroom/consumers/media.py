"""Voices: what the room's backend needs to be told, and frames where it cannot connect."""

import asyncio
from typing import Any

from channels.db import database_sync_to_async

from realtime import EventError, namespace, on
from voiceroom import conf, live, media, presence, rules, wire
from voiceroom.consumers.base import Base, done
from voiceroom.deeds import seats
from voiceroom.media import frames, turn
from voiceroom.protocol import answers, things
from voiceroom.refusals import allow

LOST = {"transport close", "transport error", "ping timeout", "server shutting down"}  # the voice may go on without us
_leaving = set()  # tasks; here, so that they are not collected


class Media(Base):
    @on("media:publish")
    async def publish(self) -> answers.Published:
        """Make this tab the one by which its user speaks."""
        self._command()
        change, before = await database_sync_to_async(seats.publish)(self.room, self.user, self.tab["id"])
        if before:
            with live.as_far_as_it_goes:
                await self.to(live.tab_room(before)).emit("media:taken_over")
        granted = await media.backend_of(self.room).grant(self.room, self._member(publishes=True))
        return done(change) | {"media": granted}

    @on("media:enter")
    async def enter_media(self) -> answers.Granted:
        """Ask again for a place to listen, where there was none."""
        self._command()
        return {"ok": True, "media": await media.backend_of(self.room).grant(self.room, await self._as_it_is())}

    @on("media:signal")
    async def signal(self, tab: str | None, message: dict[str, Any]) -> answers.Signalled:
        """Tell another tab, or the media server (``tab`` null), what the backend wants told."""
        self._command("SIGNAL_RATE")
        answer = await media.backend_of(self.room).signal(self.room, self._member(), {"to": tab, "message": message})
        return {"ok": True} | ({} if answer is None else {"answer": answer})

    @on("media:refresh")
    async def refresh(self) -> answers.Ice:
        """Fresh credentials, before the old ones end."""
        self._command("REFRESH_RATE")
        await self._check()
        return {"ok": True} | self._ice()

    @on("media:speaking")
    async def speaking(self, on: bool) -> answers.Done:
        """This tab's person begins, or ends, to speak. Told to others, not kept."""
        self._command("SPEAKING_RATE")
        allow(None if live.VOICE in self.rooms or not on else "forbidden")
        if self.data.get("speaking", False) != on:
            self.data["speaking"] = on
            presence.tell_lobby_soon(self.slug)
        told = {"tab": self.tab["id"], "user": self.user.pk, "on": on}
        with live.as_far_as_it_goes:
            await self.to(live.INSIDE).volatile.emit("media:speaking", told)
        return {"ok": True}

    @on("media:quality")
    async def quality(self, level: things.Quality) -> answers.Done:
        """How good this person's connection is, 0 to 3."""
        self._command("QUALITY_RATE")
        with live.as_far_as_it_goes:
            await self.to(live.INSIDE).volatile.emit("media:quality", {"user": self.user.pk, "level": level})
        return {"ok": True}

    @on("media:fallback")
    async def fallback(self, on: bool) -> answers.Done:
        """Hear by frames from now on, or no more."""
        self._command()
        if on and live.FRAMES not in self.rooms:
            allow(frames.why_not_listen(await self._listeners(), conf.options()))
            await self.join(live.FRAMES)
            await self._tell_wanted()
        elif not on and live.FRAMES in self.rooms:
            await self.leave(live.FRAMES)
            await self._tell_wanted()
        return {"ok": True}

    @on("media:frame")
    async def frame(self, data: bytes) -> answers.Done:
        """One frame of this person's voice, to who hears by frames."""
        self._command("FRAME_RATE")
        allow(frames.why_not_frame(data, live.VOICE in self.rooms, conf.options()))
        with live.as_far_as_it_goes:
            await self.to(live.FRAMES).volatile.emit("media:frame", self.tab["id"], bytes(data))
        return {"ok": True}

    @on("reaction")
    async def react(self, emoji: str) -> answers.Done:
        """One of a few signs, over one's picture for a moment."""
        self._command("REACTION_RATE")
        if emoji not in rules.REACTIONS:
            raise EventError("no such reaction", code="bad_arguments")
        person = await database_sync_to_async(wire.member)(self.room, self.user)
        with live.as_far_as_it_goes:
            await self.server.to(live.INSIDE).volatile.emit("room:reaction", {"person": person, "emoji": emoji})
        return {"ok": True}

    async def _check(self):
        allow(rules.why_shut_out(await database_sync_to_async(self._standing)()))

    async def _listeners(self):
        return len(await presence.answered(self.server.to(live.FRAMES).fetch_sockets()))

    async def _tell_wanted(self):
        wanted = await self._listeners() > 0
        with live.as_far_as_it_goes:
            await self.server.to(live.INSIDE).emit("media:wanted", {"frames": wanted})

    async def _as_it_is(self):
        seat = await database_sync_to_async(seats.seat_of)(self.room, self.user)
        return self._member(publishes=bool(seat and seat.tab == self.tab["id"]))

    def _ice(self):
        servers, seconds = turn.ice_servers(self.user.pk)
        return {"ice_servers": servers, "expires_in": seconds}

    async def _media(self):
        """What a tab needs to hear and be heard; only for who is inside."""
        backend = media.backend_of(self.room)
        await backend.open_room(self.room)
        granted = await backend.grant(self.room, await self._as_it_is(), ttl=turn.ttl())
        about = {"backend": backend.name, "enforces_mute": backend.enforces_mute, "tab": self.tab["id"]}
        by_frames = {"fallback": True, "frames_wanted": await self._listeners() > 0}
        return about | by_frames | self._ice() | granted

    async def _leave_media(self, reason):
        if live.FRAMES in self.had:
            await self._tell_wanted()
        member = media.Member(self.user.pk, self.tab["id"])
        if reason not in LOST:
            return await _remove(self.room, member)
        task = asyncio.create_task(_remove(self.room, member, conf.options().seat_grace))
        _leaving.add(task)
        task.add_done_callback(_leaving.discard)


async def _remove(room, member, seconds=0):
    """Take a tab out of the media, unless it has come back by then."""
    await asyncio.sleep(seconds)
    found = presence.tabs(await presence.answered(namespace(room.namespace).afetch_sockets()))
    if member.tab not in {tab["id"] for tab in found}:
        await media.backend_of(room).remove(room, member)
