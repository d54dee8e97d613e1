"""Raised hands, and invitations to sit down."""

from realtime import on
from voiceroom import presence
from voiceroom.consumers.base import Base, done
from voiceroom.deeds import hands
from voiceroom.refusals import flag


class Hands(Base):
    @on("hand:raise")
    def raise_hand(self):
        """Ask for a seat."""
        self._command()
        return done(hands.raise_hand(self.room, self.user))

    @on("hand:lower")
    def lower_hand(self):
        """Ask no more."""
        self._command()
        return done(hands.lower_hand(self.room, self.user))

    @on("hand:accept")
    async def accept_hand(self, user):
        """Give a seat to who raised a hand; the tab that they opened last publishes."""
        self._command()
        tab = presence.newest_tab(await self._tabs(), user)
        return await self._do(hands.accept, user, tab)

    @on("hand:reject")
    def reject_hand(self, user):
        """Say no to a raised hand."""
        self._command()
        return done(hands.reject(self.room, self.user, user))

    @on("hand:open")
    def open_hands(self, on):
        """Let people raise their hands, or do not."""
        self._command()
        return done(hands.open_hands(self.room, self.user, flag(on)))

    @on("seat:invite")
    def invite_to_seat(self, user):
        """Ask somebody to sit down."""
        self._command()
        return done(hands.invite(self.room, self.user, user))

    @on("seat:invite_reply")
    def reply_to_invitation(self, pk, accept):
        """Answer a host's invitation."""
        self._command()
        return done(hands.reply(self.room, self.user, pk, flag(accept), self.tab["id"]))
