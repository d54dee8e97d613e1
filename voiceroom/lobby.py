"""The rooms that a user may know of, a page at a time: where people are comes first, then what was said last.

``here`` is ``{slug: glance}`` of the rooms with people in them.
"""

from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.utils.dateparse import parse_datetime

from voiceroom import conf, wire
from voiceroom.models import Message, Room

EMPTY = {"here": 0, "faces": [], "speaking": []}


def page(user, here, search="", after=None):
    """(rows, where the next page goes on or ``None``). ``after``: what that was for the page before."""
    rooms = _in_order(Room.objects.visible_to(user).matching(search, conf.options().search_words), here)
    if after is not None:
        rooms = rooms.filter(_below(*after))
    size = conf.options().lobby_page
    found = list(rooms[: size + 1])
    return found[:size], _place(found[size - 1]) if len(found) > size else None


def _in_order(rooms, here):
    last = Message.objects.kept().filter(room=OuterRef("pk")).order_by("-pk").values("created")[:1]
    lively = Case(When(slug__in=list(here), then=1), default=0)
    return rooms.annotate(lively=lively, spoken=Coalesce(Subquery(last), F("created"))).order_by(
        "-lively", "-spoken", "-pk"
    )


def _below(lively, spoken, pk):
    """What comes after this place in the order. Rooms may move meanwhile: pages know a room by its slug."""
    later = Q(spoken__lt=spoken) | Q(spoken=spoken, pk__lt=pk)
    return Q(lively__lt=lively) | (Q(lively=lively) & later)


def _place(room):
    return f"{room.lively} {room.pk} {room.spoken.isoformat()}"


def place(text):
    """What ``page`` said, back from the peer; ``None`` for what it never says."""
    lively, _, rest = text[:80].partition(" ")
    pk, _, spoken = rest.partition(" ")
    try:
        moment = parse_datetime(spoken)
    except ValueError:
        return None
    good = lively in ("0", "1") and pk.isascii() and pk.isdigit() and len(pk) < 19 and moment and moment.tzinfo
    return (int(lively), moment, int(pk)) if good else None


def cards(user, rooms, here):
    """The cards of these rows, in their order, with who is there and what this user has not read."""
    found = {card["slug"]: card for card in wire.cards(Room.objects.filter(pk__in=[room.pk for room in rooms]))}
    unread = wire.unread(user, rooms)
    slugs = [room.slug for room in rooms if room.slug in found]
    return [found[slug] | {"unread": unread.get(slug, 0)} | here.get(slug, EMPTY) for slug in slugs]


def counts(user, here, search=""):
    """How many rooms this user may know of, how many of them have people or match, and the people there."""
    visible = Room.objects.visible_to(user)
    rooms = visible.count()
    lively = [here[slug] for slug in visible.filter(slug__in=list(here)).values_list("slug", flat=True)] if here else []
    return {
        "rooms": rooms,
        "matches": visible.matching(search, conf.options().search_words).count() if search else rooms,
        "lively": len(lively),
        "people": sum(glance["here"] for glance in lively),
        "speaking": sum(len(glance["speaking"]) for glance in lively),
    }
