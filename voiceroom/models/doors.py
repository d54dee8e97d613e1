"""Ways through a door: links, and tries that are counted."""

import datetime

from django.conf import settings
from django.core import signing
from django.db import models
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from voiceroom import conf, rules

SALT = "voiceroom.invite"


class InviteLinkQuerySet(models.QuerySet):
    def good(self):
        """Links that still open their room's door."""
        return self.filter(revoked=False, expires__gt=timezone.now(), uses__lt=F("max_uses"))

    def by_token(self, room, token):
        """The link of this room with this token, good or not; ``None`` for what we did not sign."""
        try:
            pk = signing.loads(token, salt=SALT) if isinstance(token, str) and len(token) < 200 else None
        except signing.BadSignature:
            return None
        return self.filter(room=room, pk=pk).first() if type(pk) is int else None


class InviteLink(models.Model):
    """A signed address that lets people into a room, for a while and so many times."""

    room = models.ForeignKey("Room", models.CASCADE, related_name="invite_links", verbose_name=_("room"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("by"))
    expires = models.DateTimeField(_("expires"))
    max_uses = models.PositiveIntegerField(_("may be used"))
    uses = models.PositiveIntegerField(_("used"), default=0, editable=False)
    revoked = models.BooleanField(_("revoked"), default=False)
    created = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = InviteLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]
        verbose_name, verbose_name_plural = _("invite link"), _("invite links")

    def __str__(self):
        return f"{self.room} · {self.uses}/{self.max_uses}"

    @property
    def token(self):
        """What stands in the address."""
        return signing.dumps(self.pk, salt=SALT)

    @property
    def path(self):
        """The address, without the host."""
        return f"{reverse('room', args=[self.room.slug])}?invite={self.token}"

    def why_not(self):
        """The code of the reason why it opens nothing, or ``None``."""
        expired = self.expires <= timezone.now()
        return rules.why_not_link(expired, used_up=self.uses >= self.max_uses, revoked=self.revoked)

    def use(self):
        """Count one use. False if somebody else took the last one."""
        return bool(InviteLink.objects.good().filter(pk=self.pk).update(uses=F("uses") + 1))


class AttemptQuerySet(models.QuerySet):
    def lately(self):
        """Those that count now."""
        return self.filter(created__gt=timezone.now() - datetime.timedelta(seconds=conf.options().attempt_seconds))

    def add(self, room, user, kind):
        """Keep one more try, and forget those of this room that nothing counts or answers any more."""
        old = timezone.now() - datetime.timedelta(seconds=conf.options().knock_seconds)
        self.filter(room=room, kind=kind, created__lt=old).delete()
        return self.create(room=room, user=user, kind=kind)


class Attempt(models.Model):
    """Somebody tried a password, or knocked. Kept to count them across tabs and processes."""

    PASSWORD, KNOCK = "password", "knock"

    room = models.ForeignKey("Room", models.CASCADE, related_name="attempts", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8)
    created = models.DateTimeField(default=timezone.now)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["room", "kind", "created"], name="attempt_room_lately")]

    def __str__(self):
        return f"{self.kind} · {self.room}"
