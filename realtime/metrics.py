"""Counters of what was refused, dropped or cut. Floor 0: imports nothing of ours.

``counters["outbox_overflow"]`` and so on; names are fixed words of the engine, never data of a peer. Only ever goes up,
for the life of the process.
"""

from collections import Counter

counters = Counter()


def count(name, amount=1):
    """Adds to one counter."""
    counters[name] += amount
