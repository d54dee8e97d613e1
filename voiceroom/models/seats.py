"""Seats, raised hands and invitations to sit down."""

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from voiceroom import conf, rules


class SeatQuerySet(models.QuerySet):
    def fit(self, room):
        """Make the seats that a room lacks, and take away the empty ones over its number."""
        there = set(self.filter(room=room).values_list("index", flat=True))
        missing = [Seat(room=room, index=index) for index in range(room.seat_count) if index not in there]
        if missing:
            self.bulk_create(missing, ignore_conflicts=True)
        if len(there) + len(missing) > room.seat_count:
            self.filter(room=room, index__gte=room.seat_count, user=None).delete()

    def free(self):
        """Seats that nobody holds: empty, or left for longer than the grace."""
        return self.filter(Q(user=None) | Q(away_since__lte=graced()))


def graced():
    """Whoever left before this moment has lost their seat."""
    return timezone.now() - datetime.timedelta(seconds=conf.options().seat_grace)


class Seat(models.Model):
    """One seat. ``tab`` is the tab of its holder that publishes; ``away_since`` when the last tab of the holder left.

    Being left is kept here and judged by the clock of whoever reads: a server that died frees its seats, too.
    """

    room = models.ForeignKey("Room", models.CASCADE, related_name="seats", verbose_name=_("room"), db_index=False)
    index = models.PositiveSmallIntegerField(_("number"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="seats", verbose_name=_("user")
    )
    locked = models.BooleanField(_("locked"), default=False)
    muted_by_host = models.BooleanField(_("muted"), default=False)
    unmute_asked = models.BooleanField(default=False, editable=False)
    mic_on = models.BooleanField(_("microphone on"), default=False, editable=False)
    tab = models.CharField(max_length=24, blank=True, editable=False)
    away_since = models.DateTimeField(_("away since"), null=True, editable=False)

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["room", "index"]
        verbose_name, verbose_name_plural = _("seat"), _("seats")
        constraints = [
            models.UniqueConstraint(fields=["room", "index"], name="one_seat_each_number"),
            models.UniqueConstraint(fields=["room", "user"], condition=Q(user__isnull=False), name="one_seat_each"),
        ]

    def __str__(self):
        return f"{self.room} · {self.index + 1}"

    @property
    def place(self):
        """The facts that rules decide by, as they are now."""
        gone = self.away_since is not None and self.away_since <= graced()
        return rules.Place(
            index=self.index,
            taken=self.user_id is not None and not gone,
            locked=self.locked,
            muted=self.muted_by_host,
            asked=self.unmute_asked,
        )

    @property
    def speaks(self):
        """Whether what its holder sends is to be heard."""
        return bool(self.user_id and self.tab and self.mic_on and not self.muted_by_host)


EMPTY = {"user": None, "muted_by_host": False, "unmute_asked": False, "mic_on": False, "tab": "", "away_since": None}


class HandQuerySet(models.QuerySet):
    def up(self):
        """Hands that are raised now, the first one first."""
        limit = timezone.now() - datetime.timedelta(seconds=conf.options().hand_seconds)
        return self.filter(status=HandRequest.Status.WAITING, created__gt=limit).order_by("created", "pk")


class HandRequest(models.Model):
    """A raised hand: somebody asks for a seat."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")
        LOWERED = "lowered", _("lowered")

    room = models.ForeignKey("Room", models.CASCADE, related_name="hands", verbose_name=_("room"), db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="hands_raised", verbose_name=_("user")
    )
    status = models.CharField(_("state"), max_length=8, choices=Status.choices, default=Status.WAITING)
    away_since = models.DateTimeField(null=True, editable=False)
    created = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = HandQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]
        verbose_name, verbose_name_plural = _("raised hand"), _("raised hands")
        indexes = [models.Index(fields=["room", "status", "created"], name="hand_room_queue")]
        constraints = [
            models.UniqueConstraint(fields=["room", "user"], condition=Q(status="waiting"), name="one_hand_each")
        ]

    def __str__(self):
        return f"{self.user} · {self.room}"


class SeatInvitation(models.Model):
    """A host asks somebody to take a seat; nobody is put on one without saying yes."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")

    room = models.ForeignKey("Room", models.CASCADE, related_name="seat_invitations", verbose_name=_("room"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="seat_invitations", verbose_name=_("user")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("by"))
    status = models.CharField(_("state"), max_length=8, choices=Status.choices, default=Status.WAITING)
    created = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created"]
        verbose_name, verbose_name_plural = _("invitation to a seat"), _("invitations to a seat")

    def __str__(self):
        return f"{self.user} · {self.room}"

    @property
    def waits(self):
        """Whether it can still be answered."""
        limit = self.created + datetime.timedelta(seconds=conf.options().invitation_seconds)
        return self.status == self.Status.WAITING and timezone.now() < limit
