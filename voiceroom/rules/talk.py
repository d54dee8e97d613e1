"""What may be said, and who may take it back."""

import re
import unicodedata

from voiceroom.options import DEFAULTS
from voiceroom.rules.doors import why_shut_out
from voiceroom.rules.over import over

NAME_LENGTH, TOPIC_LENGTH = 60, 120  # characters that the database keeps
REACTIONS = ["👍", "❤️", "😂", "👏", "🎉", "😮"]

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


def why_not_send(standing, sent, now, options=DEFAULTS):
    """``sent`` holds the times of this person's latest messages, in the same seconds as ``now``."""
    if standing.chat_muted and not standing.moderates:
        return why_shut_out(standing) or "chat_muted"
    hurried = sum(now - moment < options.burst_seconds for moment in sent) >= options.burst
    return why_shut_out(standing) or (over("too_fast", "BURST") if hurried else None)


def why_not_edit(standing, own, age, edits, options=DEFAULTS):
    """Change what one said. ``age``: seconds since then; ``edits``: how often it was changed before."""
    if reason := why_not_send(standing, (), 0):
        return reason
    if not own:
        return "forbidden"
    if edits >= options.edits:
        return over("too_late", "EDITS")
    return over("too_late", "EDIT_SECONDS") if age > options.edit_seconds else None


def why_not_react(standing, emoji):
    """Put a sign under a message: who may write may."""
    return why_not_send(standing, (), 0) or (None if emoji in REACTIONS else "bad_arguments")


def why_not_delete(standing, own):
    """``own``: whether the message is this user's."""
    return why_shut_out(standing) or (None if own or standing.moderates else "forbidden")


def why_not_text(text, options=DEFAULTS):
    """A text as it came from the peer, which may be anything."""
    if not isinstance(text, str) or not clean_text(text):
        return "empty"
    return over("too_long", "TEXT_LENGTH") if len(clean_text(text)) > options.text_length else None


def why_not_search(text, options=DEFAULTS):
    """Words to look for in the lobby."""
    return over("too_long", "SEARCH_LENGTH") if len(text) > options.search_length else None


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
