"""Seats and microphones."""

from realtime import on
from voiceroom.consumers.base import Base, done
from voiceroom.deeds import seats
from voiceroom.protocol import answers, things


class Seats(Base):
    @on("seat:take")
    def take_seat(self, index: int | None = None) -> answers.Changed:
        """Sit down on this seat, or on the first free one."""
        self._command()
        return done(seats.take(self.room, self.user, index, self.tab["id"]))

    @on("seat:leave")
    def leave_seat(self) -> answers.Changed:
        """Go to the audience."""
        self._command()
        return done(seats.stand_up(self.room, self.user))

    @on("seat:move")
    def move_seat(self, index: int) -> answers.Changed:
        """Change to another seat."""
        self._command()
        return done(seats.move(self.room, self.user, index))

    @on("seat:unmute")
    def unmute_own_seat(self) -> answers.Changed:
        """Take the host's mute from oneself, after having been asked."""
        self._command()
        return done(seats.unmute(self.room, self.user))

    @on("mic:state")
    def switch_mic(self, state: things.OnOff) -> answers.Changed:
        """Switch one's own microphone, ``"on"`` or ``"off"``."""
        self._command()
        return done(seats.mic(self.room, self.user, state == "on"))
