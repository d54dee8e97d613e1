"""daphne's server, told apart where it leaves connections to their fate."""

import asyncio
import logging
import re
import signal
from functools import partial
from typing import Any

import daphne.server
from twisted.internet import defer

from ...engine.stopping import stopper
from ...readyframes import EXTENSION
from .deflate import accepting
from .flow import Body, Incoming
from .http import Request
from .lifespan import Lifespan
from .notify import notify
from .websocket import WebSocket

logger = logging.getLogger("realtime.engine")

SID = re.compile(r"(sid=)[^&\s]+")
GOING_AWAY = 1012
LOOK = 0.05  # seconds between two looks at what has ended
A_TIME = 10  # websockets that are closed without a pause
FINISH = 5.0  # seconds for requests that are being answered, and again for websockets to be closed


class Server(daphne.server.Server):
    """``Server(application, endpoints=["tcp:8000"]).run()``; the options are daphne's.

    Further than daphne: the lifespan protocol; at its end clients are let go and requests answered before connections
    are cut; ``send`` waits for slow clients, and fast ones for slow applications; a broken frame is answered with a
    close frame; ``per_message_deflate`` compresses websockets where the client can. An application may have
    ``body_limits(path)``, see ``EngineIO``.
    """

    def __init__(self, application: Any, *args: Any, per_message_deflate: bool = False, **options: Any) -> None:
        super().__init__(application, *args, **options)
        self.per_message_deflate = per_message_deflate
        self._ready = options.get("ready_callable")
        self.ready_callable = self._prepare
        self._lifespan = Lifespan(application)
        self._ending: Any = None
        self._ports: list[Any] = []

    def body_limits(self, path: bytes) -> Any:
        """Bytes and seconds of a request's body, or None: what the application says."""
        limits = getattr(self.application, "body_limits", None)
        return limits(path.partition(b"?")[0].decode("latin-1")) if limits else None

    def _prepare(self) -> None:
        """Called by ``run`` when all is made and nothing runs yet."""
        self.ws_factory.protocol = WebSocket
        self.ws_factory.setProtocolOptions(failByDrop=False)
        if self.per_message_deflate:
            accept = accepting(self.websocket_max_message_size)
            self.ws_factory.setProtocolOptions(perMessageCompressionAccept=accept)
        build = self.http_factory.buildProtocol
        self.http_factory.buildProtocol = partial(_with_request, build)
        daphne.server.twisted_loop.run_until_complete(self._lifespan.startup())
        if self._ready:
            self._ready()
        notify("READY=1")

    def listen_success(self, port: Any) -> None:
        """Called for each endpoint, once it listens."""
        self._ports.append(port)
        super().listen_success(port)

    # -- a connection ---------------------------------------------------------------------------------------

    def create_application(self, protocol: Any, scope: Any) -> Any:
        """Starts the application for one request or websocket; returns what its messages are put into."""
        queue: Any
        if scope["type"] == "websocket":
            scope["extensions"] = {"websocket.http.response": {}, EXTENSION: {"write": protocol.write_ready}}
            if protocol.scheme:
                scope["scheme"] = protocol.scheme
            queue = Incoming(protocol)
        else:
            queue = Body(protocol.take_content())
        scope.setdefault("asgi", {"version": "3.0"})
        call = self.application(scope, queue.get, partial(self.handle_reply, protocol))
        if protocol not in self.connections:
            return call.close()
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(call)
        return queue

    async def handle_reply(self, protocol: Any, message: Any) -> None:
        """One message of an application; waits while the client takes no more."""
        await super().handle_reply(protocol, message)
        flow = protocol.flow
        if flow is not None and flow.full:
            await flow.room()

    def log_action(self, protocol: Any, action: str, details: dict[str, Any]) -> None:
        """A line of the access log, without the secret id of a session."""
        super().log_action(protocol, action, {**details, "path": SID.sub(r"\1-", details["path"])})

    # -- the end --------------------------------------------------------------------------------------------

    def kill_all_applications(self) -> Any:
        """Called when the reactor is to stop, by a signal as a rule; it goes on until the result is there."""
        notify("STOPPING=1")
        self._ending = asyncio.ensure_future(self._end())
        if self.signal_handlers:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._hurry)
        return defer.Deferred.fromFuture(self._ending)

    def _hurry(self, number: int, frame: Any) -> None:
        logger.warning("stopping: told a second time, connections are cut")
        daphne.server.twisted_loop.call_soon_threadsafe(self._ending.cancel)

    async def _end(self) -> None:
        try:
            await stopper().stop()
            for port in self._ports:
                await defer.maybeDeferred(port.stopListening).asFuture(daphne.server.twisted_loop)
            await self._wait(lambda protocol: isinstance(protocol, Request))
            await self._close_websockets()
            await self._lifespan.shutdown()
        except asyncio.CancelledError:
            pass  # told a second time
        except Exception:
            logger.exception("internal error while stopping")
        for task in self._running(lambda protocol: True):
            task.cancel()
        await asyncio.sleep(0)

    async def _close_websockets(self) -> None:
        """Those of other applications than ours, which has closed its own."""
        websockets = [protocol for protocol in self.connections if isinstance(protocol, WebSocket)]
        for number, protocol in enumerate(websockets, 1):
            if protocol.state == WebSocket.STATE_OPEN:
                protocol.sendCloseFrame(GOING_AWAY)
            if not number % A_TIME:
                await asyncio.sleep(LOOK)
        await self._wait(lambda protocol: isinstance(protocol, WebSocket))

    async def _wait(self, which: Any) -> None:
        """Until the applications of these connections have ended, or the time is up."""
        if tasks := self._running(which):
            await asyncio.wait(tasks, timeout=FINISH)

    def _running(self, which: Any) -> list[Any]:
        tasks = [
            details.get("application_instance") for protocol, details in self.connections.items() if which(protocol)
        ]
        return [task for task in tasks if task is not None and not task.done()]


def _with_request(build: Any, address: Any) -> Any:
    """What ``build`` makes for a connection, with our requests."""
    protocol = build(address)
    protocol.requestFactory = Request
    return protocol
