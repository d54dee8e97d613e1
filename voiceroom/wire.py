"""Rows as the page gets them: plain dicts, texts as they are (the page never reads them as HTML)."""

from django.db.models import Count, F, OuterRef, Q, Subquery

from voiceroom import rules
from voiceroom.models import Membership, Message

TINTS = 10  # avatar colours in the style sheet
PREVIEW = 90  # characters of a room's last message in the lobby


def person(user, role=None):
    """One person: what everybody in a room may know of them."""
    name = rules.clean_line(user.get_full_name()) or user.get_username()
    return {"id": user.pk, "name": name, "tint": user.pk % TINTS, "role": role or rules.MEMBER}


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
