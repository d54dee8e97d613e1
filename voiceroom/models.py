"""Rooms, who belongs to them, and what was said. Who may do what is decided in rules.py, not here."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from voiceroom import rules


class RoomQuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at=None)

    def visible_to(self, user):
        """Open rooms that this user may know of: public ones, and private ones they belong to."""
        rooms = self.open()
        if user.is_staff:
            return rooms
        mine = Membership.objects.filter(user=user).values("room")
        return rooms.filter(Q(is_private=False) | Q(pk__in=mine))

    def free_slug(self, name):
        """A slug that no room has yet. Names without Latin letters get ``room``."""
        stem = slugify(name)[:40].strip("-") or "room"
        taken = {"new", *self.filter(slug__startswith=stem).values_list("slug", flat=True)}  # /rooms/new/ is a page
        tries = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(taken) + 2))
        return next(slug for slug in tries if slug not in taken)


class Room(models.Model):
    slug = models.SlugField(_("address"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=rules.NAME_LENGTH)
    topic = models.CharField(_("topic"), max_length=rules.TOPIC_LENGTH, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="rooms_owned", verbose_name=_("owner")
    )
    is_private = models.BooleanField(_("private"), default=False, help_text=_("Only members see it and enter."))
    capacity = models.PositiveSmallIntegerField(
        _("capacity"), default=rules.CAPACITY, validators=[MinValueValidator(2), MaxValueValidator(1000)]
    )
    created = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="rooms")

    objects = RoomQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name, verbose_name_plural = _("room"), _("rooms")

    def __str__(self):
        return self.name

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

    def standing(self, user):
        """The facts that rules.py decides by, as they are now."""
        role = Membership.objects.filter(room=self, user=user).values_list("role", flat=True).first()
        return rules.Standing(
            role=role,
            staff=user.is_staff,
            banned=Ban.objects.active().filter(room=self, user=user).exists(),
            closed=self.closed_at is not None,
            private=self.is_private,
            capacity=self.capacity,
        )


class Membership(models.Model):
    class Role(models.TextChoices):
        OWNER = rules.OWNER, _("owner")
        HOST = rules.HOST, _("host")
        MODERATOR = rules.MODERATOR, _("moderator")
        MEMBER = rules.MEMBER, _("member")

    room = models.ForeignKey(Room, models.CASCADE, related_name="memberships", verbose_name=_("room"), db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    last_read = models.PositiveBigIntegerField(_("last message read"), default=0, editable=False)

    class Meta:
        ordering = ["room", "joined"]
        verbose_name, verbose_name_plural = _("membership"), _("memberships")
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="one_membership_each")]

    def __str__(self):
        return f"{self.user} · {self.room}"


class BanQuerySet(models.QuerySet):
    def active(self):
        return self.filter(Q(until=None) | Q(until__gt=timezone.now()))


class Ban(models.Model):
    room = models.ForeignKey(Room, models.CASCADE, related_name="bans", verbose_name=_("room"), db_index=False)
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

    room = models.ForeignKey(Room, models.CASCADE, related_name="messages", verbose_name=_("room"), db_index=False)
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
