"""Whether a node hears what it says itself. Pure.

A channel layer may forget its groups (a FLUSHALL), or be cut off for a second, and raise nothing. So each node sends
itself a number every now and then, and misses those that do not come back.
"""

DEAF = 3  # numbers in a row that were not heard. Counted, not timed: a loop that was blocked has not been deaf


class Canary:
    """Numbers that were sent and heard."""

    def __init__(self) -> None:
        self._sent = 0
        self._heard: int | None = None

    def send(self) -> int:
        """The next number."""
        self._sent += 1
        return self._sent

    def hear(self, number: int) -> bool:
        """Whether numbers in between are missing. What was heard before, or never sent, is passed over."""
        if number > self._sent or (self._heard is not None and number <= self._heard):
            return False
        missing = self._heard is not None and number > self._heard + 1
        self._heard = number
        return missing

    @property
    def deaf(self) -> bool:
        return self._sent - (self._heard or 0) >= DEAF
