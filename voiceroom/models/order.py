"""The log of moderation. Rows are only ever added."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ModerationEvent(models.Model):
    """Somebody kept order: who, where, to whom and what. ``detail`` is for people to read."""

    class Action(models.TextChoices):
        SEAT_MUTE = "seat_mute", _("muted a seat")
        MUTE_ALL = "mute_all", _("muted everybody")
        ASK_UNMUTE = "ask_unmute", _("asked to unmute")
        SEAT_KICK = "seat_kick", _("took off a seat")
        SEAT_LOCK = "seat_lock", _("locked a seat")
        SEAT_UNLOCK = "seat_unlock", _("unlocked a seat")
        SEAT_INVITE = "seat_invite", _("invited to a seat")
        HAND_ACCEPT = "hand_accept", _("accepted a raised hand")
        HAND_REJECT = "hand_reject", _("rejected a raised hand")
        ROLE = "role", _("gave a role")
        KICK = "kick", _("sent out")
        BAN = "ban", _("banned")
        UNBAN = "unban", _("lifted a ban")
        LOCK = "lock", _("locked the room")
        UNLOCK = "unlock", _("unlocked the room")
        PASSWORD = "password", _("changed the password")
        UPDATE = "update", _("changed the room")
        CLOSE = "close", _("closed the room")
        REOPEN = "reopen", _("opened the room again")
        ANNOUNCE = "announce", _("announced")
        INVITE = "invite", _("made an invite link")
        REVOKE = "revoke", _("revoked an invite link")
        KNOCK = "knock", _("answered a knock")
        CHAT_MUTE = "chat_mute", _("took the right to write")
        CHAT_UNMUTE = "chat_unmute", _("gave the right to write back")
        MESSAGE_DELETE = "message_delete", _("deleted a message")
        REPORT_HANDLED = "report_handled", _("handled a report")
        REPORT_DISMISSED = "report_dismissed", _("dismissed a report")

    room = models.ForeignKey("Room", models.SET_NULL, null=True, related_name="moderation", verbose_name=_("room"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="moderated", verbose_name=_("by")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="moderation", verbose_name=_("user")
    )
    action = models.CharField(_("action"), max_length=16, choices=Action.choices)
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    created = models.DateTimeField(_("time"), default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-created", "-pk"]
        verbose_name, verbose_name_plural = _("moderation event"), _("moderation log")
        permissions = [("export_moderationevent", _("Can export the moderation log"))]

    def __str__(self):
        return f"{self.get_action_display()} · {self.room}"
