"""Recovery within one process: the log is what this hub has sent, the sessions are the objects themselves."""

import secrets
from collections.abc import Sequence
from typing import Any

from .entry import Entry
from .hub import RecoveringHub
from .position import START

EVERY = 5.0  # seconds between looks at what has expired


class MemoryHub(RecoveringHub):
    """A hub whose clients may come back to this process."""

    _timer = None

    def beginning(self) -> Any:
        return secrets.token_hex(4), START

    # -- the log ----------------------------------------------------------------------------------------------

    def deliver(
        self, namespace: str, frames: Any, rooms: Sequence[str] = (), excepted: Sequence[str] = (), flags: Any = None
    ) -> Any:
        """Logs what is not volatile, whoever has said it, and tells the members here; returns how many."""
        if flags and flags.get("volatile"):
            return self.tell_unlogged(namespace, frames, rooms, excepted, flags)
        compress = not flags or flags.get("compress") is not False
        entry = Entry(namespace, tuple(frames), tuple(rooms), tuple(excepted), compress)
        self._log(entry)
        return self.tell(entry)

    def tell_one(self, socket: Any, frames: Any, flags: Any) -> Any:
        if flags and flags.get("volatile"):
            return self.tell_one_unlogged(socket, frames, flags)
        compress = not flags or flags.get("compress") is not False
        entry = Entry(socket.namespace, tuple(frames), (socket.sid,), (), compress)
        self._log(entry)
        if not socket.replaying:
            self._write([socket], frames, str(self.offset), flags)
        return None

    def _log(self, entry: Any) -> None:
        self.position = (self.position[0], self.position[1] + 1)
        self.ring.append(self.position, entry, self.loop.time())
        self.wake()

    # -- sessions ---------------------------------------------------------------------------------------------

    async def claim(self, pid: Any, namespace: str, identity: Any) -> Any:
        session: Any = self.sessions.get(pid)
        if not self.allowed(session, namespace, identity):
            return None
        self.sessions.pop(pid)
        self.away.pop(pid, None)
        return None if session.expires is not None and session.expires <= self.loop.time() else session

    # -- time -------------------------------------------------------------------------------------------------

    def wake(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(EVERY, self._look)

    def _look(self) -> None:
        self._timer = None
        self.pass_time()
        if self.sessions or len(self.ring):
            self.wake()
