"""Counters of what was refused, dropped or cut. Floor 0: imports nothing of ours.

``counters["outbox_overflow"]`` and so on; names are fixed words of the engine, never data of a peer. Only ever goes up,
for the life of the process.
"""

from collections import Counter
from typing import Any

counters: Counter[str] = Counter()


def count(name: str, amount: Any = 1) -> None:
    """Adds to one counter."""
    counters[name] += amount
