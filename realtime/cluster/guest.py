"""A process that has no hub, such as a task worker, asks those that have one: it is on the layer while it waits."""

from collections.abc import Callable
from typing import Any

from ..exceptions import ClusterTimeout, PacketError
from ..layer import Link
from ..metrics import count
from .gate import Gate
from .presence import group_of
from .requests import Gathered, Requests
from .wire import ANSWER, Request, new_id


class Guest:
    """Asks, and leaves again. ``parser_called(name)`` is asked for the parser that an answer was encoded with."""

    def __init__(self, layer: Any, options: Any, parser_called: Callable[[str], Any]) -> None:
        self.id = new_id()
        self._link = Link(layer, self._receive, groups=())
        self._requests = Requests(self._link, None, options.max_answer_bytes, parser_called)
        self._gate = Gate(options.max_layer_message_bytes)

    async def ask(self, request: Request, timeout: float, enough: int | None) -> Gathered:
        """What all nodes answer. Raises ``ClusterTimeout`` if none does, and what the layer raises."""
        await self._link.want(group_of(self.id))
        try:
            gathered = await self._requests.ask(request, timeout, enough)
        finally:
            await self._link.close()
        if not gathered.asked:
            raise ClusterTimeout()
        return gathered

    def _receive(self, message: Any) -> None:
        if self._gate.admits(message):
            try:
                if message["type"] == ANSWER:
                    self._requests.heard(message)
            except (KeyError, PacketError, TypeError, ValueError):
                count("layer_messages_refused")
