from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserCreationForm
from django.core import validators
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from voiceroom import conf, guests, metrics, rules
from voiceroom.models import Guest, Membership, Room


class LineField(forms.CharField):
    """One line of text, without what could disturb the lines around it."""

    def to_python(self, value):
        return rules.clean_line(super().to_python(value) or "")


class SignUpForm(UserCreationForm):
    first_name = LineField(
        label=_("Your name"), max_length=40, required=False, help_text=_("What others see. Your user name if empty.")
    )

    class Meta:
        model = get_user_model()
        fields = ["username", "first_name"]
        help_texts = {"username": _("Letters, digits and @ . + - _ only.")}

    def validate_password_for_user(self, user, password_field_name="password1"):
        """What is wrong with a password is said where it is chosen, not where it is repeated."""
        super().validate_password_for_user(user, password_field_name)


class GuestForm(forms.Form):
    """A name for who comes without an account. ``known``: the guest that this browser was before, or ``None``."""

    name = LineField(label=_("Your name"), max_length=40, help_text=_("What others see."))

    def __init__(self, *args, room, known=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.room, self.known = room, known

    def clean(self):
        reason = rules.why_not_guest(self.room.guests_allowed, guests.lately(self.room), conf.options())
        if reason and self.known is None:
            metrics.count(reason)
            raise ValidationError(_("Too many guests came just now. Try again in a while, or log in."), code=reason)

    def save(self):
        """The guest, as a user."""
        return guests.make(self.room, self.cleaned_data["name"], self.known)


class PeopleField(forms.CharField):
    """User names, with commas or spaces between them, as users."""

    def clean(self, value):
        names = set(super().clean(value).replace(",", " ").replace("，", " ").split())
        most = conf.options().invited
        if len(names) > most:
            metrics.count(rules.over("too_many", "INVITED"))
            raise ValidationError(_("Invite at most %(most)d people now, and the others later."), params={"most": most})
        users = list(get_user_model().objects.filter(username__in=names, is_active=True))
        if unknown := names - {user.username for user in users}:
            raise ValidationError(_("Nobody here is called %(names)s."), params={"names": ", ".join(sorted(unknown))})
        return users


SEAT_MODES = [(mode, capfirst(label)) for mode, label in Room.SeatMode.choices]


class RoomForm(forms.ModelForm):
    field_order = ["name", "topic", "seat_count", "seat_mode", "password"]  # then the rest
    name = LineField(label=_("Name"))
    topic = LineField(label=_("Topic"), required=False, help_text=_("What is it about? One line."))
    seat_count = forms.IntegerField(label=_("How many seats"), min_value=1, required=False)
    seat_mode = forms.ChoiceField(label=_("Who sits down"), choices=SEAT_MODES, required=False)
    password = LineField(
        label=_("Password"),
        required=False,
        help_text=_("Whoever comes in has to know it. Empty: none."),
    )
    invited = PeopleField(
        label=_("Whom you invite"),
        required=False,
        help_text=_("User names, separated by commas. They see a private room, too."),
    )

    class Meta:
        model = Room
        fields = ["name", "topic", "seat_count", "seat_mode", "is_private", "guests_allowed", "invited"]

    REFUSED = {
        "no_guests": _("Guests have no rooms of their own. Create an account first."),
        "too_many": _("You have too many open rooms. Close one of them, then create another."),
    }

    def __init__(self, *args, owner, **kwargs):
        super().__init__(*args, **kwargs)
        self.owner, self.options = owner, conf.options()
        self.fields["seat_count"].initial = self.options.seats
        self._bound(validators.MaxLengthValidator, name="name_length", topic="topic_length", password="password_length")
        self._bound(validators.MaxValueValidator, seat_count="most_seats")

    def _bound(self, validator, **limits):
        """Hold fields to the settings, and let the page say so beforehand."""
        for name, limit in limits.items():
            field, most = self.fields[name], getattr(self.options, limit)
            field.validators.append(validator(most))
            field.widget.attrs["max" if validator is validators.MaxValueValidator else "maxlength"] = most

    def clean(self):
        super().clean()
        open_rooms = Room.objects.open().filter(owner=self.owner).count()
        if reason := rules.why_not_create(Guest.objects.filter(user=self.owner).exists(), open_rooms, self.options):
            metrics.count(reason)
            raise ValidationError(self.REFUSED[reason], code=reason)

    def clean_seat_count(self):
        return self.cleaned_data["seat_count"] or self.options.seats

    def save(self):
        """Make the room with its owner and who was invited."""
        with transaction.atomic():
            room = super().save(commit=False)
            room.owner, room.slug = self.owner, Room.objects.free_slug(room.name)
            room.save()
            if self.cleaned_data["password"]:
                room.change_door(password=self.cleaned_data["password"])
            roles = {user: rules.MEMBER for user in self.cleaned_data["invited"]} | {self.owner: rules.OWNER}
            Membership.objects.bulk_create(
                Membership(room=room, user=user, role=roles[user], entered=user == self.owner) for user in roles
            )
        return room
