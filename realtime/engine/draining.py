"""The graceful end of an engine's sessions: what was received is answered, then clients are closed, a few at a time.

A client sees its transport close (websocket code 1012, on polling an unknown session), never a DISCONNECT: unmodified
clients come back by themselves, to another process where a load balancer has one.
"""

import asyncio
import logging
from typing import Any

from ..engineio.session import State
from ..metrics import count
from ..socketio.packet import PacketType
from .client import LINGER, NOOP, SERVICE_RESTART
from .namespaces import SocketIOClient

logger = logging.getLogger("realtime.engine")

REASON = "server shutting down"
LOOK = 0.02  # seconds between two looks at whether something has ended
BLINK = 0.004  # ... at whether a client waits for nothing: such moments may be short
PATIENCE = 3.0  # seconds that a busy client is still heard: there may be a moment at which it waits for nothing
SHARE = 1 / 3  # of the time, within which every client has been told to leave


class Finishing(SocketIOClient):
    """What a handler becomes whose client never rests: acknowledgements come in and go out, new events do not.

    Who waits for the answer to such an event sees the connection end without one, and may send it again: nothing is
    done that is not answered.
    """

    __slots__ = ()

    def message(self, data: Any) -> None:
        """One Engine.IO message."""
        packet = self._decoder.add(data)
        if packet is None:
            return
        if packet.type in (PacketType.EVENT, PacketType.CONNECT):
            return count("packets_after_stop")
        target = self._connection.receive(packet)
        if target is not None:
            self._dispatch(target, packet, 0)


async def drain(engine: Any, timeout: float, rate: float) -> None:
    """Closes every session of an engine that takes no new ones. Returns when all are gone, or the time is up.

    ``rate`` is how many clients are told each second; more where ``timeout`` (seconds) is too short for that. What is
    left at the end is cut off.
    """
    try:
        async with asyncio.timeout(timeout):
            await _drain(engine, timeout, rate)
    except TimeoutError:
        clients = list(engine.clients.values())
        if not clients:
            return logger.warning("stopping: handlers of clients that have left did not end within %g s", timeout)
        count("clients_cut_by_stop", len(clients))
        logger.warning("stopping: %d clients did not leave within %g s, and are cut off", len(clients), timeout)
        for client in clients:
            client.close_code = SERVICE_RESTART
            client.abort(REASON, NOOP)


async def _drain(engine: Any, timeout: float, rate: float) -> None:
    async with asyncio.TaskGroup() as leaving:
        told: set[Any] = set()
        while clients := [client for client in engine.clients.values() if client not in told]:
            pause = 1 / max(rate, len(clients) / (timeout * SHARE))
            for client in clients:
                told.add(client)
                leaving.create_task(let_go(client))
                await asyncio.sleep(pause)


async def let_go(client: Any) -> None:
    """Answers what one client has sent, closes it, and waits until it and its applications are gone."""
    sockets: Any = ()
    if isinstance(client.handler, SocketIOClient):
        await rest(client.handler)
        sockets = client.handler.sockets
    busy = [socket for socket in sockets if socket.connected and not socket.resting]
    client.close_code = SERVICE_RESTART
    client.close(REASON)  # at once: what comes between the last look and the close frame is lost
    for socket in busy:
        socket.cut_short()
    try:
        async with asyncio.timeout(LINGER):
            while client.session.state is not State.CLOSED or client.reader is not None:  # noqa: ASYNC110
                await asyncio.sleep(LOOK)
    except TimeoutError:  # a polling client that polls no more, or a websocket that does not answer
        client.lost(REASON)
    if sockets:
        await asyncio.wait([socket.task for socket in sockets])  # bounded: each is cancelled when its time is up


async def rest(handler: Any) -> None:
    """Waits until all that was received is answered, DISCONNECT_TIMEOUT at most."""
    now = asyncio.get_running_loop().time
    until = now() + handler.transport.options.disconnect_timeout
    stop_hearing = now() + PATIENCE
    while not handler.resting and now() < until:
        if now() > stop_hearing:
            handler.__class__ = Finishing
        await asyncio.sleep(BLINK)
