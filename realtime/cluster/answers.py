"""What a node answers when another one asks."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from typing import Any

from ..exceptions import RealtimeError
from ..logs import because, printable
from ..messages import decoded
from ..metrics import count
from ..signals import server_side_event
from .presence import group_of
from .wire import Answer, Request, in_parts, message_of, packed, read_request, unpacked

logger = logging.getLogger("realtime.rooms")

TELLERS = 3  # nodes that tell a guest whom they know: more would all say the same


class Answers:
    """Answers for one hub. ``hub`` has ``fetch_here``, ``call_here``, ``presence``, ``link``, ``leads``."""

    def __init__(self, hub: Any, most: int) -> None:
        self._hub, self._most = hub, most
        self._tasks: set[asyncio.Task[None]] = set()

    def heard(self, message: dict[str, Any]) -> None:
        """A request. Raises ``KeyError`` or ``ValueError`` for what is none."""
        request = read_request(message)
        if len(self._tasks) >= self._most:
            return count("requests_refused")
        work = self._items(request) if request.deed != "join" else self._joined(request)
        task = self._hub.loop.create_task(self._answer(request, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _joined(self, request: Request) -> Coroutine[Any, Any, list[Any]]:
        """Joins before the next message is looked at, which may be for that room; the layer's part is answered for."""
        rooms = self._hub.obey("join", request.namespace, request.frames, request.rooms, request.excepted)

        async def announce() -> list[Any]:
            await self._hub.announce(rooms)
            return []

        return announce()

    async def _answer(self, request: Request, work: Coroutine[Any, Any, list[Any]]) -> None:
        failed, items = False, []
        try:
            items = await work
        except Exception:
            failed = True
            count("requests_failed")
            logger.exception("internal error while answering %s of another process", printable(request.deed))
        try:
            for part, last in in_parts(items):
                await self._send(request, part, last, failed)
        except Exception as error:
            count("layer_failures")
            logger.warning("another process could not be answered: %s", because(error))

    async def _send(self, request: Request, items: list[Any], last: bool, failed: bool) -> None:
        peers = self._acquaintances() if last and request.guest else []
        me, parser = self._hub.presence, self._hub.parser.name
        answer = Answer(request.id, me.id, me.name, items, parser, last, last and failed, peers)
        await self._hub.link.send(group_of(request.node), message_of(answer))

    def _acquaintances(self) -> list[str]:
        """Whom a guest has to wait for, if this is one of the nodes that tell: ids and names, this one's among them."""
        me = self._hub.presence
        known = {**self._hub.peers.alive(), me.id: me.name}
        if me.id not in sorted(known)[:TELLERS]:
            return []
        return [word for pair in known.items() for word in pair]

    # -- deeds ----------------------------------------------------------------------------------------------

    async def _items(self, request: Request) -> list[Any]:
        target = request.namespace, request.rooms, request.excepted
        if request.deed == "fetch":
            return list(self._sendable(await self._hub.fetch_here(*target)))
        parser = self._hub.parser_called(request.parser)
        if request.deed == "tell":
            return await self._tell(request.namespace, unpacked(request.frames, parser))
        args = decoded(request.frames, parser).data
        flags = {"volatile": request.volatile, "timeout": request.timeout}
        answers, missing = await self._hub.call_here(request.namespace, args, *target[1:], flags)
        return [
            self._packed([sid, answer]) for sid, answer in [*(("", a) for a in answers), *((s, None) for s in missing)]
        ]

    async def _tell(self, namespace: str, args: list[Any]) -> list[Any]:
        """What the receivers of ``server_side_event`` return; of several hubs in a process one asks them."""
        if not self._hub.leads():
            return []
        event, *rest = args
        said = [answer for _, answer in await server_side_event.asend_robust(namespace, event=event, args=rest)]
        for answer in said:
            if isinstance(answer, Exception):
                raise RealtimeError("a receiver of server_side_event raised") from answer
        return [self._packed(next((answer for answer in said if answer is not None), None))]

    def _sendable(self, sockets: list[dict[str, Any]]) -> Iterator[list[Any]]:
        for socket in sockets:
            try:
                yield self._packed(socket)
            except (RealtimeError, ValueError, TypeError):
                yield self._packed({**socket, "data": dict(self._travelling(socket))})

    def _travelling(self, socket: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """What of a socket's data another process can be told."""
        for key, value in socket["data"].items():
            try:
                self._packed({key: value})
            except (RealtimeError, ValueError, TypeError):
                count("data_kept_here")
                logger.warning(
                    "self.data[%r] of a socket of %s is no JSON, so other processes do not see it: keep there what JSON"
                    " can carry", str(key)[:100], printable(socket["namespace"]),
                )  # fmt: skip
            else:
                yield key, value

    def _packed(self, value: Any) -> list[Any]:
        return packed(value, self._hub.parser)
