"""Raised hands, first come first served, and invitations to sit down."""

from django.db import IntegrityError, transaction

from realtime import EventError, namespace
from voiceroom import conf, live, rules, wire
from voiceroom.deeds import seats
from voiceroom.deeds.changes import changing
from voiceroom.deeds.people import seat_of, user_by_id, why_not_ask
from voiceroom.models import HandRequest, ModerationEvent, SeatInvitation
from voiceroom.refusals import allow, number

Action, Hand, Answer = ModerationEvent.Action, HandRequest.Status, SeatInvitation.Status


def raise_hand(room, user):
    """Ask for a seat."""
    with changing(room) as change:
        raised = HandRequest.objects.up().filter(room=room, user=user).exists()
        seated = seat_of(room, user) is not None
        allow(rules.why_not_raise(change.room.standing(user), change.room.hands_open, seated, raised))
        HandRequest.objects.filter(room=room, user=user, status=Hand.WAITING).update(status=Hand.LOWERED)  # too old
        try:
            with transaction.atomic():
                HandRequest.objects.create(room=room, user=user)
        except IntegrityError:
            allow("already_raised")
        change.hands()
    return change


def lower_hand(room, user):
    """Take one's hand down; without one nothing happens."""
    with changing(room) as change:
        if HandRequest.objects.up().filter(room=room, user=user).update(status=Hand.LOWERED):
            change.hands()
    return change


def accept(room, by, user, tab):
    """Give who raised a hand the first free seat; they asked for it. ``tab``: theirs that is to publish, or ``""``."""
    with changing(room) as change:
        allow(rules.why_not_moderate(change.room.standing(by)))
        user, seat = user_by_id(room, user), seats.first_free(room)
        allow(None if HandRequest.objects.up().filter(room=room, user=user).exists() else "gone")
        standing = change.room.standing(user)
        allow(rules.why_shut_out(standing) or rules.why_not_seat(standing, seat and seat.place))
        seats.sit(change, seat, user, tab)
        change.log(by, Action.HAND_ACCEPT, user)
    _answer(room, by, user, True)
    return change


def reject(room, by, user):
    """Say no to a raised hand."""
    with changing(room) as change:
        allow(rules.why_not_moderate(change.room.standing(by)))
        user = user_by_id(room, user)
        raised = HandRequest.objects.up().filter(room=room, user=user).update(status=Hand.REJECTED)
        allow(None if raised else "gone")
        change.hands()
        change.log(by, Action.HAND_REJECT, user)
    _answer(room, by, user, False)
    return change


def _answer(room, by, user, accept):
    answer = {"by": wire.member(room, by), "accept": accept}
    namespace(room.namespace).to(*live.inside_of(user.pk)).emit("hand:answered", answer)


def open_hands(room, by, on):
    """Let people raise their hands, or do not; closing takes the raised ones down."""
    with changing(room) as change:
        allow(rules.why_not_moderate(change.room.standing(by)))
        change.room.hands_open = on
        change.room.save(update_fields=["hands_open"])
        change.facts("hands_open")
        change.log(by, Action.UPDATE, detail=f"hands_open: {on}")
        if not on and HandRequest.objects.up().filter(room=room).update(status=Hand.LOWERED):
            change.hands()
    return change


def invite(room, by, user, here=()):
    """Ask somebody to sit down; they answer by ``reply``. ``here``: the ids of who is inside."""
    with changing(room) as change:
        allow(rules.why_not_moderate(change.room.standing(by)))
        user = user_by_id(room, user, here)
        allow("seated" if seat_of(room, user) else None)
        allow(why_not_ask(by, user))
        invitation = SeatInvitation.objects.create(room=room, user=user, by=by)
        change.log(by, Action.SEAT_INVITE, user)
    asked = {"id": invitation.pk, "by": wire.member(room, by), "seconds": conf.options().invitation_seconds}
    namespace(room.namespace).to(*live.inside_of(user.pk)).emit("seat:invited", asked)
    return change


def reply(room, user, pk, accept, tab):
    """Answer an invitation; yes is the first free seat, in either seat mode."""
    with changing(room) as change:
        invitation = SeatInvitation.objects.filter(room=room, user=user, pk=number(pk)).select_related("by").first()
        if invitation is None or not invitation.waits:
            raise EventError("this invitation is over", code="gone")
        invitation.status = Answer.ACCEPTED if accept else Answer.DECLINED
        invitation.save(update_fields=["status"])
        if accept:
            standing, seat = change.room.standing(user), seats.first_free(room)
            seated = "seated" if seat_of(room, user) else None
            allow(rules.why_shut_out(standing) or seated or rules.why_not_seat(standing, seat and seat.place))
            seats.sit(change, seat, user, tab)
    answer = {"person": wire.member(room, user), "accept": accept}
    namespace(room.namespace).to(*live.inside_of(invitation.by_id)).emit("seat:invite_answered", answer)
    return change
