"""The operators that have an answer, or are commands, for the members everywhere: in this hub, in the other event loops
and parsers of this process, and in the other processes. Floor 2.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from .cluster.requests import NOTHING, Gathered
from .cluster.wire import LONGEST, Request, new_id, packed
from .control import Control
from .exceptions import AckTimeout, ClusterTimeout
from .hubs import others
from .layer import EVERY_HUB
from .messages import event_packet, frames_of, layer_message, target_group
from .sids import is_sid

WAIT = 10.0  # seconds for acknowledgements where a caller says nothing
MARGIN = 0.5  # seconds more for a process that waits for its clients that long


class Asking(Control):
    """Members everywhere."""

    presence: Any
    requests: Any

    async def fetch(
        self,
        namespace: str,
        rooms: Sequence[str] = (),
        excepted: Sequence[str] = (),
        flags: Any = None,
    ) -> Any:
        """What there is to tell of each member. Raises ``ClusterTimeout`` with those that were found in time, and
        ``BroadcastError`` with those of this process.
        """
        flags, limit = flags or {}, self.options.cluster_timeout
        if self._is_here(namespace, rooms) or self._is_alone(flags):
            return self.described(namespace, rooms, excepted)
        found, near, far = await asyncio.gather(
            self.fetch_here(namespace, rooms, excepted),
            self._near("fetch_here", (namespace, rooms, excepted), limit),
            self._far("fetch", namespace, [], rooms, excepted, flags, limit),
        )
        found = [*found, *(item for some in near.items for item in some), *filter(is_about, far.items)]
        refuse_silence([near, far], found)
        return found

    async def call(
        self,
        namespace: str,
        args: Any,
        rooms: Sequence[str] = (),
        excepted: Sequence[str] = (),
        flags: Any = None,
    ) -> Any:
        """Sends an event to the members and collects their acknowledgements, each a list of arguments.

        Raises ``AckTimeout`` with the answers that came, and the ids of those that did not; ``ClusterTimeout``, which
        is one, if a process does not answer.
        """
        flags = flags or {}
        frames = frames_of(self.parser, event_packet(namespace, args))
        target = namespace, args, rooms, excepted, flags
        if self._is_here(namespace, rooms) or self._is_alone(flags):
            (answers, missing), parts = await self.call_here(*target), list[Any]()
        else:
            limit = WAIT if flags.get("timeout") is None else flags["timeout"]
            (answers, missing), *parts = await asyncio.gather(
                self.call_here(*target),
                self._near("call_here", target, limit + MARGIN),
                self._far("call", namespace, frames, rooms, excepted, flags, limit),
            )
            for more, others_missing in [*parts[0].items, acknowledged(parts[1].items)]:
                answers, missing = [*answers, *more], [*missing, *others_missing]
        refuse_silence(parts, answers, missing)
        return answers

    async def command(
        self,
        deed: Any,
        namespace: str,
        argument: Any,
        rooms: Sequence[str] = (),
        excepted: Sequence[str] = (),
        flags: Any = None,
    ) -> Any:
        """A command of ``command_here``. Joins are done everywhere when it returns, so that what is sent to the room
        afterwards arrives; the rest in this process, and in others when they read it.

        Raises ``BroadcastError`` if they could not be reached, for joins ``ClusterTimeout`` if one does not answer.
        """
        flags, target = flags or {}, (deed, namespace, argument, rooms, excepted)
        await self.command_here(*target)
        if self._is_alone(flags) or self._is_here(namespace, rooms):
            return
        near = await self._near("command_here", target, self.options.cluster_timeout)
        if deed == "join":
            limit = self.options.cluster_timeout
            return refuse_silence([near, await self._far(deed, namespace, argument, rooms, excepted, flags, limit)], [])
        if self.link.reaches_others and not flags.get("local"):
            message = layer_message(namespace, argument, "", rooms, excepted, {}, f"socketio.{deed}")
            await self._send(target_group(namespace, rooms, self.secret, flags), message, 0)

    async def server_side_emit(self, namespace: str, args: Any) -> None:
        """Sends ``server_side_event`` in the other processes; not in this one, as in Node."""
        if self.link.reaches_others:
            await self._send(EVERY_HUB, server_event_message(namespace, args, self.parser), 0)

    async def server_side_call(self, namespace: str, args: Any, timeout: float | None = None) -> Any:
        """The same; returns what their receivers have answered. Raises ``ClusterTimeout``."""
        frames = packed(list(args), self.parser)
        limit = self.options.cluster_timeout if timeout is None else timeout
        far = await self._far("tell", namespace, frames, (), (), {}, limit)
        refuse_silence([far], far.items)
        return far.items

    def _is_here(self, namespace: str, rooms: Sequence[str]) -> bool:
        """Whether it is for one socket alone, which is this hub's."""
        return len(rooms) == 1 and rooms[0] in self.namespaces.get(namespace, ())

    def _is_alone(self, flags: Any) -> bool:
        """Whether there is no other hub that this could be for."""
        return not (others(self) or (self.link.reaches_others and not flags.get("local")))

    async def _near(self, method: Any, arguments: Any, limit: float) -> Any:
        """What the other hubs of this process say to a coroutine method, called in their own loops."""
        near = [hub for hub in others(self) if hub.loop.is_running()]
        tasks = [asyncio.ensure_future(_in_its_loop(hub, getattr(hub, method), arguments)) for hub in near]
        if not tasks:
            return NOTHING
        done, silent = await asyncio.wait(tasks, timeout=limit)
        for task in silent:
            task.cancel()
        stopped = [task for task in done if task.exception()]
        items = [task.result() for task in tasks if task in done and not task.exception()]
        return Gathered(items, len(tasks), ["another event loop of this process"] * len([*silent, *stopped]))

    async def _far(
        self,
        deed: Any,
        namespace: str,
        frames: Any,
        rooms: Sequence[str],
        excepted: Sequence[str],
        flags: Any,
        limit: float,
    ) -> Any:
        """What the other processes answer to a request."""
        if flags.get("local") or not self.link.reaches_others:
            return NOTHING
        await self.presence.introduced()
        request = Request(
            new_id(), self.presence.id, deed, namespace, frames, self.parser.name, rooms, excepted,
            bool(flags.get("volatile")), min(float(limit), LONGEST), guest=False,
        )  # fmt: skip
        enough = 1 if "alone" in flags or (len(rooms) == 1 and is_sid(rooms[0], self.secret)) else None
        try:
            return await self.requests.ask(request, limit + MARGIN * (deed == "call"), enough)
        except Exception as error:
            unreachable = self._unreachable(error, 0)
            unreachable.__cause__ = error
            return Gathered([], 0, [], unreachable)


