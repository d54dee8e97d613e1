"""What of a channel layer is looked at at all. Whoever can write into Redis may send anything."""

import logging
from collections import deque
from typing import Any

from ..layer import process_token
from ..logs import printable
from ..messages import VERSION
from ..metrics import count

logger = logging.getLogger("realtime.rooms")

REMEMBERED = 1000  # processes
NUMBERS = 64  # of the last messages of each


class Gate:
    """Admits messages of other processes in this version, each once. What it keeps out is counted."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._numbers: dict[str, deque[Any]] = {}  # origin -> of its last messages
        self._told: set[str] = set()  # origins of another version

    def admits(self, message: Any) -> bool:
        """Whether this is a message for us, as far as its envelope says."""
        origin = message.get("origin") if type(message) is dict else None
        if type(origin) is not str or type(message.get("type")) is not str:
            return refused()
        if origin == process_token():
            return False
        if message.get("version") != VERSION:
            return self._of_another_version(message, origin)
        return self._is_new(message, origin) and self._fits(message)

    def _is_new(self, message: Any, origin: str) -> bool:
        """A message is sent again where its sender cannot know whether it has arrived."""
        numbers = self._numbers.get(origin)
        if numbers is None:
            if len(self._numbers) >= REMEMBERED:
                del self._numbers[next(iter(self._numbers))]
            numbers = self._numbers[origin] = deque(maxlen=NUMBERS)
        number = message.get("number")
        if "again" in message and number in numbers:
            return refused("layer_messages_twice")
        numbers.append(number)
        return True

    def _fits(self, message: Any) -> bool:
        body = message.get("body")
        try:
            return type(body) is not list or sum(map(len, body)) <= self._max_bytes or refused("layer_messages_too_big")
        except TypeError:
            return refused()

    def _of_another_version(self, message: Any, origin: str) -> bool:
        if origin not in self._told and len(self._told) < REMEMBERED:
            self._told.add(origin)
            logger.warning(
                "a process of another version of this library (%s, ours is %s) is on this channel layer: nothing is"
                " shared with it. Bring all processes to one version, or give each version a prefix of its own in"
                " CHANNEL_LAYERS.",
                printable(str(message.get("version"))[:20]),
                VERSION,
            )
        return refused("layer_messages_of_another_version")


def refused(why: str = "layer_messages_refused") -> bool:
    """False, and one more of these."""
    count(why)
    return False
