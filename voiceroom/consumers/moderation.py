"""What hosts and moderators do. Who may is decided in rules, what it does in deeds."""

from realtime import on
from voiceroom import live, wire
from voiceroom.consumers.base import Base, done
from voiceroom.deeds import bans, doors, moderation, reports
from voiceroom.protocol import answers, commands


class Moderation(Base):
    @on("seat:lock")
    def lock_seat(self, index: int, locked: bool) -> answers.Changed:
        """Keep a seat empty, or free it again."""
        self._command()
        return done(moderation.lock_seat(self.room, self.user, index, locked))

    @on("seat:mute")
    def mute_seat(self, index: int) -> answers.Changed:
        """Mute who sits there. Nobody but they can undo it, and only when asked."""
        self._command()
        return done(moderation.mute_seat(self.room, self.user, index))

    @on("seat:ask_unmute")
    def ask_unmute(self, index: int) -> answers.Changed:
        """Ask who sits there to unmute."""
        self._command()
        change, user = moderation.ask_unmute(self.room, self.user, index)
        asked = {"by": wire.member(self.room, self.user)}
        with live.as_far_as_it_goes:
            self.sync.server.to(*live.inside_of(user.pk)).emit("seat:unmute_asked", asked)
        return done(change)

    @on("seat:kick")
    def kick_seat(self, index: int) -> answers.Changed:
        """Move who sits there to the audience."""
        self._command()
        return done(moderation.kick_seat(self.room, self.user, index))

    @on("mute:all")
    def mute_all(self) -> answers.Changed:
        """Mute everybody below oneself."""
        self._command()
        return done(moderation.mute_all(self.room, self.user))

    @on("member:role")
    def give_role(self, user: int, role: commands.Given) -> answers.Changed:
        """Make somebody host, moderator, or a plain member again."""
        self._command()
        return done(moderation.give_role(self.room, self.user, user, role))

    @on("member:kick")
    def kick_member(self, user: int) -> answers.Changed:
        """Send somebody out."""
        self._command()
        return done(moderation.kick(self.room, self.user, user))

    @on("member:ban")
    def ban_member(self, user: int, minutes: int | None = None, reason: str = "") -> answers.Changed:
        """Send somebody out, and keep them out."""
        self._command()
        return done(bans.ban(self.room, self.user, user, minutes, reason))

    @on("member:unban")
    def unban_member(self, user: int) -> answers.Changed:
        """Let somebody in again who was banned."""
        self._command()
        return done(bans.unban(self.room, self.user, user))

    @on("ban:list")
    def list_bans(self) -> answers.Bans:
        """The bans that hold."""
        self._command()
        return {"ok": True, "bans": [wire.ban(row) for row in bans.listed(self.room, self.user)]}

    @on("chat:mute")
    def mute_chat(self, user: int, on: bool) -> answers.Changed:
        """Take the right to write from somebody, or give it back."""
        self._command()
        return done(moderation.mute_chat(self.room, self.user, user, on))

    @on("member:report")
    def report_member(
        self, user: int, reason: commands.Reason, text: str = "", message: int | None = None
    ) -> answers.Done:
        """Tell the people who run the site about somebody; nobody else hears of it."""
        self._command("REPORT_RATE")
        reports.report(self.room, self.user, user, reason, text, message)
        return {"ok": True}

    @on("room:update")
    def update_room(self, facts: commands.Facts) -> answers.Changed:
        """Change the name, the topic, the seats, the capacity, whether guests may come."""
        self._command()
        return done(moderation.update(self.room, self.user, facts))

    @on("room:lock")
    async def lock_room(self, locked: bool) -> answers.Changed:
        """Let nobody new in, or everybody again."""
        self._command()
        return await self._do(doors.lock, locked, await self._here())

    @on("room:password")
    async def set_password(self, password: str | None) -> answers.Changed:
        """Want this password from who comes from now on; null wants none."""
        self._command()
        return await self._do(doors.set_password, password, await self._here())

    @on("room:close")
    def close_room(self) -> answers.Changed:
        """Close the room for everybody."""
        self._command()
        return done(moderation.close(self.room, self.user))

    @on("invite:create")
    def create_invite(self, options: commands.LinkOptions | None = None) -> answers.Link:
        """Make a link that lets people in: ``{hours, uses}``."""
        self._command()
        link = doors.invite_link(self.room, self.user, options)
        scheme = "https" if self.handshake.secure else "http"
        url = f"{scheme}://{self.handshake.headers.get('host', '')}{link.path}"
        return {"ok": True, "url": url, "path": link.path, "token": link.token, "expires": link.expires.isoformat()}

    @on("invite:list")
    def list_invites(self) -> answers.Links:
        """The links that still let people in."""
        self._command()
        return {"ok": True, "links": [wire.invite_link(row) for row in doors.good_links(self.room, self.user)]}

    @on("invite:revoke")
    def revoke_invite(self, link: int) -> answers.Changed:
        """Let nobody in any more by this link."""
        self._command()
        return done(doors.revoke(self.room, self.user, link))

    @on("knock:answer")
    def answer_knock(self, user: int, accept: bool) -> answers.Changed:
        """Let somebody in who knocks at the locked door, or do not."""
        self._command()
        return done(doors.answer_knock(self.room, self.user, user, accept))
