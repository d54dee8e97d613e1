"""What was said."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from voiceroom import rules


class MessageQuerySet(models.QuerySet):
    def kept(self):
        """Messages that nobody has deleted."""
        return self.filter(deleted_at=None)

    def page(self, before=None, size=rules.PAGE_SIZE):
        """(the newest messages, oldest first; whether there are older ones). ``before`` is a message id."""
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
        return self.text[:60]

    def delete_softly(self, by):
        """Take it out of the room; the row stays for the moderators. Twice is once."""
        changed = Message.objects.kept().filter(pk=self.pk).update(deleted_at=timezone.now(), deleted_by=by)
        self.refresh_from_db(fields=["deleted_at", "deleted_by"])
        return bool(changed)
