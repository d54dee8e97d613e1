"""History, messages, who is typing."""

from django.utils import timezone

from realtime import EventError, on
from voiceroom import limits, live, rules, wire
from voiceroom.consumers.base import Base
from voiceroom.models import Membership, Message, ModerationEvent
from voiceroom.refusals import allow, number

TYPING_PAUSE = 1.0  # seconds; what comes faster is not passed on


class Chat(Base):
    typed = 0.0  # when this tab last said that it is typing, on the loop's clock

    @on("chat:history")
    def history(self, before):
        """The page of messages before a message id."""
        self._command()
        allow(rules.why_shut_out(self._standing()))
        return {"ok": True} | wire.page(*self.room.messages.page(before=number(before)))

    @on("chat:send")
    def say(self, text, key):
        """Say it once, however often it is sent with this key."""
        self._inside()
        allow(rules.why_not_text(text) or rules.why_not_key(key))
        message = Message.objects.filter(author=self.user, key=key).select_related("author").first()
        message = message or self._keep(rules.clean_text(text), key)
        if message.room_id != self.room.pk:
            raise EventError("this key was used in another room", code="bad_key")
        self._mark_read(message.pk)
        said = wire.message(message)
        # Again for a repeated key, too: pages know a message by its id.
        self.sync.to(live.INSIDE).emit("chat:message", said)
        live.room_changed(self.room)
        return {"ok": True, "message": said}

    def _keep(self, text, key):
        latest = Message.objects.filter(author=self.user).order_by("-pk").values_list("created", flat=True)
        sent = [moment.timestamp() for moment in latest[: rules.BURST]]
        allow(rules.why_not_send(self._standing(), sent, timezone.now().timestamp()))
        return Message.objects.get_or_create(author=self.user, key=key, defaults={"room": self.room, "text": text})[0]

    @on("chat:delete")
    def remove(self, pk):
        """Delete an own message, or any as a moderator."""
        self._command()
        message = self.room.messages.filter(pk=number(pk)).select_related("author").first()
        if message is None:
            raise EventError("no such message", code="not_found")
        own = message.author_id == self.user.pk
        allow(rules.why_not_delete(self._standing(), own=own))
        if message.delete_softly(by=self.user):
            live.message_deleted(message)
            if not own:
                kept = {"room": self.room, "by": self.user, "user": message.author, "detail": f"#{message.pk}"}
                ModerationEvent.objects.create(action=ModerationEvent.Action.MESSAGE_DELETE, **kept)
        return {"ok": True}

    @on("chat:read")
    def read(self, pk):
        """Everything up to this message id was seen."""
        self._within(limits.COMMANDS)
        self._mark_read(number(pk))
        return {"ok": True}

    def _mark_read(self, pk):
        Membership.objects.filter(room=self.room, user=self.user, last_read__lt=pk).update(last_read=pk)

    @on("chat:typing")
    async def typing(self, on):
        """Pass on that this person began (true) or stopped typing."""
        now = self._now()
        if self.tab and (not on or now - self.typed >= TYPING_PAUSE):
            self.typed = now if on else 0.0
            await self.to(live.INSIDE).volatile.emit("chat:typing", {"person": self.tab["person"], "on": bool(on)})
