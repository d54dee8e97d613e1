from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserCreationForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from voiceroom import guests, rules
from voiceroom.models import Membership, Room


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


class GuestForm(forms.Form):
    """A name for who comes without an account. ``known``: the guest that this browser was before, or ``None``."""

    name = LineField(label=_("Your name"), max_length=40, help_text=_("What others see."))

    def __init__(self, *args, room, known=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.room, self.known = room, known

    def clean(self):
        reason = rules.why_not_guest(self.room.guests_allowed, guests.lately(self.room))
        if reason and self.known is None:
            raise ValidationError(_("Too many guests came just now. Try again in a while, or log in."), code=reason)

    def save(self):
        """The guest, as a user."""
        return guests.make(self.room, self.cleaned_data["name"], self.known)


class PeopleField(forms.CharField):
    """User names, with commas or spaces between them, as users."""

    def clean(self, value):
        names = set(super().clean(value).replace(",", " ").replace("，", " ").split())
        users = list(get_user_model().objects.filter(username__in=names, is_active=True))
        if unknown := names - {user.username for user in users}:
            raise ValidationError(_("Nobody here is called %(names)s."), params={"names": ", ".join(sorted(unknown))})
        return users


class RoomForm(forms.ModelForm):
    name = LineField(label=_("Name"), max_length=rules.NAME_LENGTH)
    topic = LineField(
        label=_("Topic"), max_length=rules.TOPIC_LENGTH, required=False, help_text=_("What is it about? One line.")
    )
    seat_mode = forms.ChoiceField(label=_("Seats"), choices=Room.SeatMode.choices, required=False)
    invited = PeopleField(
        label=_("People"), required=False, help_text=_("User names, separated by commas. They see a private room, too.")
    )

    class Meta:
        model = Room
        fields = ["name", "topic", "seat_mode", "is_private", "guests_allowed", "invited"]

    def save_for(self, owner):
        """Make the room with its owner and who was invited."""
        with transaction.atomic():
            room = self.save(commit=False)
            room.owner, room.slug = owner, Room.objects.free_slug(room.name)
            room.save()
            roles = {user: rules.MEMBER for user in self.cleaned_data["invited"]} | {owner: rules.OWNER}
            Membership.objects.bulk_create(Membership(room=room, user=user, role=roles[user]) for user in roles)
        return room
