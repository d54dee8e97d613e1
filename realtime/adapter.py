"""The hub: which sockets of this process are in which room, and the one way from a broadcast to them.

One hub per event loop, channel layer and parser. All methods belong to the hub's loop; other threads hand over with
``hub.loop.call_soon_threadsafe``. What it needs of a socket: ``sid``, ``namespace``, ``user`` (the user's room or
None), ``joined`` (a set), ``deliver``, ``fan_out`` (static: frames to many sockets), ``expect_ack``, ``forget_ack``,
``disconnect``.
"""

import asyncio
from typing import Any

from .asking import Asking
from .cluster.answers import Answers
from .cluster.gate import Gate
from .cluster.peers import Peers
from .cluster.presence import CANARY, PEER, Presence
from .cluster.requests import Requests
from .cluster.wire import ANSWER, REQUEST, unpacked
from .exceptions import PacketError
from .hubs import hub_at, hubs, parser_called, put
from .layer import EVERY_HUB, Link, process_token
from .messages import event_packet, frames_of, layer_message, read_layer_message, target_group
from .metrics import count
from .options import Options
from .signals import server_side_event
from .socketio.parser import text_ack_of
from .subscriptions import Subscriptions
from .types import Message

__all__ = [
    "EVERY_HUB", "Hub", "close_hubs", "event_packet", "frames_of", "hub_for", "hubs", "layer_message", "target_group",
]  # fmt: skip


def hub_for(parser: Any, layer: Any, secret: Any = b"", options: Any = None, kind: Any = None) -> Any:
    """The hub of the running loop for parsers of this name and this channel layer (or None); made on first use.

    ``kind``: a subclass of ``Hub``.

    It encodes with the first such parser; what a client may send is bounded by the client's own.
    """
    loop = asyncio.get_running_loop()
    key = (id(loop), parser.name, id(layer), kind and options.recovery)
    hub = hub_at(key)
    if hub is None or hub.loop is not loop:
        hub = (kind or Hub)(loop, parser, layer, secret, options)
        put(key, hub)
    hub.enter()
    return hub


async def close_hubs() -> None:
    """Tells the other processes that the hubs of the running loop go, as the last thing that a server does."""
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(hub.close() for hub in hubs() if hub.loop is loop))


class Hub(Asking):
    """The members of this process, and their link to the other processes.

    ``Members`` knows who is where, ``Broadcasting`` tells them, ``Control`` asks and
    commands them, ``Asking`` does so everywhere.
    """

    recovery: Any = None  # see realtime.recovery.hub

    def __init__(
        self, loop: asyncio.AbstractEventLoop, parser: Any, layer: Any, secret: Any = b"", options: Any = None
    ) -> None:
        super().__init__(Link(layer, self._receive), secret)
        self.loop, self.parser, self.options = loop, parser, options or Options()
        self.text_ack = text_ack_of(parser)
        self.subscriptions = Subscriptions(self.link)
        self.peers = Peers(self.options.max_processes)
        self.requests = Requests(self.link, self.peers, self.options.max_answer_bytes, parser_called)
        self.presence = Presence(self.link, self.peers, self.requests.left)
        self.answers = Answers(self, self.options.max_requests)
        self._gate = Gate(self.options.max_layer_message_bytes)

    def enter(self) -> None:
        """Lets the other processes know of this one, if they do not yet."""
        if self.link.reaches_others and not self.presence.started:
            self.presence.start()

    async def close(self) -> None:
        """Tells the other processes that this one goes, and leaves all groups. The sockets are not touched."""
        if self.link.reaches_others:
            await self.presence.stop()
            await self.link.close()

    def _receive(self, message: Message) -> None:
        """One message of the layer. What is not ours, or not in the form, is dropped and counted."""
        if self._gate.admits(message):
            try:
                _RECEIVE.get(message["type"], Hub._commanded)(self, message)
            except (KeyError, PacketError, TypeError, ValueError):
                count("layer_messages_refused")
        elif type(message) is dict and message.get("type") == CANARY and message.get("origin") == process_token():
            self.presence.heard_canary(message)

    def _broadcasted(self, message: Message) -> None:
        self.deliver(*read_layer_message(message, self.parser, parser_called))

    def _commanded(self, message: Message) -> None:
        read = read_layer_message(message, self.parser, parser_called)
        self.obey(message["type"].partition(".")[2], *read[:4])

    def leads(self) -> bool:
        """Whether it is this hub, of those of its process, that hears what servers tell each other."""
        return self is next((hub for hub in hubs() if hub.link.reaches_others and hub.loop.is_running()), self)

    def parser_called(self, name: str) -> Any:
        return parser_called(name)

    def _told(self, message: Message) -> None:
        namespace, frames, *_ = read_layer_message(message, self.parser, parser_called)
        event, *args = unpacked(frames, parser_called(message["parser"]))
        if self.leads():
            self.loop.create_task(server_side_event.asend_robust(namespace, event=event, args=args))


_RECEIVE: dict[str, Any] = {
    "socketio.broadcast": Hub._broadcasted,
    "socketio.server_event": Hub._told,
    PEER: lambda hub, message: hub.presence.heard_peer(message),
    REQUEST: lambda hub, message: hub.answers.heard(message),
    ANSWER: lambda hub, message: hub.requests.heard(message),
}
