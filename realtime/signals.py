"""Django signals of the library. Floor 2: imports Django's dispatcher, and nothing of ours but the counters.

They are sent with ``asend_robust``: receivers may be coroutine functions, plain ones run in a thread, and what they
raise is logged. While nobody listens to a signal, it costs one look at its receivers. Each process tells of its own
sockets only.
"""

import asyncio
from collections import deque
from typing import Any
from weakref import WeakKeyDictionary

from django.dispatch import Signal

from .metrics import count

# -- sender: the consumer class ---------------------------------------------------------------------------------

socket_connected = Signal()
"""``consumer``: ``connect`` has returned and the client is in. Its events wait until the receivers are done."""

socket_disconnected = Signal()
"""``consumer``, ``reason``: after its ``disconnect``. The rooms it was in are still in ``consumer.rooms``."""

handler_failed = Signal()
"""``consumer``, ``event``, ``exception``: a handler, a hook (``event`` is its name) or a listener raised."""

# -- sender: the name of the namespace --------------------------------------------------------------------------

connection_rejected = Signal()
"""``message``, ``data``, ``handshake`` (a dict): a client was refused, by whom or what ever."""

room_created = Signal()
"""``room``: its first socket of this process is in it. The rooms of sockets and of users are not told of."""

room_joined = Signal()
"""``room``, ``sid``."""

room_left = Signal()
"""``room``, ``sid``: also when the socket was disconnected."""

room_deleted = Signal()
"""``room``: its last socket of this process has left it."""

transport_upgraded = Signal()
"""``sid``, ``transport``: the connection of this socket goes on over a websocket; told in each of its namespaces."""

namespace_created = Signal()
"""Nothing more: the namespace has its first socket of this process; ``new_namespace`` in Node."""

namespace_deleted = Signal()
"""Nothing more: the last socket of this process has left, and nothing is kept of the namespace."""

server_side_event = Signal()
"""``event`` a str, ``args`` a list: another process called ``server_side_emit``."""

# -- sender: realtime.cluster.presence.Presence -------------------------------------------------------------------

cluster_interrupted = Signal()
"""Nothing more: this process does not hear the others. The channel layer is away, or it was for a moment."""

cluster_restored = Signal()
"""``seconds`` since that was noticed: they are heard again, and what was said meanwhile has not come."""

# -- sender: realtime.engine.server.Engine ----------------------------------------------------------------------

connection_error = Signal()
"""``scope`` (ASGI), ``code`` (Engine.IO's, 0 to 5), ``message``: a request was refused before there was a session."""

server_stopping = Signal()
"""``clients``, their number: this process was told to stop, and takes no new ones. They are let go, a few at a time,
when the receivers have returned. What a receiver sends to all of them arrives."""

MOST = 10_000  # signals that wait for their receivers
_waiting: WeakKeyDictionary[Any, deque[Any]] = WeakKeyDictionary()  # event loop -> deque
_tasks: set[Any] = set()


def tell(signal: Any, sender: Any, **named: Any) -> None:
    """Sends a signal from where nobody can await; what is told one after the other arrives in that order.

    Ask ``if signal.receivers`` first. Where receivers are too slow, signals beyond ``MOST`` are dropped and counted.
    """
    loop = asyncio.get_running_loop()
    queue = _waiting.get(loop)
    if queue is None:
        queue = _waiting[loop] = deque()
        task = loop.create_task(_send_all(loop, queue))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)
    if len(queue) >= MOST:
        return count("signals_dropped")
    queue.append((signal, sender, named))


async def _send_all(loop: Any, queue: Any) -> None:
    try:
        while queue:
            signal, sender, named = queue.popleft()
            await signal.asend_robust(sender, **named)
    finally:
        del _waiting[loop]