def server_event_message(namespace: str, args: Any, parser: Any) -> Any:
    """What makes every other process send the signal ``server_side_event``."""
    return layer_message(namespace, packed(list(args), parser), parser.name, (), (), {}, "socketio.server_event")


async def _in_its_loop(hub: Any, method: Any, arguments: Any) -> Any:
    if hub.loop is asyncio.get_running_loop():
        return await method(*arguments)
    coroutine = method(*arguments)
    try:
        future = asyncio.run_coroutine_threadsafe(coroutine, hub.loop)
    except RuntimeError:  # its loop was closed just now
        coroutine.close()
        raise
    return await asyncio.wrap_future(future)


def is_about(item: Any) -> bool:
    """Whether this is what another process tells of a socket."""
    return (
        type(item) is dict
        and type(item.get("sid")) is type(item.get("namespace")) is str
        and type(item.get("rooms")) is list
        and type(item.get("data")) is type(item.get("handshake")) is dict
    )


def acknowledged(items: Any) -> Any:
    """``(acknowledgements, the ids of who is missing)`` of what other processes answer to a call: of each client
    ``[sid, arguments or None]``.
    """
    pairs = [item for item in items if type(item) is list and len(item) == 2 and type(item[0]) is str]
    answers = [arguments for _, arguments in pairs if type(arguments) is list]
    return answers, [sid for sid, arguments in pairs if arguments is None]


def together(answers: Any) -> list[Any]:
    """What was answered to several questions that were asked at once, each a list, None or the exception it ended with.

    Raises ``ClusterTimeout`` with everything that was answered, and any other exception as it is.
    """
    late = [each for each in answers if isinstance(each, ClusterTimeout)]
    for each in answers:
        if isinstance(each, BaseException) and each not in late:
            raise each
    items = [item for each in answers for item in (each.responses if isinstance(each, ClusterTimeout) else each or ())]
    if late:
        silent = dict.fromkeys(name for each in late for name in each.silent)
        raise ClusterTimeout(items, asked=max(each.asked for each in late), silent=silent)
    return items


def refuse_silence(parts: Any, answers: Any, missing: Any = ()) -> None:
    """Raises ``BroadcastError``, ``ClusterTimeout`` or ``AckTimeout`` unless everybody was asked and has answered."""
    for part in parts:
        if part.error is not None:
            part.error.local, part.error.responses = len(answers) + len(missing), list(answers)
            raise part.error
    silent = [name for part in parts for name in part.silent]
    clients = f"{len(missing)} of {len(missing) + len(answers)} clients did not acknowledge" if missing else ""
    if silent:
        asked = sum(part.asked for part in parts)
        raise ClusterTimeout(answers, missing, asked=asked, silent=silent, clients=clients)
    if missing:
        raise AckTimeout(clients, answers, missing)
