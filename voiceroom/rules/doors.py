"""Who comes in, and how."""

ATTEMPTS = 5  # passwords that one person may try ...
ROOM_ATTEMPTS = 30  # ... and everybody together, in one room ...
ATTEMPT_SECONDS = 60  # ... in so many seconds
INVITE_HOURS = 24 * 30  # the longest life of an invite link
INVITE_USES = 1000  # the most people one link lets in
PASSWORD_LENGTH = 100


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


def why_not_enter(standing, others):
    """``others`` is how many other people are inside. Who moderates always finds room."""
    if reason := why_locked_out(standing):
        return reason
    if others >= standing.capacity and not standing.moderates:
        return "full"
    known = standing.welcome or standing.invited or standing.moderates
    return "password" if standing.password and not known else None


def why_not_try(own, all_of_room):
    """One more password. Both count the tries of the last ``ATTEMPT_SECONDS``, this one included."""
    return "too_fast" if own > ATTEMPTS or all_of_room > ROOM_ATTEMPTS else None


def why_not_invite(standing, hours, uses):
    """Whether this user may make a link that lives so many hours and lets in so many people."""
    if not standing.moderates:
        return "forbidden"
    numbers = type(hours) is int and type(uses) is int and 1 <= hours <= INVITE_HOURS and 1 <= uses <= INVITE_USES
    return None if numbers else "bad_arguments"


def why_not_link(expired, used_up, revoked):
    """Whether an invite link still opens the door."""
    return "invite_invalid" if expired or used_up or revoked else None


def why_not_password(text):
    """A new password as it came from the peer; ``None`` takes the old one away."""
    good = text is None or (isinstance(text, str) and 0 < len(text.strip()) and len(text) <= PASSWORD_LENGTH)
    return None if good else "bad_arguments"
