"""The life of one socket in its consumer: connect, events in order, disconnect.

Everything runs in the consumer's own task: an event costs 0.6 us around its handler. The dispatch of Channels, which
looks for old database connections before each message, costs 92 to 125.
"""

import asyncio
import inspect
import logging
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from django.urls.exceptions import Resolver404

from .bridges import in_thread
from .chain import is_async
from .exceptions import AckTimeout, BroadcastError, ConnectionRefused, Disconnected, EncodeError, EventError
from .handler import Handler
from .logs import about_scope
from .signals import handler_failed, socket_connected, socket_disconnected, tell
from .taking import BEGUN, Taking, arguments

if TYPE_CHECKING:
    from .types import Message, Receive, Scope, Send

logger = logging.getLogger("realtime.consumers")

TIMEOUT = EventError("An acknowledgement did not arrive in time", code="timeout")
NOT_FOUND = EventError("There is no handler for this event", code="not_found")
INTERNAL_ERROR = EventError("Internal error", code="internal_error")
THREADS = ": make it a plain def, which runs in a thread, or await the ORM's own coroutines, such as acount()"
DEFAULT_LIMITS = {"max_concurrent_events": 100, "sync_threads": 8}


class Dispatcher(Taking):
    """Runs the hooks and handlers of a ``NamespaceConsumer``; its names are in the subclass."""

    scope: "Scope"
    base_send: "Send"
    _accepted = False
    _tasks: set[asyncio.Task[None]] | None = None  # of @on(..., concurrent=True)
    _reason: str | None = None  # of the disconnect
    _left = False  # after disconnecting()
    disconnect_details: str | None = None  # of the reason: what went wrong on the wire, in words
    _doors: tuple[Callable[..., Any], ...] = ()  # what is asked before connect()

    if TYPE_CHECKING:  # what the subclass has

        @property
        def connected(self) -> bool:
            raise NotImplementedError

        @property
        def namespace(self) -> str:
            raise NotImplementedError

        async def connect(self, auth: Any) -> None:
            raise NotImplementedError

        async def disconnecting(self, reason: str) -> None:
            raise NotImplementedError

        async def disconnect(self, reason: str) -> None:
            raise NotImplementedError

        async def accept(self) -> None:
            raise NotImplementedError

        async def close(self, client: bool = False) -> None:
            raise NotImplementedError

        async def _emit(self, event: str, args: Any, flags: dict[str, Any]) -> None:
            raise NotImplementedError

        async def _call(self, event: str, args: Any, flags: dict[str, Any], timeout: float | None) -> Any:
            raise NotImplementedError

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        self.scope, self.base_send, self._loop = scope, send, asyncio.get_running_loop()
        message = await receive()
        self.recovered = message.get("recovered", False)
        failure: BaseException | None = None
        try:
            if not await self._admit(message["auth"], message.get("skip_middleware", False)):
                return
            reason = await self._serve(receive)
        except (Exception, asyncio.CancelledError) as error:
            if not self._accepted:
                self._report("connect", error)
                raise
            failure, reason = error, await self._cut_short(error, receive)
        await self._farewell(reason)
        if socket_disconnected.receivers:
            await socket_disconnected.asend_robust(type(self), consumer=self, reason=reason)
        if failure is not None and not isinstance(failure, Disconnected):
            raise failure

    # -- in and out -------------------------------------------------------------------------------------------

    async def _admit(self, auth: Any, skip_doors: bool = False) -> bool:
        """Whether the client is in."""
        try:
            for door in () if skip_doors else self._doors:
                await self._call_hook(door, self, auth)
            if self._registry.auth is not None:
                auth = self._registry.auth(auth)
            await self._call_hook(self.connect, auth)
        except (ConnectionRefused, EventError) as refusal:
            if self._accepted:
                raise
            data = refusal.as_refusal() if isinstance(refusal, EventError) else refusal.data
            await self.base_send({"type": "socketio.reject", "message": refusal.message, "data": data})
            return False
        except Resolver404 as error:
            # It would make URLRouter try its next route, with a scope that was used already.
            raise RuntimeError(f"connect() of {type(self).__name__} raised Resolver404") from error
        await self.accept()
        if socket_connected.receivers and self._accepted:
            await socket_connected.asend_robust(type(self), consumer=self)
        return self._accepted

    async def _cut_short(self, error: BaseException, receive: "Receive") -> Any:
        """The reason of the disconnect when connect() failed after accept(), or the time for events is up."""
        for task in self._tasks or ():
            task.cancel()
        if self._reason is not None:
            return self._reason
        if self.connected:
            if isinstance(error, asyncio.CancelledError):
                return "server shutting down"
            await self.close()
        while (message := await receive())["type"] != "socketio.disconnect":
            pass
        self.disconnect_details = message.get("details")
        return message["reason"]

    async def _farewell(self, reason: str) -> None:
        for hook in (self.disconnecting, self.disconnect):
            cancelled = _cancelling()
            try:
                await self._call_hook(hook, reason)
            except (AckTimeout, BroadcastError) as error:
                self._tell(logging.WARNING, hook.__name__, error)
            except (Exception, asyncio.CancelledError):
                if _cancelling() > cancelled:
                    raise
                self._log(hook.__name__)
            self._left = True

    async def _call_hook(self, hook: Callable[..., Any], *args: Any) -> None:
        if is_async(hook):
            await hook(*args)
        else:
            result = await in_thread(hook, *args, threads=self._limit("sync_threads"))
            if inspect.isawaitable(result):  # a decorator can hide that it is a coroutine function
                await result

    # -- events -----------------------------------------------------------------------------------------------

    async def _serve(self, receive: "Receive") -> Any:
        """Handles what arrives, in order, and returns the reason of the disconnect."""
        self._offer_to_take(receive)
        while True:
            try:
                message = await receive()
            except asyncio.CancelledError as error:
                await self._cancel_begun(error)
                continue
            kind = message["type"]
            if kind == "socketio.event":
                await self._event(message["event"], message["args"], message["id"])
            elif kind == BEGUN:
                await self._end_begun()
            elif kind == "socketio.outgoing":
                await self._hear(self._registry.outgoing, message["event"], message["args"])
            elif kind == "socketio.layer":
                await self._layer(message["message"])
            elif kind == "socketio.disconnect":
                self._reason, self.disconnect_details = message["reason"], message.get("details")
                if self._tasks:
                    await asyncio.wait(self._tasks)
                return self._reason
            else:
                raise ValueError(f"unknown message type {kind!r}")

    def _event(self, event: str, args: Any, id: int | None) -> Coroutine[Any, Any, None]:
        """What is to be awaited for an event; not a coroutine function itself, which would cost 0.1 us."""
        handler = self._registry.events.get(event)
        if handler is None:
            handler = self._registry.catch_all
            if handler is None:
                logger.debug("there is no handler for %a", event[:100], extra=about_scope(self.scope))
                return self._answer(id, NOT_FOUND)
            count, args = len(args), [event, *args]
        else:
            count = len(args)
        if not handler.least <= count <= handler.most:
            return self._answer(id, handler.wrong_arguments(event, count))
        doing = self._handle(handler, event, args, id)
        return self._start(doing) if handler.concurrent else doing

    async def _event_through_chain(self, event: str, args: Any, id: int | None) -> None:
        """``_event`` of a class with a ``_chain``."""
        handler = self._registry.events.get(event, self._registry.catch_all)
        step = self._handle(self._chain, event, (event, args), id)
        await (self._start(step) if handler is not None and handler.concurrent else step)

    async def _hear(self, listeners: tuple[Handler, ...], event: str, args: Any) -> None:
        for listener in listeners:
            await self._handle(listener, event, (event, *args), None)

    async def _handle(self, handler: Handler, event: str, args: Any, id: int | None) -> None:
        try:
            result = await (handler.call(self, *args) if handler.coroutine else self._threaded(handler, args))
            if id is not None:
                await self.base_send({"type": "socketio.ack", "id": id, "args": arguments(result)})
            return
        except EventError as error:
            if isinstance(
                error, TypeError
            ):  # no room, no user: the word of a client, or a slip, so it is told here too
                self._tell(logging.INFO, event, error)
            answer = error
        except Disconnected:  # nobody is left to hear of it
            return
        except (AckTimeout, BroadcastError) as error:  # somebody is silent, or away: no fault of the handler's
            self._tell(logging.WARNING, event, error)
            answer = TIMEOUT if isinstance(error, AckTimeout) else INTERNAL_ERROR
        except (Exception, asyncio.CancelledError):
            if _cancelling():
                raise
            self._log(event)
            answer = INTERNAL_ERROR
        await self._answer(id, answer)

    async def _layer(self, message: "Message") -> None:
        handler = self._registry.layer.get(message.get("type"))
        if handler is None:
            logger.warning(
                "%s has no @on_layer(%a)", type(self).__name__, message.get("type"), extra=about_scope(self.scope)
            )
        elif handler.concurrent:
            await self._start(self._handle(handler, message["type"], [message], None))
        else:
            await self._handle(handler, message["type"], [message], None)

    async def _threaded(self, handler: Handler, args: Any) -> Any:
        result = await in_thread(handler.call, self, *args, threads=self._limit("sync_threads"))
        # A decorator can hide that the handler is a coroutine function.
        return await result if inspect.isawaitable(result) else result

    async def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        if self._tasks is None:
            self._tasks = self.scope["socket"].beside = set()  # a server that stops waits for them
        tasks = self._tasks
        while len(tasks) >= self._limit("max_concurrent_events"):
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        task = self._loop.create_task(coroutine)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _answer(self, id: int | None, error: EventError) -> None:
        if id is None:
            return
        try:
            await self.base_send({"type": "socketio.ack", "id": id, "args": [error.as_argument()]})
        except EncodeError:
            self._log("the data of an EventError")
            await self.base_send({"type": "socketio.ack", "id": id, "args": [INTERNAL_ERROR.as_argument()]})

    def _limit(self, name: str) -> Any:
        return self.scope.get("limits", DEFAULT_LIMITS)[name]

    def _report(self, event: str, error: BaseException | None) -> None:
        if handler_failed.receivers and isinstance(error, Exception):
            tell(handler_failed, type(self), consumer=self, event=event, exception=error)

    def _tell(self, level: int, event: str, error: Exception) -> None:
        logger.log(level, "%a in namespace %a: %s", event[:100], self.namespace, error, extra=about_scope(self.scope))

    def _log(self, what: str) -> None:
        self._report(what, sys.exc_info()[1])
        # %a: the event is the peer's word, and may hold line ends and terminal codes.
        about = about_scope(self.scope)
        advice = THREADS if "async context" in str(sys.exc_info()[1]) else ""  # Django's SynchronousOnlyOperation
        words = what[:100], self.namespace, about["sid"], advice
        logger.exception("%a failed in namespace %a, socket %a%s", *words, extra=about)


def _cancelling() -> int:
    """How often the running task was cancelled."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0
