"""Ordinary Channels groups for consumers with ``groups = [...]``: one layer channel for each group and hub. Floor 2."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any


class Subscriptions:
    """Who of this process listens to which ordinary group. What arrives goes to ``socket.layer_message(message)``."""

    def __init__(self, link: Any) -> None:
        self._link = link
        self._members: dict[str, set[Any]] = {}  # group -> {socket}
        self._listeners: dict[str, Any] = {}  # group -> what link.listen returned
        self._lock = asyncio.Lock()

    async def add(self, socket: Any, groups: Iterable[str]) -> None:
        """Subscribes; effective when this returns."""
        for group in groups:
            self._members.setdefault(group, set()).add(socket)
            await self._settle(group)

    async def remove(self, socket: Any, groups: Iterable[str]) -> None:
        """Unsubscribes."""
        for group in groups:
            self._members.get(group, set()).discard(socket)
            await self._settle(group)

    async def _settle(self, group: str) -> None:
        async with self._lock:
            wanted, listening = bool(self._members.get(group)), group in self._listeners
            if wanted and not listening:
                self._listeners[group] = await self._link.listen(group, self._distributor(group))
            elif not wanted:
                self._members.pop(group, None)
                if listening:
                    await self._link.unlisten(group, self._listeners.pop(group))

    def _distributor(self, group: str) -> Callable[[dict[str, Any]], None]:
        def distribute(message: dict[str, Any]) -> None:
            for socket in list(self._members.get(group, ())):
                socket.layer_message(message)

        return distribute
