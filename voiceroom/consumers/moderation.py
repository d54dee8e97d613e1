"""What hosts and moderators do. Who may is decided in rules, what it does in deeds."""

from realtime import on
from voiceroom import live, wire
from voiceroom.consumers.base import Base, done
from voiceroom.deeds import doors, moderation
from voiceroom.refusals import flag


class Moderation(Base):
    @on("seat:lock")
    def lock_seat(self, index, locked):
        """Keep a seat empty, or free it again."""
        self._command()
        return done(moderation.lock_seat(self.room, self.user, index, flag(locked)))

    @on("seat:mute")
    def mute_seat(self, index):
        """Mute who sits there. Nobody but they can undo it, and only when asked."""
        self._command()
        return done(moderation.mute_seat(self.room, self.user, index))

    @on("seat:ask_unmute")
    def ask_unmute(self, index):
        """Ask who sits there to unmute."""
        self._command()
        change, user = moderation.ask_unmute(self.room, self.user, index)
        asked = {"by": wire.member(self.room, self.user)}
        self.sync.server.to(*live.inside_of(user.pk)).emit("seat:unmute_asked", asked)
        return done(change)

    @on("seat:kick")
    def kick_seat(self, index):
        """Move who sits there to the audience."""
        self._command()
        return done(moderation.kick_seat(self.room, self.user, index))

    @on("mute:all")
    def mute_all(self):
        """Mute everybody below oneself."""
        self._command()
        return done(moderation.mute_all(self.room, self.user))

    @on("member:role")
    def give_role(self, user, role):
        """Make somebody host, moderator, or a plain member again."""
        self._command()
        return done(moderation.give_role(self.room, self.user, user, role if isinstance(role, str) else None))

    @on("member:kick")
    def kick_member(self, user):
        """Send somebody out."""
        self._command()
        return done(moderation.kick(self.room, self.user, user))

    @on("member:ban")
    def ban_member(self, user, minutes=None, reason=""):
        """Send somebody out, and keep them out."""
        self._command()
        return done(moderation.ban(self.room, self.user, user, minutes, reason))

    @on("room:update")
    def update_room(self, facts):
        """Change the name, the topic, the seat mode, the capacity, whether guests may come."""
        self._command()
        return done(moderation.update(self.room, self.user, facts))

    @on("room:lock")
    async def lock_room(self, locked):
        """Let nobody new in, or everybody again."""
        self._command()
        return await self._do(doors.lock, flag(locked), await self._here())

    @on("room:password")
    async def set_password(self, password):
        """Want this password from who comes from now on; null wants none."""
        self._command()
        return await self._do(doors.set_password, password, await self._here())

    @on("room:close")
    def close_room(self):
        """Close the room for everybody."""
        self._command()
        return done(moderation.close(self.room, self.user))

    @on("invite:create")
    def create_invite(self, options=None):
        """Make a link that lets people in: ``{hours, uses}``."""
        self._command()
        link = doors.invite_link(self.room, self.user, options)
        scheme = "https" if self.handshake.secure else "http"
        url = f"{scheme}://{self.handshake.headers.get('host', '')}{link.path}"
        return {"ok": True, "url": url, "path": link.path, "token": link.token, "expires": link.expires.isoformat()}

    @on("knock:answer")
    def answer_knock(self, user, accept):
        """Let somebody in who knocks at the locked door, or do not."""
        self._command()
        return done(doors.answer_knock(self.room, self.user, user, flag(accept)))
