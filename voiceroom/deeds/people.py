"""Facts about the people a deed is for."""

from django.contrib.auth import get_user_model

from realtime import EventError
from voiceroom.models import Seat
from voiceroom.refusals import number


def user_by_id(value):
    """The user with this id from the peer; ``not_found`` otherwise."""
    user = get_user_model().objects.filter(pk=number(value)).first()
    if user is None:
        raise EventError("no such person", code="not_found")
    return user


def seat_of(room, user):
    """The seat this user holds, or ``None``."""
    return Seat.objects.filter(room=room, user=user).first()


def seat_at(room, index):
    """The seat with this number from the peer; ``not_found`` otherwise."""
    found = Seat.objects.filter(room=room, index=index).first() if type(index) is int and 0 <= index < 100 else None
    if found is None:
        raise EventError("no such seat", code="not_found")
    return found
