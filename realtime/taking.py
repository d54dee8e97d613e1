"""Events that a consumer handles in the very call that brings them, as far as they wait for nothing.

The engine calls ``taker`` (docs/spec/socketio.md) in the consumer's task and context. To wake up that task for each
event instead costs 2 us, and on an idle server a turn of the event loop.
"""

import asyncio
from collections.abc import Callable
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from channels.consumer import AsyncConsumer

from .handler import Handler
from .steps import fail, resume

if TYPE_CHECKING:
    from .types import Message, Receive, Scope, Send

BEGUN = "consumer.begun"  # the type of a message of ours to ourselves


class Taking(AsyncConsumer):
    """What of ``Dispatcher`` is about it."""

    scope: "Scope"
    base_send: "Send"
    _registry: Any  # of its handlers: realtime.handlers
    _chain: Any = None  # the handler of every event, where there is middleware or a listener to all
    _begun: Any = None  # the rest of an event, until the task has come to it
    _acknowledge: Callable[[int, Any], None]

    if TYPE_CHECKING:  # what the subclass has

        async def _handle(self, handler: Handler, event: str, args: Any, id: int | None) -> None:
            raise NotImplementedError

    def _offer_to_take(self, receive: "Receive") -> None:
        """Unless there is middleware that looks on, or an engine that knows nothing of it."""
        socket = self.scope["socket"]
        if getattr(socket, "receive", None) == receive and socket.send == self.base_send:
            socket.taker, self._acknowledge = self._take, socket.acknowledge

    def _take(self, event: str, args: Any, id: int | None) -> "Message | None":
        """Handles an event as far as it goes without waiting; the rest, if any, comes to ``_serve`` as a message."""
        handler = self._registry.events.get(event)
        if (
            handler is None
            or not handler.coroutine
            or handler.concurrent
            or self._chain is not None
            or not handler.least <= len(args) <= handler.most
        ):
            return {"type": "socketio.event", "event": event, "args": args, "id": id}
        try:
            doing: Any = handler.call(self, *args)
            if doing.__class__ is CoroutineType:
                pending = doing.send(None)
                doing = resume(doing.__await__(), pending)
        except StopIteration as done:
            answer = done.value
        except BaseException as error:
            return self._leave(fail(error), event, id)
        else:
            return self._leave(doing, event, id)
        try:  # apart, so that a traceback does not begin with the StopIteration
            if id is not None:
                self._acknowledge(id, arguments(answer))
        except Exception as error:
            return self._leave(fail(error), event, id)
        return None

    def _leave(self, rest: Any, event: str, id: int | None) -> "Message":
        """Leaves what is to be awaited of an event for ``_serve``."""
        self._begun = self._handle(Handler(lambda consumer: rest, True, False, 0, 0), event, (), id)
        return {"type": BEGUN}

    async def _end_begun(self) -> None:
        begun, self._begun = self._begun, None
        if begun is not None:
            await begun

    async def _cancel_begun(self, error: asyncio.CancelledError) -> None:
        """Was cancelled before it got to what ``_take`` has begun: that is what is cancelled, where it waits."""
        if self._begun is None:
            raise error
        task: Any = asyncio.current_task()
        task.uncancel()
        task.cancel(*error.args)
        await self._end_begun()


def arguments(result: Any) -> list[Any]:
    """What a handler returned, as the arguments of the ack."""
    if isinstance(result, tuple):
        return list(result)
    return [] if result is None else [result]
