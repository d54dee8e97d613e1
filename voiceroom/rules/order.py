"""Keeping order: what hosts and moderators may do, and to whom."""

from voiceroom.options import DEFAULTS
from voiceroom.rules.doors import why_shut_out
from voiceroom.rules.over import over
from voiceroom.rules.seats import APPLY, FREE
from voiceroom.rules.standing import OWNER, RANK
from voiceroom.rules.talk import clean_line

QUALITY = range(4)  # of a connection: 0 lost, 3 excellent
_FACTS = {
    "name": lambda value: isinstance(value, str) and len(clean_line(value)) > 0,
    "topic": lambda value: isinstance(value, str),
    "seat_mode": lambda value: value in (FREE, APPLY),
    "capacity": lambda value: type(value) is int and value >= 2,
    "seat_count": lambda value: type(value) is int and value >= 1,
    "guests_allowed": lambda value: isinstance(value, bool),
}
_BOUNDS = {
    "name": ("NAME_LENGTH", lambda value: len(clean_line(value))),
    "topic": ("TOPIC_LENGTH", lambda value: len(clean_line(value))),
    "capacity": ("MOST_PEOPLE", int),
    "seat_count": ("MOST_SEATS", int),
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


def why_not_ban(standing, other, minutes, reason, options=DEFAULTS):
    """Ban for some minutes, or for good (``None``)."""
    good = minutes is None or (type(minutes) is int and minutes >= 1)
    if not good or not isinstance(reason, str):
        return "bad_arguments"
    if minutes is not None and minutes > options.ban_minutes:
        return over("bad_arguments", "BAN_MINUTES")
    return why_not_handle(standing, other)


def why_not_unban(standing, given_by):
    """Lift a ban. ``given_by``: the standing of who gave it, or ``None``; nobody is overruled from below."""
    overruled = given_by is not None and given_by.rank > standing.rank
    return why_not_moderate(standing) or ("forbidden" if overruled else None)


def why_not_update(standing, facts, options=DEFAULTS):
    """Change what the room says of itself."""
    known = (
        isinstance(facts, dict)
        and facts
        and all(name in _FACTS and _FACTS[name](value) for name, value in facts.items())
    )
    return why_not_host(standing) or (_too_much(facts, options) if known else "bad_arguments")


def _too_much(facts, options):
    """Facts of the right kind that are longer, or more, than may be."""
    for name in facts.keys() & _BOUNDS.keys():
        limit, size = _BOUNDS[name]
        if size(facts[name]) > getattr(options, limit.lower()):
            return over("bad_arguments", limit)
    return None


def why_not_create(guest, open_rooms, options=DEFAULTS):
    """Open one more room of one's own. ``open_rooms``: how many this user owns already."""
    if guest:
        return "no_guests"
    return over("too_many", "OPEN_ROOMS") if open_rooms >= options.open_rooms else None


def why_not_close(standing):
    """Whether this user may close the room for everybody."""
    return None if standing.staff or standing.role == OWNER else "forbidden"


def why_not_guest(guests_allowed, lately, options=DEFAULTS):
    """Whether one more guest may come. ``lately``: new ones within the hour."""
    if not guests_allowed:
        return "no_guests"
    return over("too_fast", "GUESTS_AN_HOUR") if lately >= options.guests_an_hour else None


def why_not_ask(asked, options=DEFAULTS):
    """Ask one person to sit down, or to unmute, once more. ``asked``: how often this user did within the minute."""
    return over("too_often", "ASKS") if asked >= options.asks else None
