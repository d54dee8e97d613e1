"""Who holds up the event loop, said in the log while ``DEBUG`` is on: the one mistake that every client feels.

A thread looks at the loop's stack when its heartbeat is late; what runs meanwhile costs nothing more.
"""

import asyncio
import inspect
import logging
import sys
import threading
import time
from types import FrameType
from weakref import WeakSet

from .sources import is_the_projects

BEAT = 0.05  # seconds
LATE = 0.25
HELD_UP = (
    "%s:%d: %s() has held up the event loop for %.2f s, and nobody is served meanwhile: in an async def await what"
    " takes time, or make it a plain def, which runs in a thread"
)

logger = logging.getLogger("realtime.consumers")
_watched: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


def watch() -> None:
    """Watches the running loop from now on, until it is closed."""
    loop = asyncio.get_running_loop()
    if loop not in _watched:
        _watched.add(loop)
        Watch(loop).start()


class Watch(threading.Thread):
    """One loop's."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(name="realtime-standstill", daemon=True)
        self.loop, self.loop_thread = loop, threading.get_ident()
        self.told: set[tuple[str, int]] = set()  # places, each once
        self.beat()

    def beat(self) -> None:
        """On the loop."""
        self.last = time.monotonic()
        if not self.loop.is_closed():
            self.loop.call_later(BEAT, self.beat)

    def run(self) -> None:
        """In its thread. If that was late itself, the machine is busy, and nobody is to blame."""
        while not self.loop.is_closed():
            before = time.monotonic()
            time.sleep(BEAT)
            now = time.monotonic()
            if now - self.last > LATE and now - before < 2 * BEAT:
                self.look(now - self.last)

    def look(self, seconds: float) -> None:
        """Names the innermost place of the project in what the loop runs now."""
        frame = sys._current_frames().get(self.loop_thread)
        place = _place(frame)
        if place is not None and place[:2] not in self.told:
            self.told.add(place[:2])
            logger.warning(HELD_UP, *place, seconds)


def _place(frame: FrameType | None) -> tuple[str, int, str] | None:
    """(file, line, function) of the innermost frame of the project that a coroutine has called, or is; else None."""
    found = None
    while frame is not None:
        code = frame.f_code
        if found is None and is_the_projects(code.co_filename):
            found = code.co_filename, frame.f_lineno, code.co_name
        if found is not None and code.co_flags & inspect.CO_COROUTINE:
            return found
        frame = frame.f_back
    return None
