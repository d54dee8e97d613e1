"""Who belongs to a room, and who is kept out of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from voiceroom import rules


class Membership(models.Model):
    class Role(models.TextChoices):
        OWNER = rules.OWNER, _("owner")
        HOST = rules.HOST, _("host")
        MODERATOR = rules.MODERATOR, _("moderator")
        MEMBER = rules.MEMBER, _("member")

    room = models.ForeignKey("Room", models.CASCADE, related_name="memberships", verbose_name=_("room"), db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    door = models.CharField(max_length=16, blank=True, editable=False)  # the one this member was let in by
    muted_by_host = models.BooleanField(_("muted"), default=False)
    chat_muted = models.BooleanField(_("may not write"), default=False)
    stands_in = models.BooleanField(_("stands in for the hosts"), default=False, editable=False)
    entered = models.BooleanField(default=True, editable=False)  # False: invited, and not come yet
    last_read = models.PositiveBigIntegerField(_("last message read"), default=0, editable=False)

    class Meta:
        ordering = ["room", "joined"]
        verbose_name, verbose_name_plural = _("membership"), _("memberships")
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="one_membership_each")]

    def __str__(self):
        return f"{self.user} · {self.room}"

    @property
    def standing(self):
        """The role that counts now."""
        return rules.HOST if self.stands_in else self.role


class BanQuerySet(models.QuerySet):
    def active(self):
        return self.filter(Q(until=None) | Q(until__gt=timezone.now()))


class Ban(models.Model):
    room = models.ForeignKey("Room", models.CASCADE, related_name="bans", verbose_name=_("room"), db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="bans", verbose_name=_("user"))
    until = models.DateTimeField(_("until"), null=True, blank=True, help_text=_("Empty: for good."))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("by")
    )
    created = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = BanQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]
        verbose_name, verbose_name_plural = _("ban"), _("bans")
        indexes = [models.Index(fields=["room", "user"], name="ban_room_user")]

    def __str__(self):
        return f"{self.user} · {self.room}"


class Guest(models.Model):
    """A person without an account, let in by one room's owner: a user of Django's with a name and no password."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="guest", verbose_name=_("user")
    )
    room = models.ForeignKey("Room", models.CASCADE, related_name="guests", verbose_name=_("room"))
    created = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created"]
        verbose_name, verbose_name_plural = _("guest"), _("guests")

    def __str__(self):
        return str(self.user)
