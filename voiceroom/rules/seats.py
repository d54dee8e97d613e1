"""Seats, microphones and raised hands."""

import dataclasses

from voiceroom.rules.doors import why_shut_out

FREE, APPLY = "free", "apply"  # seat modes: whoever wants sits down, or asks first


@dataclasses.dataclass(frozen=True)
class Place:
    """One seat as plain facts. ``asked``: whether a host asked its holder to unmute."""

    index: int = 0
    taken: bool = False
    locked: bool = False
    muted: bool = False
    asked: bool = False


def first_free(places):
    """The index of the first seat that anybody may have, or ``None``."""
    return next((place.index for place in places if not (place.taken or place.locked)), None)


def why_not_seat(standing, place):
    """Whether this very seat can be had. ``place`` is ``None`` if no seat is free."""
    if place is None:
        return "no_seat"
    if place.taken:
        return "seat_taken"
    return "seat_locked" if place.locked and not standing.moderates else None


def why_not_take(standing, mode, seated, place):
    """Sit down by oneself."""
    if reason := why_shut_out(standing):
        return reason
    if seated:
        return "seated"
    if mode == APPLY and not standing.moderates:
        return "apply_only"
    return why_not_seat(standing, place)


def why_not_move(standing, seated, place):
    """Change to another seat, in either mode: who sits was let sit."""
    return why_shut_out(standing) or (why_not_seat(standing, place) if seated else "not_seated")


def why_not_lock_seat(standing, holder):
    """Locking empties a seat, so whoever sits there (``holder``, their standing or ``None``) must be below."""
    return None if standing.moderates and (holder is None or standing.rank > holder.rank) else "forbidden"


def why_not_mic(standing, place, on):
    """Switch one's own microphone. ``place``: one's seat or ``None``."""
    if reason := why_shut_out(standing):
        return reason
    if place is None:
        return "not_seated"
    return "muted" if on and place.muted else None


def why_not_unmute(standing, place):
    """Take a host's mute from oneself: only after a host asked for it, or as one who moderates."""
    if place is None:
        return "not_seated"
    return None if not place.muted or place.asked or standing.moderates else "muted"


def why_not_raise(standing, hands_open, seated, raised):
    """Ask for a seat."""
    if reason := why_shut_out(standing):
        return reason
    if not hands_open:
        return "hands_closed"
    return "seated" if seated else "already_raised" if raised else None
