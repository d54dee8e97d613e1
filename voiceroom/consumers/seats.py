"""Seats and microphones."""

from realtime import EventError, on
from voiceroom.consumers.base import Base, done
from voiceroom.deeds import seats

STATES = {"on": True, "off": False}


class Seats(Base):
    @on("seat:take")
    def take_seat(self, index=None):
        """Sit down on this seat, or on the first free one."""
        self._command()
        return done(seats.take(self.room, self.user, index, self.tab["id"]))

    @on("seat:leave")
    def leave_seat(self):
        """Go to the audience."""
        self._command()
        return done(seats.stand_up(self.room, self.user))

    @on("seat:move")
    def move_seat(self, index):
        """Change to another seat."""
        self._command()
        return done(seats.move(self.room, self.user, index))

    @on("seat:unmute")
    def unmute_own_seat(self):
        """Take the host's mute from oneself, after having been asked."""
        self._command()
        return done(seats.unmute(self.room, self.user))

    @on("mic:state")
    def switch_mic(self, state):
        """``"on"`` or ``"off"``."""
        self._command()
        if not isinstance(state, str) or state not in STATES:
            raise EventError('"on" or "off" was expected', code="bad_arguments")
        return done(seats.mic(self.room, self.user, STATES[state]))
