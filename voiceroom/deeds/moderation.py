"""What hosts and moderators do to seats, to people, and with the room."""

from voiceroom import conf, live, rules
from voiceroom.deeds import seats, voices
from voiceroom.deeds.changes import changing
from voiceroom.deeds.people import seat_at, seat_of, user_by_id, why_not_ask
from voiceroom.models import Guest, HandRequest, Membership, ModerationEvent, Seat
from voiceroom.refusals import allow

Action = ModerationEvent.Action


def mute_seat(room, by, index):
    """Mute whoever sits there. It goes with the person: another seat does not give the voice back."""
    with changing(room) as change:
        seat = _held(change, by, index)
        mute(change, seat)
        change.log(by, Action.SEAT_MUTE, seat.user)
    return change


def mute_all(room, by):
    """Mute everybody below oneself."""
    with changing(room) as change:
        standing = change.room.standing(by)
        allow(rules.why_not_moderate(standing))
        for seat in Seat.objects.filter(room=room, muted_by_host=False).exclude(user=None).select_related("user"):
            if not rules.why_not_handle(standing, change.room.standing(seat.user)):
                mute(change, seat)
        change.log(by, Action.MUTE_ALL)
    return change


def mute(change, seat):
    """Without asking the rules; the admin's way, too."""
    Seat.objects.filter(pk=seat.pk).update(muted_by_host=True, unmute_asked=False, mic_on=False)
    Membership.objects.filter(room=change.room, user=seat.user_id).update(muted_by_host=True)
    change.seat(seat, seat.user_id)


def ask_unmute(room, by, index):
    """Let a muted person unmute, and ask them to. Answers (the change, the user asked)."""
    with changing(room) as change:
        seat = _held(change, by, index)
        allow(why_not_ask(by, seat.user))
        Seat.objects.filter(pk=seat.pk).update(unmute_asked=True)
        change.log(by, Action.ASK_UNMUTE, seat.user)
    return change, seat.user


def kick_seat(room, by, index):
    """Move whoever sits there to the audience."""
    with changing(room) as change:
        seat = _held(change, by, index)
        unseat(change, by, seat)
        change.log(by, Action.SEAT_KICK, seat.user)
    return change


def unseat(change, by, seat):
    """Without asking the rules; the admin's way, too."""
    seats.leave(change, seat)
    if seat.user_id != by.pk:
        live.seat_taken_away(change.room, seat.user_id, by)


def lock_seat(room, by, index, locked):
    """Nobody sits down there by themselves. Who sat there goes to the audience."""
    with changing(room) as change:
        seat = seat_at(room, index)
        holder = change.room.standing(seat.user) if seat.user and locked and seat.user != by else None
        standing = change.room.standing(by)
        allow(rules.why_shut_out(standing) or rules.why_not_lock_seat(standing, holder))
        if locked and seat.user_id:
            unseat(change, by, seat)
        Seat.objects.filter(pk=seat.pk).update(locked=locked)
        change.seat(seat)
        change.log(by, Action.SEAT_LOCK if locked else Action.SEAT_UNLOCK, seat.user, f"{index + 1}")
    return change


def give_role(room, by, user, role):
    """Make somebody host, moderator, or a plain member again."""
    with changing(room) as change:
        user = below(change, by, user, lambda mine, theirs: rules.why_not_role(mine, theirs, role))
        Membership.objects.update_or_create(room=room, user=user, defaults={"role": role, "stands_in": False})
        change.person(user.pk)
        if seat := seat_of(room, user):
            change.seat(seat)
        change.log(by, Action.ROLE, user, role)
    return change


def kick(room, by, user):
    """Send somebody out. They may come back, unless the room is locked or has a password."""
    with changing(room) as change:
        user = below(change, by, user, rules.why_not_handle)
        put_out(change, user)
        change.log(by, Action.KICK, user)
        live.user_sent_out(change.room, user.pk, "kicked")
    return change


def put_out(change, user):
    """Their seat, their raised hand and their way through a closed door are gone."""
    if seat := seat_of(change.room, user):
        seats.leave(change, seat)
    if HandRequest.objects.up().filter(room=change.room, user=user).update(status=HandRequest.Status.LOWERED):
        change.hands()
    Membership.objects.filter(room=change.room, user=user).update(door="", stands_in=False)


def mute_chat(room, by, user, on):
    """Take the right to write from somebody, or give it back."""
    with changing(room) as change:
        user = below(change, by, user, rules.why_not_handle)
        Membership.objects.update_or_create(room=room, user=user, defaults={"chat_muted": on})
        change.facts("chat_muted")
        change.log(by, Action.CHAT_MUTE if on else Action.CHAT_UNMUTE, user)
    return change


def update(room, by, facts):
    """Change the name, the topic, the seats, the capacity, whether guests may come."""
    with changing(room) as change:
        allow(rules.why_not_update(change.room.standing(by), facts, conf.options()))
        for name, value in facts.items():
            setattr(change.room, name, rules.clean_line(value) if isinstance(value, str) else value)
        change.room.save(update_fields=list(facts))
        change.facts(*facts)
        change.log(by, Action.UPDATE, detail=", ".join(f"{name}: {value}" for name, value in facts.items()))
        if "seat_count" in facts:
            seats.resize(change, facts["seat_count"])
        if facts.get("guests_allowed") is False:
            put_out_guests(change)
    return change


def put_out_guests(change):
    """Guests may not come any more: who is here goes."""
    for guest in Guest.objects.filter(user__memberships__room=change.room).select_related("user"):
        put_out(change, guest.user)
        live.user_sent_out(change.room, guest.user_id, "no_guests")


def close(room, by):
    """Close the room for everybody."""
    with changing(room) as change:
        allow(rules.why_not_close(change.room.standing(by)))
        shut(change, by)
    return change


def shut(change, by):
    """Without asking the rules; the admin's way, too."""
    change.room.close()
    for seat in Seat.objects.filter(room=change.room).exclude(user=None):
        seats.leave(change, seat)
    if HandRequest.objects.up().filter(room=change.room).update(status=HandRequest.Status.LOWERED):
        change.hands()
    change.log(by, Action.CLOSE)
    live.room_closed(change.room)
    voices.close_later(change.room)


def _held(change, by, index):
    """A seat that somebody holds whom ``by`` may handle; one's own is one's own business."""
    seat = seat_at(change.room, index)
    allow(None if seat.user_id else "not_seated")
    standing = change.room.standing(by)
    allow(rules.why_not_moderate(standing))
    if seat.user_id != by.pk:
        allow(rules.why_not_handle(standing, change.room.standing(seat.user)))
    return seat


def below(change, by, user, rule):
    """The user with this id from the peer, if the rule lets ``by`` do it to them."""
    user = user_by_id(change.room, user)
    allow(rule(change.room.standing(by), change.room.standing(user)))
    return user
