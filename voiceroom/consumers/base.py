"""What all parts of a room's consumer share."""

import asyncio
import time

from channels.db import database_sync_to_async

from voiceroom import conf, limits, live, media, presence
from voiceroom.refusals import allow


class Hurried:
    """A socket that is held to the rates of the settings."""

    def _within(self, limit):
        self.limits = getattr(self, "limits", None) or limits.Limits()
        allow(self.limits.why_not(limit, getattr(conf.options(), limit.lower()), time.monotonic()))


class Base(Hurried):
    """The tools of the parts. ``room`` is the row as it was at the connect or later."""

    @property
    def tab(self):
        """This tab, or ``None`` before it went in."""
        return self.data.get("tab")

    def _inside(self):
        allow(None if live.INSIDE in self.rooms else "not_inside")

    def _command(self, limit="COMMAND_RATE"):
        """Before everything that changes something, or is told to others."""
        self._inside()
        self._within(limit)

    def _standing(self):
        self.room.refresh_from_db()
        return self.room.standing(self.user)

    async def _do(self, deed, *args):
        """Do a deed in a thread, and acknowledge its change."""
        return done(await database_sync_to_async(deed)(self.room, self.user, *args))

    async def _tabs(self):
        return presence.tabs(await presence.answered(self.server.fetch_sockets()))

    async def _here(self):
        """The ids of the people inside."""
        return {tab["person"]["id"] for tab in await self._tabs()}

    def _member(self, publishes=False):
        return media.Member(self.user.pk, self.tab["id"], publishes, self.rooms)

    def _now(self):
        return asyncio.get_running_loop().time()


def done(change):
    """The acknowledgement of a change."""
    return {"ok": True, "revision": change.revision}
