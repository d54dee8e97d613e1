"""Rows as the page gets them: plain dicts, texts as they are (the page never reads them as HTML)."""

from django.contrib.auth import get_user_model
from django.db.models import Count, F, Min, OuterRef, Q, Subquery

from voiceroom import rules
from voiceroom.models import HandRequest, Membership, Message, MessageReaction, Report, Seat

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
        "chat_muted": list(_chat_muted(room)),
    }


def _chat_muted(room):
    rows = Membership.objects.filter(room=room, chat_muted=True).order_by("user")
    return rows.values_list("user", flat=True)


def ban(row):
    """One ban, for who keeps order."""
    return {
        "person": person(row.user),
        "by": row.by and person(row.by),
        "reason": row.reason,
        "until": row.until and row.until.isoformat(),
        "at": row.created.isoformat(),
    }


def invite_link(row):
    """One link, for who keeps order; without what opens the door."""
    return {
        "id": row.pk,
        "by": person(row.by),
        "uses": row.uses,
        "max_uses": row.max_uses,
        "expires": row.expires.isoformat(),
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
        "edited": row.edited_at is not None and not gone,
        "deleted": gone,
    }


def page(rows, more, user):
    """A page of history, for this user."""
    return {"messages": [message(row) for row in rows], "more": more, "reacted": reacted(rows, user)}


def reacted(rows, user):
    """How many people put which signs under these messages, and whether this user is one of them."""
    kept = [row.pk for row in rows if not row.deleted_at]
    signs = MessageReaction.objects.filter(message__in=kept).values("message", "emoji")
    counts = signs.annotate(count=Count("pk"), own=Count("pk", filter=Q(user=user)), first=Min("pk"))
    names = ("message", "emoji", "count")
    return [{name: each[name] for name in names} | {"mine": each["own"] > 0} for each in counts.order_by("first")]


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
        "at": (last or room).created.isoformat(),
    }


def _preview(row):
    text = " ".join(row.text.split())[:PREVIEW]
    return {"id": row.pk, "author": person(row.author), "text": text, "at": row.created.isoformat()}


def unread(user, rooms):
    """{slug: messages of others since this user last read there}, of those of these rooms this user has been in."""
    newer = Q(room__messages__pk__gt=F("last_read"), room__messages__deleted_at=None)
    count = Count("room__messages", filter=newer & ~Q(room__messages__author=user))
    rows = Membership.objects.filter(user=user, room__in=rooms).annotate(unread=count)
    return dict(rows.values_list("room__slug", "unread"))


def reports(rooms):
    """{slug: reports that wait}, of those of these rooms that have any; for the house only."""
    rows = Report.objects.waiting().filter(room__in=rooms).order_by()
    return dict(rows.values_list("room__slug").annotate(Count("pk")))
