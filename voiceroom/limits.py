"""How much one socket may ask for. Pure: the caller knows the time."""

COMMANDS = (20.0, 60)  # what changes something: so many a second, and so many at once
JOINS = (2.0, 30)
SIGNALS = (50.0, 300)
FRAMES = (60.0, 60)
SPEAKING = (10.0, 20)
QUALITY = (1.0, 5)
REACTIONS = (1.0, 6)
KNOCKS = (0.2, 3)
REFRESHES = (0.1, 5)


class Bucket:
    """Fills at ``rate`` a second up to ``size``; each deed takes one."""

    def __init__(self, rate, size):
        self.rate, self.size = rate, size
        self.level, self.seen = float(size), None

    def take(self, now):
        """Whether there was one to take. ``now`` in seconds, of any clock that only goes forward."""
        if self.seen is not None:
            self.level = min(self.size, self.level + (now - self.seen) * self.rate)
        self.seen = now
        if self.level < 1:
            return False
        self.level -= 1
        return True


class Limits:
    """The buckets of one socket, made when they are needed."""

    def __init__(self):
        self._buckets = {}

    def take(self, limit, now):
        """Whether one more deed under this limit (a pair of this module) is allowed."""
        return self._buckets.setdefault(limit, Bucket(*limit)).take(now)
