"""What may be said, and who may take it back."""

import re
import unicodedata

from voiceroom.rules.doors import why_shut_out

NAME_LENGTH = 60
TOPIC_LENGTH = 120
TEXT_LENGTH = 4000
PAGE_SIZE = 50  # messages in one answer
BURST = 8  # messages that one person may send ...
BURST_SECONDS = 5.0  # ... in so many seconds
TYPING_SECONDS = 6.0  # so long a "typing" lasts without another one

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


def why_not_send(standing, sent, now):
    """``sent`` holds the times of this person's latest messages, in the same seconds as ``now``."""
    hurried = sum(now - moment < BURST_SECONDS for moment in sent) >= BURST
    return why_shut_out(standing) or ("too_fast" if hurried else None)


def why_not_delete(standing, own):
    """``own``: whether the message is this user's."""
    return why_shut_out(standing) or (None if own or standing.moderates else "forbidden")


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
