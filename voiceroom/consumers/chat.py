"""History, messages, who is typing."""

from django.utils import timezone

from realtime import EventError, on
from voiceroom import conf, live, rules, wire
from voiceroom.consumers.base import Base
from voiceroom.models import Membership, Message, ModerationEvent
from voiceroom.protocol import answers
from voiceroom.refusals import allow, number


class Chat(Base):
    typed = 0.0  # when this tab last said that it is typing, on the loop's clock

    @on("chat:history")
    def history(self, before: int) -> answers.Page:
        """The page of messages before a message id."""
        self._command()
        allow(rules.why_shut_out(self._standing()))
        return {"ok": True} | wire.page(*self.room.messages.page(number(before)), self.user)

    @on("chat:send")
    def say(self, text: str, key: str) -> answers.Said:
        """Say it once, however often it is sent with this key."""
        self._command("MESSAGE_RATE")
        allow(rules.why_not_text(text, conf.options()) or rules.why_not_key(key))
        message = Message.objects.filter(author=self.user, key=key).select_related("author").first()
        message = message or self._keep(rules.clean_text(text), key)
        if message.room_id != self.room.pk:
            raise EventError("this key was used in another room", code="bad_key")
        self._mark_read(message.pk)
        said = wire.message(message)
        # Again for a repeated key, too: pages know a message by its id.
        with live.as_far_as_it_goes:
            self.sync.to(live.INSIDE).emit("chat:message", said)
        live.room_changed(self.room)
        return {"ok": True, "message": said}

    def _keep(self, text, key):
        latest = Message.objects.filter(author=self.user).order_by("-pk").values_list("created", flat=True)
        options = conf.options()
        sent = [moment.timestamp() for moment in latest[: options.burst]]
        allow(rules.why_not_send(self._standing(), sent, timezone.now().timestamp(), options))
        return Message.objects.get_or_create(author=self.user, key=key, defaults={"room": self.room, "text": text})[0]

    @on("chat:edit")
    def rewrite(self, message: int, text: str) -> answers.Said:
        """Say something else instead of what one said a while ago."""
        self._command("EDIT_RATE")
        row = self._message(message)
        age = (timezone.now() - row.created).total_seconds()
        own, options = row.author_id == self.user.pk, conf.options()
        reason = rules.why_not_edit(self._standing(), own, age, row.edits.count(), options)
        allow(reason or rules.why_not_text(text, options))
        if rules.clean_text(text) != row.text:
            row.rewrite(rules.clean_text(text))
            live.message_edited(row, wire.message(row))
        return {"ok": True, "message": wire.message(row)}

    def _message(self, pk):
        row = self.room.messages.filter(pk=number(pk)).select_related("author").first()
        if row is None or row.deleted_at:
            raise EventError("no such message", code="not_found")
        return row

    @on("chat:delete")
    def remove(self, message: int) -> answers.Done:
        """Delete an own message, or any as a moderator."""
        self._command()
        row = self.room.messages.filter(pk=number(message)).select_related("author").first()
        if row is None:
            raise EventError("no such message", code="not_found")
        own = row.author_id == self.user.pk
        allow(rules.why_not_delete(self._standing(), own=own))
        if row.delete_softly(by=self.user):
            live.message_deleted(row)
            if not own:
                kept = {"room": self.room, "by": self.user, "user": row.author, "detail": f"#{row.pk}"}
                ModerationEvent.objects.create(action=ModerationEvent.Action.MESSAGE_DELETE, **kept)
        return {"ok": True}

    @on("chat:react")
    def react_to(self, message: int, emoji: str, on: bool) -> answers.Done:
        """Put a sign under a message, or take one's own away."""
        self._command("REACTION_RATE")
        row = self._message(message)
        allow(rules.why_not_react(self._standing(), emoji))
        if row.react(self.user, emoji, on):
            live.message_reacted(row, self.user, emoji, on)
        return {"ok": True}

    @on("chat:read")
    def read(self, message: int) -> answers.Done:
        """Everything up to this message id was seen."""
        self._within("COMMAND_RATE")
        self._mark_read(number(message))
        return {"ok": True}

    def _mark_read(self, pk):
        Membership.objects.filter(room=self.room, user=self.user, last_read__lt=pk).update(last_read=pk)

    @on("chat:typing")
    async def typing(self, on: bool) -> None:
        """Pass on that this person began (true) or stopped typing."""
        self._command("TYPING_RATE")
        now = self._now()
        if not on or now - self.typed >= conf.options().typing_pause:
            self.typed = now if on else 0.0
            with live.as_far_as_it_goes:
                await self.to(live.INSIDE).volatile.emit("chat:typing", {"person": self.tab["person"], "on": on})
