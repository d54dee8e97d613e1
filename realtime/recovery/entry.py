"""One entry of the log: an event as frames, and whom it was for."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..messages import decoded, frames_of


class Entry(NamedTuple):
    """A recoverable event. ``frames`` are in the hub's parser."""

    namespace: str
    frames: Sequence[str | bytes]
    rooms: Sequence[str] = ()
    excepted: Sequence[str] = ()
    compress: bool = True
    origin: str | None = None  # who has written it, and as its which; not known where there is one process only
    number: int = 0

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return 200 + sum(map(len, self.frames)) + sum(map(len, self.rooms)) + sum(map(len, self.excepted))


def is_whole(entries: Iterable[Entry]) -> bool:
    """Whether of nobody's entries one is missing between two others: a Redis that was replaced by its replica, or came
    back from its disk, may have lost the last of the log without having lost its epoch.
    """
    last: dict[str | None, int] = {}
    for entry in entries:
        if entry.number:
            before = last.get(entry.origin, entry.number)
            if entry.number > before + 1:
                return False
            last[entry.origin] = max(before, entry.number)
    return True


def with_offset(frames: Sequence[Any], parser: Any, offset: str) -> list[Any]:
    """The frames of an event with the offset as its last argument, which is where clients look for it."""
    if parser.name == "json":  # 0.2 us where decoding and encoding take 5
        return [f'{frames[0][:-1]},"{offset}"]', *frames[1:]]
    packet = decoded(frames, parser)
    return list(frames_of(parser, packet._replace(data=[*packet.data, offset])))


def needs_offset(frames: Sequence[Any], parser: Any) -> bool:
    """Whether a client takes the last argument of this event for an offset, which it does with every string."""
    return parser.name != "json" or str(frames[0]).endswith('"]')
