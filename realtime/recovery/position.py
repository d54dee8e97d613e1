"""Where in the log somebody is, and how a client is told: the offset that goes out with each event. Pure.

A position is a pair of numbers, as the ids of Redis Streams are, and means something in one epoch only. What a process
had to send ahead of the log, while its Redis was away, is said behind it: who, and up to which number.
"""

import re
from typing import NamedTuple

Position = tuple[int, int]

START: Position = (0, 0)
_OFFSET = re.compile(r"([0-9a-f]{8})\.([0-9a-f]{1,16})\.([0-9a-f]{1,16})(?:\.([0-9a-f]{16})\.([0-9a-f]{1,16}))?")


class Offset(NamedTuple):
    """What a client has received: all up to ``position``, and what ``origin`` has sent ahead up to ``ahead``."""

    epoch: str
    position: Position
    origin: str | None = None
    ahead: int = 0

    def __str__(self) -> str:
        text = f"{self.epoch}.{self.position[0]:x}.{self.position[1]:x}"
        return f"{text}.{self.origin}.{self.ahead:x}" if self.ahead else text


def read_offset(text: object) -> Offset | None:
    """The offset that a client says it has; None for anything that is none."""
    found = _OFFSET.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    epoch, time, number, origin, ahead = found.groups()
    return Offset(epoch, (int(time, 16), int(number, 16)), origin, int(ahead or "0", 16))
