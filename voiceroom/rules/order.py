"""Keeping order: what hosts and moderators may do, and to whom."""

from voiceroom.rules.doors import why_shut_out
from voiceroom.rules.seats import APPLY, FREE
from voiceroom.rules.standing import OWNER, RANK
from voiceroom.rules.talk import NAME_LENGTH, TOPIC_LENGTH, clean_line

BAN_MINUTES = 60 * 24 * 365  # the longest ban that ends by itself
GUESTS_AN_HOUR = 60  # new guests that one room takes
QUALITY = range(4)  # of a connection: 0 lost, 3 excellent
REACTIONS = ["👍", "❤️", "😂", "👏", "🎉", "😮"]
CAPACITIES = range(2, 1001)
_FACTS = {
    "name": lambda value: isinstance(value, str) and 0 < len(clean_line(value)) <= NAME_LENGTH,
    "topic": lambda value: isinstance(value, str) and len(clean_line(value)) <= TOPIC_LENGTH,
    "seat_mode": lambda value: value in (FREE, APPLY),
    "capacity": lambda value: type(value) is int and value in CAPACITIES,
    "guests_allowed": lambda value: isinstance(value, bool),
}


def why_not_moderate(standing):
    """Mute, lock, accept hands, answer knocks."""
    return why_shut_out(standing) or (None if standing.moderates else "forbidden")


def why_not_host(standing):
    """Decide how the room is run."""
    return why_shut_out(standing) or (None if standing.hosts else "forbidden")


def why_not_handle(standing, other):
    """Do something to another person: only to who is below oneself."""
    return why_not_moderate(standing) or (None if standing.rank > other.rank else "forbidden")


def why_not_role(standing, other, role):
    """Give another person a role: only one below one's own."""
    if role not in RANK or role == OWNER:
        return "bad_arguments"
    return why_not_host(standing) or why_not_handle(standing, other) or _above(standing, role)


def _above(standing, role):
    return None if standing.rank > RANK[role] else "forbidden"


def why_not_ban(standing, other, minutes, reason):
    """Ban for some minutes, or for good (``None``)."""
    good = minutes is None or (type(minutes) is int and 1 <= minutes <= BAN_MINUTES)
    if not good or not isinstance(reason, str):
        return "bad_arguments"
    return why_not_handle(standing, other)


def why_not_update(standing, facts):
    """Change what the room says of itself."""
    known = isinstance(facts, dict) and all(name in _FACTS and _FACTS[name](value) for name, value in facts.items())
    return why_not_host(standing) or (None if known else "bad_arguments")


def why_not_close(standing):
    """Whether this user may close the room for everybody."""
    return None if standing.staff or standing.role == OWNER else "forbidden"


def why_not_guest(guests_allowed, lately):
    """Whether one more guest may come. ``lately``: new ones within the hour."""
    if not guests_allowed:
        return "no_guests"
    return "too_fast" if lately >= GUESTS_AN_HOUR else None
