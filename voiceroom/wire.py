"""Rows as the page gets them: plain dicts, texts as they are (the page never reads them as HTML)."""

from django.contrib.auth import get_user_model
from django.db.models import Count, F, OuterRef, Q, Subquery

from voiceroom import rules
from voiceroom.models import HandRequest, Membership, Message, Seat

TINTS = 10  # avatar colours in the style sheet
PREVIEW = 90  # characters of a room's last message in the lobby


def person(user, role=None):
    """One person: what everybody in a room may know of them."""
    name = rules.clean_line(user.get_full_name()) or user.get_username()
    return {"id": user.pk, "name": name, "tint": user.pk % TINTS, "role": role or rules.MEMBER}


def member(room, user):
    """One person with their role in this room."""
    return _persons(room, [user])[0]


def people(room, pks):
    """These people with their roles in this room."""
    return _persons(room, get_user_model().objects.filter(pk__in=pks))


def _persons(room, users):
    found = roles(room, [user.pk for user in users])
    return [person(user, found.get(user.pk)) for user in users]


def roles(room, pks):
    """{user id: the role that counts now} of these users, where they have one."""
    members = Membership.objects.filter(room=room, user__in=pks).only("user", "role", "stands_in")
    return {row.user_id: row.standing for row in members}


def facts(room):
    """What a room says of itself to who is inside."""
    return {
        "slug": room.slug,
        "name": room.name,
        "topic": room.topic,
        "seat_mode": room.seat_mode,
        "locked": room.locked,
        "has_password": bool(room.password),
        "hands_open": room.hands_open,
        "guests_allowed": room.guests_allowed,
        "private": room.is_private,
        "capacity": room.capacity,
        "seat_count": room.seat_count,
        "owner": room.owner_id,
    }


def seats(room, indexes=None):
    """All seats of a room, or those with these numbers."""
    rows = Seat.objects.filter(room=room).select_related("user").order_by("index")
    rows = list(rows if indexes is None else rows.filter(index__in=indexes))
    known = roles(room, [row.user_id for row in rows if row.user_id])
    return [_seat(row, known) for row in rows]


def _seat(row, known):
    held = row.place.taken
    return {
        "index": row.index,
        "person": person(row.user, known.get(row.user_id)) if held else None,
        "locked": row.locked,
        "muted": held and row.muted_by_host,
        "mic": "on" if held and row.mic_on else "off",
        "tab": (held and row.tab) or None,
        "away": held and row.away_since is not None,
    }


def hands(room):
    """The raised hands, the first one first."""
    rows = list(HandRequest.objects.up().filter(room=room).select_related("user"))
    known = roles(room, [row.user_id for row in rows])
    return [{"person": person(row.user, known.get(row.user_id)), "at": row.created.isoformat()} for row in rows]


def message(row):
    """One message. A deleted one keeps its place and loses its text."""
    gone = row.deleted_at is not None
    return {
        "id": row.pk,
        "key": row.key,
        "author": person(row.author),
        "text": "" if gone else row.text,
        "at": row.created.isoformat(),
        "deleted": gone,
    }


def page(rows, more):
    """A page of history."""
    return {"messages": [message(row) for row in rows], "more": more}


def cards(rooms):
    """The lobby's cards of these rooms, the latest spoken in first; two queries, however many rooms."""
    newest = Message.objects.kept().filter(room=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    rooms = list(rooms.annotate(newest=Subquery(newest)))
    last = Message.objects.select_related("author").in_bulk([room.newest for room in rooms if room.newest])
    found = [(room, last.get(room.newest)) for room in rooms]
    found.sort(key=lambda pair: pair[1].created if pair[1] else pair[0].created, reverse=True)
    return [card(*pair) for pair in found]


def card(room, last):
    """One room in the lobby; ``last`` is its newest message or ``None``."""
    return {
        "slug": room.slug,
        "name": room.name,
        "topic": room.topic,
        "private": room.is_private,
        "locked": room.locked,
        "has_password": bool(room.password),
        "guests": room.guests_allowed,
        "seats": room.seat_count,
        "capacity": room.capacity,
        "url": room.get_absolute_url(),
        "last": last and _preview(last),
    }


def _preview(row):
    text = " ".join(row.text.split())[:PREVIEW]
    return {"id": row.pk, "author": person(row.author), "text": text, "at": row.created.isoformat()}


def unread(user):
    """{slug: messages of others since this user last read there}, of the rooms this user has been in."""
    newer = Q(room__messages__pk__gt=F("last_read"), room__messages__deleted_at=None)
    count = Count("room__messages", filter=newer & ~Q(room__messages__author=user))
    rows = Membership.objects.filter(user=user, room__closed_at=None).annotate(unread=count)
    return dict(rows.values_list("room__slug", "unread"))
