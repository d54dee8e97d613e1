"""Which other nodes are alive: each has a lease that its heartbeat renews. Pure: the time comes in.

A node is a hub, so a process with two event loops is two.
"""

import math

from ..metrics import count

LONGEST_LEASE = 60.0  # seconds
GAP = 1.0  # seconds between two canaries, of which there are two a second: in more this node may have heard nobody
NAME = 255  # characters; host and process, for people


class Peers:
    """The other nodes by their ids, with their names.

    Leases run out in the time in which this node hears: who hears nobody, or stands still, knows of no death, and
    must not take itself for the only one.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._leases: dict[str, tuple[str, float]] = {}  # id -> name, until
        self._time, self._last = 0.0, math.inf

    def hearing(self, now: float) -> None:
        """At this moment this node hears what is said."""
        self._time += min(max(now - self._last, 0.0), GAP)
        self._last = now

    def seen(self, node: str, name: str, lease: float) -> None:
        """A sign of life, which is good for so many seconds."""
        if node not in self._leases and len(self._leases) >= self._most:
            return count("peers_refused")
        self._leases[node] = name, self._time + lease

    def gone(self, node: str) -> None:
        """It has said goodbye."""
        self._leases.pop(node, None)

    def __len__(self) -> int:
        return len(self._leases)

    def alive(self) -> dict[str, str]:
        """Names by id; leases that have run out are forgotten."""
        for node in [node for node, (_, until) in self._leases.items() if until < self._time]:
            del self._leases[node]
        return {node: name for node, (name, _) in self._leases.items()}


def is_node(value: object) -> bool:
    """Whether this is the id of a node. It becomes a part of a group's name."""
    return isinstance(value, str) and len(value) == 24 and value.isascii() and value.isalnum()
