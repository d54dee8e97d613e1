"""Rooms. Who may do what is decided in rules, not here."""

import secrets

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from voiceroom import conf, rules
from voiceroom.models.people import Ban, Guest, Membership
from voiceroom.models.search import SearchText, folded
from voiceroom.models.seats import Seat


class RoomQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at=None)

    def visible_to(self, user):
        """Open rooms that this user may know of: public ones, and private ones they belong to."""
        rooms = self.open()
        if is_house(user):
            return rooms
        mine = Membership.objects.filter(user=user).values("room")
        guest = Exists(Guest.objects.filter(user=user))
        return rooms.filter(Q(is_private=False) | Q(pk__in=mine), Q(guests_allowed=True) | ~guest)

    def matching(self, search, most=None):
        """Those that have all the words of this search, or its first ``most`` words, in their name or topic."""
        rooms = self
        for word in folded(search).split()[:most]:
            rooms = rooms.filter(searched__contains=word)
        return rooms

    def free_slug(self, name):
        """A slug that no room has yet. Names without Latin letters get ``room``."""
        stem = slugify(name)[:40].strip("-") or "room"
        taken = {"new", *self.filter(slug__startswith=stem).values_list("slug", flat=True)}  # /rooms/new/ is a page
        tries = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(taken) + 2))
        return next(slug for slug in tries if slug not in taken)


def is_house(user):
    """Whether this is staff whom the house trusts to moderate every room."""
    return user.is_staff and user.has_perm("voiceroom.moderate_room")


class Room(models.Model):
    class SeatMode(models.TextChoices):
        FREE = rules.FREE, _("whoever wants takes a seat")
        APPLY = rules.APPLY, _("a host gives the seats")

    slug = models.SlugField(_("address"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=rules.NAME_LENGTH)
    topic = models.CharField(_("topic"), max_length=rules.TOPIC_LENGTH, blank=True)
    searched = SearchText("name", "topic")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="rooms_owned", verbose_name=_("owner")
    )
    is_private = models.BooleanField(_("private"), default=False, help_text=_("Only members see it and enter."))
    guests_allowed = models.BooleanField(
        _("guests"), default=False, help_text=_("People without an account may come in under a name.")
    )
    capacity = models.PositiveSmallIntegerField(
        _("capacity"), default=conf.capacity, validators=[MinValueValidator(2), MaxValueValidator(conf.most_people)]
    )
    seat_count = models.PositiveSmallIntegerField(
        _("seats"), default=conf.seats, validators=[MinValueValidator(1), MaxValueValidator(conf.most_seats)]
    )
    seat_mode = models.CharField(_("seat mode"), max_length=5, choices=SeatMode.choices, default=SeatMode.FREE)
    hands_open = models.BooleanField(_("hands may be raised"), default=True)
    locked = models.BooleanField(_("locked"), default=False, help_text=_("Nobody new comes in without being let in."))
    password = models.CharField(max_length=128, blank=True, editable=False)  # hashed
    door = models.CharField(max_length=16, blank=True, editable=False)  # another one with each new lock or password
    media_backend = models.CharField(
        _("carries the voices"), max_length=20, blank=True, choices=conf.media_choices,
        help_text=_("Empty: what the settings say."),
    )  # fmt: skip
    revision = models.PositiveBigIntegerField(default=0, editable=False)
    hostless_since = models.DateTimeField(null=True, editable=False)
    created = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="rooms")

    objects = RoomQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name, verbose_name_plural = _("room"), _("rooms")
        permissions = [
            ("moderate_room", _("Can moderate every room")),
            ("close_room", _("Can close and open rooms")),
            ("announce_room", _("Can announce in rooms")),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, update_fields=None, **kwargs):
        """Keep the row, what searches compare, and as many seats as it says."""
        if update_fields is not None and {"name", "topic"} & set(update_fields):
            update_fields = {*update_fields, "searched"}
        super().save(*args, update_fields=update_fields, **kwargs)
        if update_fields is None:
            Seat.objects.fit(self)

    def get_absolute_url(self):
        return reverse("room", args=[self.slug])

    @property
    def namespace(self):
        """The Socket.IO namespace of this room."""
        return f"/rooms/{self.slug}"

    def close(self):
        """Nobody enters any more; what was said is kept."""
        self.closed_at = timezone.now()
        self.save(update_fields=["closed_at"])

    def standing(self, user, invited=False):
        """The facts that rules decide by, as they are now."""
        member = Membership.objects.filter(room=self, user=user).first()
        return rules.Standing(
            role=member.standing if member else None,
            staff=is_house(user),
            banned=Ban.objects.active().filter(room=self, user=user).exists(),
            closed=self.closed_at is not None,
            private=self.is_private,
            locked=self.locked,
            password=bool(self.password),
            chat_muted=bool(member and member.chat_muted),
            welcome=bool(member and self.door and member.door == self.door),
            invited=invited,
            guest=Guest.objects.filter(user=user).exists(),
            guests_allowed=self.guests_allowed,
            capacity=self.capacity,
        )

    def change_door(self, *, locked=None, password=...):
        """Lock or unlock it, or give it a password (``None``: take it away), for who is not let in by the new door."""
        self.locked = self.locked if locked is None else locked
        if password is not ...:
            self.password = make_password(password) if password else ""
        self.door = secrets.token_urlsafe(9)
        self.save(update_fields=["locked", "password", "door"])

    def is_password(self, text):
        """Whether this opens the door."""
        return bool(self.password) and check_password(text, self.password)
