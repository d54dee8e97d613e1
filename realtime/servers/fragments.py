"""How many pieces a websocket message may come in: each costs a server as much as a whole message does."""

from ..metrics import count

MOST = 4096  # of one message; browsers and Node's "ws" send pieces of 16 KiB and more


def too_many(number: int) -> bool:
    """Whether this is one more than a message may have; counted, once for each connection that is cut for it."""
    if number <= MOST:
        return False
    count("frames_refused")
    return True
