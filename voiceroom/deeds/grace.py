"""Who is here and who is not: seats and hands of who left wait for the grace, and hosts are stood in for.

``tabs`` are the tabs inside now, {tab id: user id}. A plan is a list of (deed, row).
"""

from django.utils import timezone

from voiceroom import rules
from voiceroom.deeds.changes import changing
from voiceroom.deeds.seats import leave
from voiceroom.models import HandRequest, Membership, Room, Seat, graced


def settle(room, tabs):
    """Bring the room in line with who is here. Answers whether somebody was found missing: they may have come back
    while we looked, so look again.
    """
    if not _plan(room, tabs):
        return False
    with changing(room) as change:
        plan = _plan(change.room, tabs)
        for deed, row in plan:
            deed(change, row, tabs)
    return any(deed is _miss for deed, _ in plan)


def due(room):
    """Since when the one waits who has waited longest in this room, or ``None``."""
    left = {"room": room, "away_since__isnull": False}
    moments = [
        *Seat.objects.filter(**left).values_list("away_since", flat=True),
        *HandRequest.objects.up().filter(**left).values_list("away_since", flat=True),
        *Room.objects.filter(pk=room.pk, hostless_since__isnull=False).values_list("hostless_since", flat=True),
    ]
    return min(moments, default=None)


def _plan(room, tabs):
    here = set(tabs.values())
    seats = [(_for_seat(seat, here, tabs), seat) for seat in Seat.objects.filter(room=room).exclude(user=None)]
    hands = [(_for_hand(hand, here), hand) for hand in HandRequest.objects.up().filter(room=room)]
    host = [_for_hosts(Room.objects.get(pk=room.pk), here)]
    return [(deed, row) for deed, row in (*seats, *hands, *host) if deed]


# -- seats and hands ------------------------------------------------------------------------------------------


def _for_seat(seat, here, tabs):
    if seat.user_id in here:
        return _return if seat.away_since or (seat.tab and seat.tab not in tabs) else None
    return _for_missing(seat, _free)


def _for_hand(hand, here):
    if hand.user_id in here:
        return _keep_up if hand.away_since else None
    return _for_missing(hand, _take_down)


def _for_missing(row, over):
    if row.away_since is None:
        return _miss
    return over if row.away_since <= graced() else None


def _miss(change, row, tabs):
    type(row).objects.filter(pk=row.pk).update(away_since=timezone.now())
    change.seat(row) if isinstance(row, Seat) else change.hands()


def _return(change, seat, tabs):
    """With another tab the microphone is off: whoever comes back says when it is on."""
    same = seat.tab in tabs
    tab = seat.tab if same else max((tab for tab, user in tabs.items() if user == seat.user_id), default="")
    Seat.objects.filter(pk=seat.pk).update(away_since=None, tab=tab, mic_on=seat.mic_on and same)
    change.seat(seat, seat.user_id)


def _free(change, seat, tabs):
    leave(change, seat)


def _keep_up(change, hand, tabs):
    HandRequest.objects.filter(pk=hand.pk).update(away_since=None)


def _take_down(change, hand, tabs):
    HandRequest.objects.filter(pk=hand.pk).update(status=HandRequest.Status.LOWERED)
    change.hands()


# -- hosts ----------------------------------------------------------------------------------------------------


def _for_hosts(room, here):
    """Without a host for as long as the grace, the moderator who is here and has been one of us longest stands in."""
    members = Membership.objects.filter(room=room)
    host = members.filter(role__in=[rules.OWNER, rules.HOST], user__in=here).exists()
    stand_in = members.filter(stands_in=True).first()
    if stand_in:
        return (_stand_down, stand_in) if host or stand_in.user_id not in here else (None, None)
    moderator = members.filter(role=rules.MODERATOR, user__in=here).order_by("joined", "pk").first()
    if host or moderator is None:
        return (_no_longer_hostless, room) if room.hostless_since else (None, None)
    if room.hostless_since is None:
        return _hostless, room
    return (_stand_in, moderator) if room.hostless_since <= graced() else (None, None)


def _hostless(change, room, tabs):
    Room.objects.filter(pk=room.pk).update(hostless_since=timezone.now())


def _no_longer_hostless(change, room, tabs):
    Room.objects.filter(pk=room.pk).update(hostless_since=None)


def _stand_in(change, member, tabs):
    _no_longer_hostless(change, change.room, tabs)
    _give(change, member, True)


def _stand_down(change, member, tabs):
    _give(change, member, False)


def _give(change, member, stands_in):
    Membership.objects.filter(pk=member.pk).update(stands_in=stands_in)
    change.person(member.user_id)
    for seat in Seat.objects.filter(room=change.room, user=member.user_id):
        change.seat(seat)
