"""The life of one socket in its consumer: connect, events in order, disconnect.

Everything runs in the consumer's own task: an event costs 0.6 us around its handler. The dispatch of Channels, which
looks for old database connections before each message, costs 92 to 125.
"""

import asyncio
import inspect
import logging
import sys

from channels.consumer import AsyncConsumer
from django.urls.exceptions import Resolver404

from .bridges import in_thread
from .chain import is_async
from .exceptions import ConnectionRefused, Disconnected, EncodeError, EventError
from .logs import about_scope
from .signals import handler_failed, socket_connected, socket_disconnected, tell

logger = logging.getLogger("realtime.consumers")

NOT_FOUND = EventError("There is no handler for this event", code="not_found")
INTERNAL_ERROR = EventError("Internal error", code="internal_error")
DEFAULT_LIMITS = {"max_concurrent_events": 100, "sync_threads": 8}


class Dispatcher(AsyncConsumer):
    """Runs the hooks and handlers of a ``NamespaceConsumer``; its names are in the subclass."""

    _accepted = False
    _tasks = None  # of @on(..., concurrent=True)
    _reason = None  # of the disconnect
    _doors = ()  # what is asked before connect()
    _chain = None  # the handler of every event, where there is middleware or a listener to all

    async def __call__(self, scope, receive, send):
        self.scope, self.base_send, self._loop = scope, send, asyncio.get_running_loop()
        message = await receive()
        self.recovered = message.get("recovered", False)
        failure = None
        try:
            if not await self._admit(message["auth"]):
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

    async def _admit(self, auth):
        """Whether the client is in."""
        try:
            for door in self._doors:
                await self._call_hook(door, self, auth)
            if self._registry.auth is not None:
                auth = self._registry.auth(auth)
            await self._call_hook(self.connect, auth)
        except ConnectionRefused as refusal:
            if self._accepted:
                raise
            await self.base_send({"type": "socketio.reject", "message": refusal.message, "data": refusal.data})
            return False
        except Resolver404 as error:
            # It would make URLRouter try its next route, with a scope that was used already.
            raise RuntimeError(f"connect() of {type(self).__name__} raised Resolver404") from error
        await self.accept()
        if socket_connected.receivers and self._accepted:
            await socket_connected.asend_robust(type(self), consumer=self)
        return self._accepted

    async def _cut_short(self, error, receive):
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
        return message["reason"]

    async def _farewell(self, reason):
        for hook in (self.disconnecting, self.disconnect):
            cancelled = asyncio.current_task().cancelling()
            try:
                await self._call_hook(hook, reason)
            except (Exception, asyncio.CancelledError):
                if asyncio.current_task().cancelling() > cancelled:
                    raise
                self._log(hook.__name__)

    async def _call_hook(self, hook, *args):
        if is_async(hook):
            await hook(*args)
        else:
            await in_thread(hook, *args, threads=self._limit("sync_threads"))

    # -- events -----------------------------------------------------------------------------------------------

    async def _serve(self, receive):
        """Handles what arrives, in order, and returns the reason of the disconnect."""
        while True:
            message = await receive()
            kind = message["type"]
            if kind == "socketio.event":
                await self._event(message)
            elif kind == "socketio.outgoing":
                await self._hear(self._registry.outgoing, message["event"], message["args"])
            elif kind == "socketio.layer":
                await self._layer(message["message"])
            elif kind == "socketio.disconnect":
                self._reason = message["reason"]
                if self._tasks:
                    await asyncio.wait(self._tasks)
                return self._reason
            else:
                raise ValueError(f"unknown message type {kind!r}")

    async def _event(self, message):
        event, args, id = message["event"], message["args"], message["id"]
        handler = self._registry.events.get(event)
        if handler is None:
            handler = self._registry.catch_all
            if handler is None:
                return await self._answer(id, NOT_FOUND)
            count, args = len(args), [event, *args]
        else:
            count = len(args)
        if not handler.least <= count <= handler.most:
            await self._answer(id, handler.wrong_arguments(event, count))
        elif handler.concurrent:
            await self._start(self._handle(handler, event, args, id))
        else:
            await self._handle(handler, event, args, id)

    async def _event_through_chain(self, message):
        """``_event`` of a class with a ``_chain``."""
        event, id = message["event"], message["id"]
        handler = self._registry.events.get(event, self._registry.catch_all)
        step = self._handle(self._chain, event, (event, message["args"]), id)
        await (self._start(step) if handler is not None and handler.concurrent else step)

    async def _hear(self, listeners, event, args):
        for listener in listeners:
            await self._handle(listener, event, (event, *args), None)

    async def _handle(self, handler, event, args, id):
        try:
            result = await (handler.call(self, *args) if handler.coroutine else self._threaded(handler, args))
            if id is not None:
                await self.base_send({"type": "socketio.ack", "id": id, "args": _arguments(result)})
            return
        except EventError as error:
            answer = error
        except Disconnected:  # nobody is left to hear of it
            return
        except (Exception, asyncio.CancelledError):
            if asyncio.current_task().cancelling():
                raise
            self._log(event)
            answer = INTERNAL_ERROR
        await self._answer(id, answer)

    async def _layer(self, message):
        handler = self._registry.layer.get(message.get("type"))
        if handler is None:
            logger.warning(
                "%s has no @on_layer(%a)", type(self).__name__, message.get("type"), extra=about_scope(self.scope)
            )
        elif handler.concurrent:
            await self._start(self._handle(handler, message["type"], [message], None))
        else:
            await self._handle(handler, message["type"], [message], None)

    async def _threaded(self, handler, args):
        result = await in_thread(handler.call, self, *args, threads=self._limit("sync_threads"))
        # A decorator can hide that the handler is a coroutine function.
        return await result if inspect.isawaitable(result) else result

    async def _start(self, coroutine):
        self._tasks = tasks = set() if self._tasks is None else self._tasks
        while len(tasks) >= self._limit("max_concurrent_events"):
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        task = self._loop.create_task(coroutine)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _answer(self, id, error):
        if id is None:
            return
        try:
            await self.base_send({"type": "socketio.ack", "id": id, "args": [error.as_argument()]})
        except EncodeError:
            self._log("the data of an EventError")
            await self.base_send({"type": "socketio.ack", "id": id, "args": [INTERNAL_ERROR.as_argument()]})

    def _limit(self, name):
        return self.scope.get("limits", DEFAULT_LIMITS)[name]

    def _report(self, event, error):
        if handler_failed.receivers and isinstance(error, Exception):
            tell(handler_failed, type(self), consumer=self, event=event, exception=error)

    def _log(self, what):
        self._report(what, sys.exc_info()[1])
        # %a: the event is the peer's word, and may hold line ends and terminal codes.
        about = about_scope(self.scope)
        logger.exception("%a failed in namespace %a, socket %a", what[:100], self.namespace, about["sid"], extra=about)


def _arguments(result):
    """What a handler returned, as the arguments of the ack."""
    if isinstance(result, tuple):
        return list(result)
    return [] if result is None else [result]
