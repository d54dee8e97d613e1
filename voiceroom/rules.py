"""Who may do what, and what a text may be. Pure: no request, no socket, no database, no clock.

A rule answers ``None`` (it is allowed) or the code of the reason why not; codes go over the wire,
the page has the words.
"""

import dataclasses
import re
import unicodedata

NAME_LENGTH = 60
TOPIC_LENGTH = 120
TEXT_LENGTH = 4000
PAGE_SIZE = 50  # messages in one answer
BURST = 8  # messages that one person may send ...
BURST_SECONDS = 5.0  # ... in so many seconds
TYPING_SECONDS = 6.0  # so long a "typing" lasts without another one
CAPACITY = 100  # people in a room, unless its owner says otherwise

OWNER, HOST, MODERATOR, MEMBER = "owner", "host", "moderator", "member"
_RANK = {OWNER: 3, HOST: 2, MODERATOR: 1, MEMBER: 0}
_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclasses.dataclass(frozen=True)
class Standing:
    """What one user is in one room, as plain facts. ``role`` is ``None`` for who is no member."""

    role: str | None = None
    staff: bool = False
    banned: bool = False
    closed: bool = False
    private: bool = False
    capacity: int = CAPACITY

    @property
    def moderates(self):
        """Whether this user keeps order here."""
        return self.staff or _RANK.get(self.role, 0) >= _RANK[MODERATOR]


def why_shut_out(standing):
    """Why this user has no business here at all."""
    if standing.closed:
        return "closed"
    if standing.banned and not standing.staff:
        return "banned"
    if standing.private and standing.role is None and not standing.staff:
        return "private"
    return None


def why_not_enter(standing, others):
    """``others`` is how many other people are inside. Who moderates always finds room."""
    crowded = others >= standing.capacity and not standing.moderates
    return why_shut_out(standing) or ("full" if crowded else None)


def why_not_send(standing, sent, now):
    """``sent`` holds the times of this person's latest messages, in the same seconds as ``now``."""
    hurried = sum(now - moment < BURST_SECONDS for moment in sent) >= BURST
    return why_shut_out(standing) or ("too_fast" if hurried else None)


def why_not_delete(standing, own):
    """``own``: whether the message is this user's."""
    return why_shut_out(standing) or (None if own or standing.moderates else "forbidden")


def why_not_close(standing):
    """Whether this user may close the room for everybody."""
    return None if standing.staff or standing.role == OWNER else "forbidden"


def why_not_text(text):
    """A text as it came from the peer, which may be anything."""
    if not isinstance(text, str) or not clean_text(text):
        return "empty"
    return "too_long" if len(clean_text(text)) > TEXT_LENGTH else None


def why_not_key(key):
    """An idempotency key: made by the client, one for each message that it means to send."""
    return None if isinstance(key, str) and _KEY.fullmatch(key) else "bad_key"


def clean_text(text):
    """Lines stay; control characters and lone surrogates, which no database keeps, go, and so do blank ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"}).strip()


def clean_line(text):
    """For names and topics: one line, and nothing that turns the direction of what stands beside it."""
    visible = "".join(c for c in text if c.isspace() or not _turns(c))
    return " ".join(clean_text(visible).split())


def _turns(character):
    return unicodedata.bidirectional(character) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
