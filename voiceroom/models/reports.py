"""What people report: seen by the house, by nobody else."""

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from voiceroom import conf, rules


class ReportQuerySet(models.QuerySet):
    def waiting(self):
        """Reports that nobody of the house has settled."""
        return self.filter(state=Report.State.WAITING)

    def lately(self):
        """Those that count now."""
        return self.filter(created__gt=timezone.now() - datetime.timedelta(seconds=conf.options().report_seconds))


class Report(models.Model):
    """Somebody says that somebody else does harm in a room. ``message``: the one it is about, if it is about one."""

    class Reason(models.TextChoices):
        SPAM = "spam", _("spam or advertising")
        HARASSMENT = "harassment", _("insults or threats")
        HATE = "hate", _("hatred of a group")
        SEXUAL = "sexual", _("sexual content")
        SOUND = "sound", _("noise or music on purpose")
        OTHER = "other", _("something else")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        HANDLED = "handled", _("handled")
        DISMISSED = "dismissed", _("dismissed")

    room = models.ForeignKey("Room", models.CASCADE, related_name="reports", verbose_name=_("room"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="reports_made", verbose_name=_("by")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="reports", verbose_name=_("reported")
    )
    message = models.ForeignKey(
        "Message", models.SET_NULL, null=True, blank=True, related_name="reports", verbose_name=_("message")
    )
    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices)
    text = models.CharField(_("what happened"), max_length=rules.REPORT_LENGTH, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.WAITING)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("settled by")
    )
    settled_at = models.DateTimeField(_("settled"), null=True)
    created = models.DateTimeField(_("time"), default=timezone.now, db_index=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-pk"]
        verbose_name, verbose_name_plural = _("report"), _("reports")
        indexes = [models.Index(fields=["by", "created"], name="report_by_lately")]
        constraints = [
            models.UniqueConstraint(
                fields=["room", "by", "user"], condition=Q(state="waiting"), name="one_waiting_report_each"
            )
        ]

    def __str__(self):
        return f"{self.user} · {self.get_reason_display()}"
