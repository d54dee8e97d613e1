"""permessage-deflate (RFC 7692): off unless asked for, as in Node, since each connection then has 300 KB of windows."""

from collections.abc import Callable
from typing import Any

from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept

THRESHOLD = 1024  # bytes from which a message is compressed: Node's


def accepting(largest: int) -> Callable[[Any], Any]:
    """Takes the first offer. A message of more than ``largest`` bytes, once it is inflated, ends the websocket."""

    def choose(offers: Any) -> Any:
        for offer in offers:
            if isinstance(offer, PerMessageDeflateOffer):
                accept: Any = PerMessageDeflateOfferAccept
                return accept(offer, max_message_size=largest)
        return None

    return choose
