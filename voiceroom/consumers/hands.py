"""Raised hands, and invitations to sit down."""

from realtime import on
from voiceroom import presence
from voiceroom.consumers.base import Base, done
from voiceroom.deeds import hands
from voiceroom.protocol import answers


class Hands(Base):
    @on("hand:raise")
    def raise_hand(self) -> answers.Changed:
        """Ask for a seat."""
        self._command()
        return done(hands.raise_hand(self.room, self.user))

    @on("hand:lower")
    def lower_hand(self) -> answers.Changed:
        """Ask no more."""
        self._command()
        return done(hands.lower_hand(self.room, self.user))

    @on("hand:accept")
    async def accept_hand(self, user: int) -> answers.Changed:
        """Give a seat to who raised a hand; the tab that they opened last publishes."""
        self._command()
        tab = presence.newest_tab(await self._tabs(), user)
        return await self._do(hands.accept, user, tab)

    @on("hand:reject")
    def reject_hand(self, user: int) -> answers.Changed:
        """Say no to a raised hand."""
        self._command()
        return done(hands.reject(self.room, self.user, user))

    @on("hand:open")
    def open_hands(self, on: bool) -> answers.Changed:
        """Let people raise their hands, or do not."""
        self._command()
        return done(hands.open_hands(self.room, self.user, on))

    @on("seat:invite")
    async def invite_to_seat(self, user: int) -> answers.Changed:
        """Ask somebody to sit down."""
        self._command()
        return await self._do(hands.invite, user, await self._here())

    @on("seat:invite_reply")
    def reply_to_invitation(self, invitation: int, accept: bool) -> answers.Changed:
        """Answer a host's invitation."""
        self._command()
        return done(hands.reply(self.room, self.user, invitation, accept, self.tab["id"]))
