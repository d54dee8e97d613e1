"""What was said."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from voiceroom import conf


class MessageQuerySet(models.QuerySet):
    def kept(self):
        """Messages that nobody has deleted."""
        return self.filter(deleted_at=None)

    def page(self, before=None):
        """(the newest messages, oldest first; whether there are older ones). ``before`` is a message id."""
        size = conf.options().page_size
        rows = self if before is None else self.filter(pk__lt=before)
        found = list(rows.select_related("author").order_by("-pk")[: size + 1])
        return found[:size][::-1], len(found) > size


class Message(models.Model):
    """One message. ``key`` comes from the client: sending the same one twice says it once."""

    room = models.ForeignKey("Room", models.CASCADE, related_name="messages", verbose_name=_("room"), db_index=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="messages", verbose_name=_("author"), db_index=False
    )
    text = models.TextField(_("text"))
    key = models.CharField(max_length=64, editable=False)
    created = models.DateTimeField(_("sent"), default=timezone.now, editable=False)
    edited_at = models.DateTimeField(_("edited"), null=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, editable=False)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("deleted by"),
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name, verbose_name_plural = _("message"), _("messages")
        indexes = [
            models.Index(fields=["room", "-id"], name="message_room_newest"),
            models.Index(fields=["author", "-id"], name="message_author_newest"),
        ]
        constraints = [models.UniqueConstraint(fields=["author", "key"], name="said_once")]

    def __str__(self):
        return Truncator(self.text).chars(60)

    def rewrite(self, text):
        """Say something else instead; what was said before is kept for the moderators."""
        self.edits.create(text=self.text)
        self.text, self.edited_at = text, timezone.now()
        self.save(update_fields=["text", "edited_at"])

    def react(self, user, emoji, on):
        """Put this user's sign under the message, or take it away. Answers whether it was not so before."""
        if on:
            return MessageReaction.objects.get_or_create(message=self, user=user, emoji=emoji)[1]
        return bool(self.reactions.filter(user=user, emoji=emoji).delete()[0])

    def delete_softly(self, by):
        """Take it out of the room; the row stays for the moderators. Twice is once."""
        changed = Message.objects.kept().filter(pk=self.pk).update(deleted_at=timezone.now(), deleted_by=by)
        self.refresh_from_db(fields=["deleted_at", "deleted_by"])
        return bool(changed)


class MessageEdit(models.Model):
    """What a message said before its author changed it."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="edits", verbose_name=_("message"))
    text = models.TextField(_("text before"))
    created = models.DateTimeField(_("edited"), default=timezone.now)

    class Meta:
        ordering = ["pk"]
        verbose_name, verbose_name_plural = _("earlier text"), _("earlier texts")

    def __str__(self):
        return Truncator(self.text).chars(60)


class MessageReaction(models.Model):
    """One of a few signs that somebody put under a message."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="reactions", verbose_name=_("message"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user"))
    emoji = models.CharField(_("reaction"), max_length=16)
    created = models.DateTimeField(_("sent"), default=timezone.now)

    class Meta:
        ordering = ["pk"]
        verbose_name, verbose_name_plural = _("reaction"), _("reactions")
        constraints = [models.UniqueConstraint(fields=["message", "user", "emoji"], name="reacted_once")]

    def __str__(self):
        return self.emoji
