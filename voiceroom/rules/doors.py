"""Who comes in, and how."""

import re

from voiceroom.options import DEFAULTS
from voiceroom.rules.over import over

_LONE = re.compile("[\ud800-\udfff]")  # surrogates: UTF-8 has no form for them, so they have no hash


def why_shut_out(standing):
    """Why this user has no business here at all."""
    if standing.closed:
        return "closed"
    if standing.banned and not standing.staff:
        return "banned"
    if standing.private and standing.role is None and not (standing.staff or standing.invited):
        return "private"
    if standing.guest and not standing.guests_allowed:
        return "no_guests"
    return None


def why_locked_out(standing):
    """Why this user stays before the door, whatever they say there: knocking or a link may help."""
    shut = standing.locked and not (standing.welcome or standing.invited or standing.moderates)
    return why_shut_out(standing) or ("locked" if shut else None)


def asks_password(standing):
    """Whether this user has to say the password at the door."""
    return standing.password and not (standing.welcome or standing.invited or standing.moderates)


def why_not_enter(standing, others):
    """``others`` is how many other people are inside. Who moderates always finds room."""
    if reason := why_locked_out(standing):
        return reason
    if others >= standing.capacity and not standing.moderates:
        return over("full", "CAPACITY")
    return "password" if asks_password(standing) else None


def why_not_stay(tabs, options=DEFAULTS):
    """One more tab of a user who has so many others in this room."""
    return over("too_many_tabs", "TABS") if tabs >= options.tabs else None


def why_not_try(own, all_of_room, options=DEFAULTS):
    """One more password. Both count the tries of the last ``ATTEMPT_SECONDS``, this one included."""
    if own > options.attempts:
        return over("too_fast", "ATTEMPTS")
    return over("too_fast", "ROOM_ATTEMPTS") if all_of_room > options.room_attempts else None


def why_not_invite(standing, hours, uses, links=0, options=DEFAULTS):
    """Whether this user may make a link that lives so many hours and lets in so many people. ``links``: good ones."""
    if not standing.moderates:
        return "forbidden"
    if type(hours) is not int or type(uses) is not int or hours < 1 or uses < 1:
        return "bad_arguments"
    if hours > options.link_hours or uses > options.link_uses:
        return over("bad_arguments", "LINK_HOURS" if hours > options.link_hours else "LINK_USES")
    return over("too_many", "LINKS") if links >= options.links else None


def why_not_link(expired, used_up, revoked):
    """Whether an invite link still opens the door."""
    return "invite_invalid" if expired or used_up or revoked else None


def why_not_password(text, options=DEFAULTS):
    """A new password as it came from the peer; ``None`` takes the old one away."""
    if isinstance(text, str) and len(text) > options.password_length:
        return over("bad_arguments", "PASSWORD_LENGTH")
    return None if text is None or is_password(text, options) else "bad_arguments"


def is_password(text, options=DEFAULTS):
    """Whether this, whatever it is, can be anybody's password."""
    if not isinstance(text, str) or len(text) > options.password_length:
        return False
    return bool(text.strip()) and not _LONE.search(text)
