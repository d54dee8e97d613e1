"""Seats: sit down, stand up, move, microphones. What hosts do with seats is in moderation.py."""

from voiceroom import rules
from voiceroom.deeds.changes import changing
from voiceroom.deeds.people import seat_at, seat_of
from voiceroom.models import EMPTY, HandRequest, Membership, Seat
from voiceroom.refusals import allow


def take(room, user, index, tab):
    """Sit down on this seat, or on the first free one (``None``), with ``tab`` publishing."""
    with changing(room) as change:
        standing, seat = change.room.standing(user), _wanted(change.room, index)
        seated = _kept(change.room, user) is not None
        allow(rules.why_not_take(standing, change.room.seat_mode, seated, seat and seat.place))
        sit(change, seat, user, tab)
    return change


def move(room, user, index):
    """Change to another seat in one step: whoever is too late keeps the old one."""
    with changing(room) as change:
        old, new = seat_of(change.room, user), seat_at(change.room, index)
        allow(rules.why_not_move(change.room.standing(user), old is not None, new.place))
        carried = {"tab": old.tab, "mic_on": old.mic_on, "unmute_asked": old.unmute_asked}
        leave(change, old)
        sit(change, new, user, **carried)
    return change


def stand_up(room, user):
    """Leave one's seat."""
    with changing(room) as change:
        seat = seat_of(change.room, user)
        allow(None if seat else "not_seated")
        leave(change, seat)
    return change


def sit(change, seat, user, tab, mic_on=False, unmute_asked=False):
    """Put a user on a seat that the rules have given. The database has the last word on who is first."""
    room, before = change.room, seat.user_id
    old = seat_of(room, user)
    if old is not None:  # left for too long, and back before anybody noticed
        leave(change, old)
    muted = Membership.objects.filter(room=room, user=user, muted_by_host=True).exists()
    new = EMPTY | {"user": user, "tab": tab, "muted_by_host": muted, "mic_on": mic_on, "unmute_asked": unmute_asked}
    won = Seat.objects.free().filter(pk=seat.pk).update(**new)
    allow(None if won else "seat_taken")
    change.seat(seat, before, user.pk)
    if HandRequest.objects.up().filter(room=room, user=user).update(status=HandRequest.Status.ACCEPTED):
        change.hands()


def leave(change, seat):
    """Empty a seat."""
    if Seat.objects.filter(pk=seat.pk, user=seat.user_id).update(**EMPTY):
        change.seat(seat, seat.user_id)


def resize(change, count):
    """Have so many seats. Whoever sits on one that goes gets a free one that stays, or goes to the audience."""
    change.room.seat_count = count
    change.room.save(update_fields=["seat_count"])
    before = set(Seat.objects.filter(room=change.room).values_list("index", flat=True))
    for old in Seat.objects.filter(room=change.room, index__gte=count).exclude(user=None).select_related("user"):
        new = first_free(change.room)
        leave(change, old)
        if new is not None:
            sit(change, new, old.user, tab=old.tab, mic_on=old.mic_on, unmute_asked=old.unmute_asked)
    Seat.objects.fit(change.room)
    for seat in Seat.objects.filter(room=change.room).exclude(index__in=before):
        change.seat(seat)
    change.facts("seat_count")


def publish(room, user, tab):
    """Make ``tab`` the one that publishes. Answers (the change, the tab that did before or ``""``)."""
    with changing(room) as change:
        seat = seat_of(change.room, user)
        allow(rules.why_shut_out(change.room.standing(user)) or (None if seat else "not_seated"))
        before = seat.tab
        if before != tab:
            Seat.objects.filter(pk=seat.pk).update(tab=tab)
            change.seat(seat, user.pk)
    return change, before if before != tab else ""


def mic(room, user, on):
    """Switch one's own microphone on or off."""
    with changing(room) as change:
        seat = seat_of(change.room, user)
        allow(rules.why_not_mic(change.room.standing(user), seat and seat.place, on))
        if seat.mic_on != on:
            Seat.objects.filter(pk=seat.pk).update(mic_on=on)
            change.seat(seat, user.pk)
    return change


def unmute(room, user):
    """Take the host's mute from oneself, after having been asked to. The microphone stays off until it is put on."""
    with changing(room) as change:
        seat = seat_of(change.room, user)
        allow(rules.why_not_unmute(change.room.standing(user), seat and seat.place))
        Seat.objects.filter(pk=seat.pk).update(muted_by_host=False, unmute_asked=False)
        Membership.objects.filter(room=room, user=user).update(muted_by_host=False)
        change.seat(seat, user.pk)
    return change


def first_free(room):
    """The first seat that anybody may have, or ``None``."""
    seats = {seat.index: seat for seat in Seat.objects.filter(room=room, index__lt=room.seat_count)}
    return seats.get(rules.first_free([seat.place for seat in seats.values()]))


def _wanted(room, index):
    return first_free(room) if index is None else seat_at(room, index)


def _kept(room, user):
    """The seat this user holds and has not lost by being away."""
    seat = seat_of(room, user)
    return seat if seat and seat.place.taken else None
