"""How often one socket may ask. Pure: the caller knows the time, and the rates, which are settings."""

from voiceroom.rules.over import over


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

    def why_not(self, name, rate, now):
        """One more deed under the limit of this name, which is a ``rate`` now: (so many a second, so many at once)."""
        bucket = self._buckets.setdefault(name, Bucket(*rate))
        bucket.rate, bucket.size = rate
        return None if bucket.take(now) else over("too_fast", name)
