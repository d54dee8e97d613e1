"""Facts about the people a deed is for."""

import datetime

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from realtime import EventError
from voiceroom import conf, rules
from voiceroom.models import Attempt, Ban, HandRequest, Membership, ModerationEvent, Seat
from voiceroom.refusals import number

TRACES = [(Membership, {"entered": True}), (Ban, {}), (Attempt, {"kind": Attempt.KNOCK}), (HandRequest, {}), (Seat, {})]


def user_by_id(room, value, here=()):
    """Somebody who has been in this room, or at its door, by the id from the peer; ``here``: ids of who is inside.

    Anybody else is ``not_found``: ids can be guessed, and whom they belong to is nobody's business.
    """
    left = Q(pk__in=here)
    for model, facts in TRACES:
        left |= Q(Exists(model.objects.filter(room=room, user=OuterRef("pk"), **facts)))
    user = get_user_model().objects.filter(left, pk=number(value)).first()
    if user is None:
        raise EventError("no such person", code="not_found")
    return user


ASKED = [ModerationEvent.Action.SEAT_INVITE, ModerationEvent.Action.ASK_UNMUTE]


def why_not_ask(by, user):
    """Whether ``by`` has asked this person for something too often within the minute, in whatever room."""
    lately = timezone.now() - datetime.timedelta(minutes=1)
    asked = ModerationEvent.objects.filter(by=by, user=user, action__in=ASKED, created__gt=lately)
    return rules.why_not_ask(asked.count(), conf.options())


def seat_of(room, user):
    """The seat this user holds, or ``None``."""
    return Seat.objects.filter(room=room, user=user).first()


def seat_at(room, index):
    """The seat with this number from the peer; ``not_found`` otherwise."""
    found = Seat.objects.filter(room=room, index=index).first() if type(index) is int and 0 <= index < 100 else None
    if found is None:
        raise EventError("no such seat", code="not_found")
    return found
