"""What an application may send: one function for each message of docs/spec/socketio.md, with the socket it is for."""

import asyncio
import logging
from typing import Any

from ..adapter import event_packet, frames_of
from ..exceptions import AckTimeout, RoomRefused
from ..metrics import count
from ..operators import Operator, duration
from ..socketio.packet import PacketType
from ..targets import user_room
from ..types import Message
from .delivery import CONNECTED, GONE, PENDING
from .trace import about

logger = logging.getLogger("realtime.socket")


async def accept(socket: Any, message: Message) -> Any:
    if socket.state is not PENDING:
        return
    if message.get("user") is not None:
        socket.user = user_room(message["user"])
    if message.get("outgoing"):
        socket.hub.watchers.add(socket)
    await socket.hub.add(socket)
    if socket.state is GONE:
        return socket.hub.remove(socket)
    if not socket.ready():
        return
    socket.state = CONNECTED
    socket.client.joined_one()
    socket.write(PacketType.CONNECT, socket.greeting())
    socket.release()
    logger.info("connected", extra=about(socket))


def reject(socket: Any, message: Message) -> None:
    if socket.state is PENDING:
        socket.refuse(message.get("message", "Connection refused"), message.get("data"))


def emit(socket: Any, message: Message) -> Any:
    if message.get("rooms") or message.get("except"):
        return broadcast(socket, message)
    if socket.state is GONE:
        return count("emits_to_gone_sockets")
    if message.get("id") is not None:
        return ask(socket, message)
    packet = event_packet(socket.namespace, [message["event"], *message["args"]])
    frames = frames_of(socket.hub.parser, packet)
    if socket in socket.hub.watchers:
        socket.outgoing(message["event"], message["args"])
    socket.deliver(frames, message.get("flags"))
    return socket.transport.drain() if socket.transport.outbox else None


async def broadcast(socket: Any, message: Message) -> None:
    """An emit to rooms, or to all but some, from an application that has no use for ``server_operator``."""
    if message.get("id") is not None:
        raise ValueError("an id is for an event to this client: many are asked with scope['server_operator'].call()")
    everybody = Operator(socket.hub, socket.namespace, flags=message.get("flags"))
    some = everybody.to(*message.get("rooms") or ()).except_(*message.get("except") or ())
    await some.emit(message["event"], *message["args"])


def ask(socket: Any, message: Message) -> Any:
    """An emit whose acknowledgement comes as a message; ``call`` is the same for who waits there."""
    if socket.state is PENDING:
        raise RuntimeError("an emit with an id before the socket is accepted")
    number = next(socket.hub.ack_ids)
    frames = frames_of(socket.hub.parser, event_packet(socket.namespace, [message["event"], *message["args"]], number))
    socket.expect_ack(number, Heard(socket, message["id"]))
    socket.deliver(frames, message.get("flags"))
    return socket.transport.drain() if socket.transport.outbox else None


class Heard:
    """In place of a future for an acknowledgement: puts it into the inbox at once, in front of what comes after it."""

    def __init__(self, socket: Any, id: int) -> None:
        self.socket, self.id = socket, id

    def done(self) -> bool:
        return False

    def set_result(self, args: Any) -> None:
        self.socket.put({"type": "socketio.ack", "id": self.id, "args": args})

    def set_exception(self, error: Exception) -> None:
        if isinstance(error, AckTimeout):  # too many are waited for already
            raise error


def data(socket: Any, message: Message) -> None:
    socket.data.clear()
    socket.data.update(message["data"])


def ack(socket: Any, message: Message) -> None:
    socket.acknowledge(message["id"], message["args"])


async def call(socket: Any, message: Message) -> Any:
    if socket.state is PENDING:
        raise RuntimeError("call() before the socket is accepted: await self.accept() first")
    limit, number = duration(message.get("timeout")), next(socket.hub.ack_ids)
    packet = event_packet(socket.namespace, [message["event"], *message["args"]], number)
    frames, answer = frames_of(socket.hub.parser, packet), socket.expect_ack(number)
    if socket in socket.hub.watchers:
        socket.outgoing(message["event"], message["args"])
    socket.deliver(frames, message.get("flags"))
    try:
        async with asyncio.timeout(limit):
            return await answer
    except AckTimeout as full:
        full.missing = [socket.sid]
        raise
    except TimeoutError:
        raise AckTimeout(missing=[socket.sid]) from None
    finally:
        socket.forget_ack(number)


async def join(socket: Any, message: Message) -> None:
    if socket.state is GONE:
        return
    if len(socket.joined) + len(message["rooms"]) > socket.transport.options.max_rooms:
        count("rooms_refused")
        raise RoomRefused(f"over MAX_ROOMS, {socket.transport.options.max_rooms} rooms for a socket")
    longest = socket.transport.options.max_room_name_length
    if any(len(room) > longest for room in message["rooms"]):
        count("rooms_refused")
        raise RoomRefused(f"over MAX_ROOM_NAME_LENGTH, {longest} characters")
    await socket.hub.join(socket, message["rooms"])


def leave(socket: Any, message: Message) -> None:
    if socket.state is not GONE:
        socket.hub.leave(socket, message["rooms"])


def close(socket: Any, message: Message) -> Any:
    if message.get("silent"):  # as if it had broken, so that the client comes back
        return socket.transport.close("transport close")
    socket.disconnect(message.get("client", False))


def divert(socket: Any, message: Message) -> None:
    from .diverting import Diverting  # it is a Socket

    socket.diverted, socket.__class__ = message, Diverting


async def subscribe(socket: Any, message: Message) -> None:
    socket.groups = list(message["groups"])
    await socket.hub.subscriptions.add(socket, socket.groups)


def outgoing(socket: Any, message: Message) -> None:
    if message["wanted"] and socket.state is not GONE:
        socket.hub.watchers.add(socket)
    else:
        socket.hub.watchers.discard(socket)


DEEDS = {
    "socketio.accept": accept,
    "socketio.reject": reject,
    "socketio.emit": emit,
    "socketio.call": call,
    "socketio.data": data,
    "socketio.ack": ack,
    "socketio.join": join,
    "socketio.leave": leave,
    "socketio.close": close,
    "socketio.groups": subscribe,
    "socketio.outgoing": outgoing,
    "socketio.divert": divert,
}
