"""The hub: which sockets of this process are in which room, and the one way from a broadcast to them.

One hub per event loop, channel layer and parser. All methods belong to the hub's loop; other threads hand over with
``hub.loop.call_soon_threadsafe``. What it needs of a socket: ``sid``, ``namespace``, ``user`` (the user's room or
None), ``joined`` (a set), ``deliver``, ``fan_out`` (static: frames to many sockets), ``expect_ack``, ``forget_ack``,
``disconnect``.
"""

import asyncio
import contextlib
import itertools
import logging
import threading

from .exceptions import AckTimeout, BroadcastError, PacketError, RealtimeError, RoomRefused
from .layer import EVERY_HUB, Link, process_token
from .messages import (
    decoded,
    event_packet,
    frames_of,
    layer_message,
    read_layer_message,
    target_group,
    transcode,
)
from .metrics import count
from .sids import is_sid
from .signals import (
    namespace_created,
    namespace_deleted,
    room_created,
    room_deleted,
    room_joined,
    room_left,
    server_side_event,
    tell,
)
from .socketio.parser import parser as built_in
from .socketio.rooms import group_name
from .subscriptions import Subscriptions
from .targets import EVERYWHERE, is_user_room
from .users import Users

logger = logging.getLogger("realtime.rooms")

_hubs = {}
_hubs_lock = threading.Lock()


def hubs():
    """The hubs of this process whose loop is alive."""
    with _hubs_lock:
        for key in [key for key, hub in _hubs.items() if hub.loop.is_closed()]:
            del _hubs[key]
        return list(_hubs.values())


def hub_for(parser, layer, secret=b""):
    """The hub of the running loop for parsers of this name and this channel layer (or None); made on first use.

    It encodes with the first such parser; what a client may send is bounded by the client's own.
    """
    loop = asyncio.get_running_loop()
    key = (id(loop), parser.name, id(layer))
    hub = _hubs.get(key)
    if hub is None or hub.loop is not loop:
        hub = Hub(loop, parser, layer, secret)
        with _hubs_lock:
            _hubs[key] = hub
    return hub


def parser_called(name):
    """The parser of this name: one that a hub of this process has, or one of ours."""
    if not isinstance(name, str):
        raise ValueError("the parser's name is a string")
    return next((hub.parser for hub in hubs() if hub.parser.name == name), None) or built_in(name)


class Hub:
    """The members of this process, and their link to the other processes."""

    def __init__(self, loop, parser, layer, secret=b""):
        self.loop, self.parser, self.secret = loop, parser, secret
        self.link = Link(layer, self._receive)
        self.subscriptions = Subscriptions(self.link)
        self.namespaces = {}  # name -> {sid: socket}
        self.users = Users(self.link)
        self.rooms = {}  # (namespace, room) -> {socket}
        self.watchers = set()  # sockets whose application hears of every event that goes out to them
        self.ack_ids = itertools.count(1)  # one counter, so that a broadcast has the same id for everybody

    # -- membership -----------------------------------------------------------------------------------------

    async def add(self, socket):
        """Lets broadcasts reach the socket. Effective at once here, in the layer when this returns."""
        members = self.namespaces.setdefault(socket.namespace, {})
        members[socket.sid] = socket
        if len(members) == 1:
            if namespace_created.receivers:
                tell(namespace_created, socket.namespace)
            await self.link.want(group_name(socket.namespace))
        await self.users.add(socket)

    def remove(self, socket):
        """Takes the socket out of everything; ``socket.joined`` stays as it is, for the disconnect handlers."""
        members = self.namespaces.get(socket.namespace, {})
        if members.pop(socket.sid, None) is not None and not members:
            del self.namespaces[socket.namespace]
            self.link.unwant(group_name(socket.namespace))
            if namespace_deleted.receivers:
                tell(namespace_deleted, socket.namespace)
        self.watchers.discard(socket)
        self.users.remove(socket)
        for room in socket.joined:
            self._drop(socket, room)

    async def join(self, socket, rooms):
        """Joins rooms; another socket's id cannot be joined (``RoomRefused``)."""
        await self._announce((socket.namespace, room) for room in self._enter(socket, rooms))

    def _enter(self, socket, rooms):
        """Joins rooms as far as this process goes, at once; returns those that are new to the socket."""
        for room in rooms:
            if room != socket.sid and is_sid(room, self.secret):
                raise RoomRefused("a socket's id is a room of its own, which nobody else can join")
            if is_user_room(room):
                raise RoomRefused("in a user's room is who is logged in, nobody can join it")
        new = [room for room in dict.fromkeys(rooms) if room != socket.sid and room not in socket.joined]
        for room in new:
            socket.joined.add(room)
            members = self.rooms.setdefault((socket.namespace, room), set())
            if not members and room_created.receivers:
                tell(room_created, socket.namespace, room=room)
            members.add(socket)
            if room_joined.receivers:
                tell(room_joined, socket.namespace, room=room, sid=socket.sid)
        return new

    async def _announce(self, rooms):
        """Tells the layer of rooms (with their namespaces). While it answers everybody may leave, and one be gone."""
        for room in rooms:
            if room in self.rooms:
                await self.link.want(group_name(*room))

    def leave(self, socket, rooms):
        """Leaves rooms; those that it is not in, and its own, are passed over."""
        for room in rooms:
            if room in socket.joined:
                socket.joined.discard(room)
                self._drop(socket, room)

    def _drop(self, socket, room):
        members = self.rooms.get((socket.namespace, room))
        if members is None:
            return
        members.discard(socket)
        if room_left.receivers:
            tell(room_left, socket.namespace, room=room, sid=socket.sid)
        if not members:
            if room_deleted.receivers:
                tell(room_deleted, socket.namespace, room=room)
            del self.rooms[socket.namespace, room]
            self.link.unwant(group_name(socket.namespace, room))

    def members(self, namespace, rooms=(), excepted=()):
        """The sockets here that are in any of the rooms (none: in the namespace), each once, less the excepted."""
        if namespace == EVERYWHERE:
            names = self._namespaces(rooms)
            return [socket for name in names for socket in self.members(name, rooms, excepted)]
        everybody = self.namespaces.get(namespace, {})
        if not rooms:
            found = everybody.values()
        elif len(rooms) == 1:
            found = self._room(namespace, everybody, rooms[0])
        else:
            found = {socket for room in rooms for socket in self._room(namespace, everybody, room)}
        if not excepted:
            return list(found)
        if len(excepted) == 1 and excepted[0] in everybody:
            without = everybody[excepted[0]]
            return [socket for socket in found if socket is not without]
        out = {socket for room in excepted for socket in self._room(namespace, everybody, room)}
        # By id too: one that is pending is in rooms, but not in the namespace yet.
        return [socket for socket in found if socket not in out and socket.sid not in excepted]

    def _room(self, namespace, everybody, room):
        socket = everybody.get(room)
        if socket is not None:
            return (socket,)
        return self.users.of(room, namespace) if is_user_room(room) else self.rooms.get((namespace, room), ())

    def _namespaces(self, rooms):
        """Where to look for rooms of every namespace: users are found at once."""
        return self.users.namespaces(rooms) if rooms and all(map(is_user_room, rooms)) else list(self.namespaces)

    # -- broadcasts -----------------------------------------------------------------------------------------

    async def broadcast(self, namespace, args, rooms=(), excepted=(), flags=None):
        """Sends the event ``args[0]`` with its arguments to the members everywhere; returns how many were here.

        Encoded once. Raises ``BroadcastError`` if the other processes could not be reached, ``EncodeError`` and
        ``ValueError`` (a reserved event) before anything was sent.
        """
        flags = flags or {}
        frames = frames_of(self.parser, event_packet(namespace, args))
        local = self.deliver(namespace, frames, rooms, excepted, flags)
        if not flags.get("local") and not (len(rooms) == 1 and rooms[0] in self.namespaces.get(namespace, ())):
            await self._spread(namespace, frames, rooms, excepted, flags, local)
        return local

    def deliver(self, namespace, frames, rooms=(), excepted=(), flags=None):
        """Puts ready frames into the outboxes of the members of this hub; returns how many."""
        if namespace == EVERYWHERE:
            return sum(
                self.deliver(name, transcode(frames, self.parser, self.parser, name), rooms, excepted, flags)
                for name in self._namespaces(rooms)
            )
        members = self.members(namespace, rooms, excepted)
        if self.watchers:
            self._show(members, frames)
        if flags and (flags.get("volatile") or flags.get("compress") is False):
            for socket in members:
                socket.deliver(frames, flags)
        elif members:
            members[0].fan_out(members, frames)
        return len(members)

    def _show(self, members, frames):
        """Tells the applications that want to know what goes out to their clients."""
        watching = self.watchers.intersection(members)
        if watching:
            event, *args = decoded(frames, self.parser).data
            for socket in watching:
                socket.outgoing(event, args)

    async def _spread(self, namespace, frames, rooms, excepted, flags, local):
        """To the other hubs of this process, then through the layer to the other processes."""
        for hub in hubs() if len(_hubs) > 1 else ():
            if hub is not self:
                self._hand_over(hub, namespace, frames, rooms, excepted, flags)
        if not self.link.reaches_others:
            return
        message = layer_message(namespace, frames, self.parser.name, rooms, excepted, flags)
        try:
            await self.link.send(target_group(namespace, rooms, self.secret), message)
        except Exception as error:
            count("broadcasts_unreachable")
            raise BroadcastError(f"the channel layer could not be reached: {error!r}", local) from error

    def _hand_over(self, hub, namespace, frames, rooms, excepted, flags):
        with contextlib.suppress(RuntimeError):  # its loop was closed just now
            hub.loop.call_soon_threadsafe(hub.deliver_foreign, namespace, frames, self.parser, rooms, excepted, flags)

    def deliver_foreign(self, namespace, frames, parser, rooms, excepted, flags):
        """Delivers what another hub encoded, in this hub's own parser."""
        if parser.name != self.parser.name:
            try:
                frames = transcode(frames, parser, self.parser)
            except RealtimeError as error:
                count("transcodings_failed")
                return logger.error("a broadcast cannot be said in %s: %s", self.parser.name, error)
        self.deliver(namespace, frames, rooms, excepted, flags)

    def _receive(self, message):
        """One message of the layer. What is not ours, or not in the form, is dropped and counted."""
        if message.get("origin") == process_token():
            return
        try:
            read = read_layer_message(message, self.parser, parser_called)
        except (KeyError, PacketError, TypeError, ValueError):
            count("layer_messages_refused")
            return
        if message["type"] == "socketio.broadcast":
            self.deliver(*read)
        elif message["type"] == "socketio.server_event":
            event, *args = read[1]
            self.loop.create_task(server_side_event.asend_robust(read[0], event=event, args=args))
        else:  # done before the next message is looked at: it may be for a room that is joined here
            rooms = self._do(message["type"].partition(".")[2], *read[:4])
            self.loop.create_task(self._announce(rooms))

    # -- acknowledgements and remote control ----------------------------------------------------------------

    async def call(self, namespace, args, rooms=(), excepted=(), flags=None):
        """Sends an event to the members here and collects their acknowledgements, each a list of arguments.

        Raises ``AckTimeout`` with the answers that came, and the ids of those that did not.
        """
        flags = flags or {}
        members = [socket for socket in self.members(namespace, rooms, excepted) if socket.connected]
        number = next(self.ack_ids)
        names = {namespace, *(socket.namespace for socket in members)}
        frames = {name: frames_of(self.parser, event_packet(name, args, number)) for name in names}
        waiting = {socket.sid: socket.expect_ack(number) for socket in members}
        try:
            for socket in members:
                if socket in self.watchers:
                    socket.outgoing(args[0], args[1:])
                socket.deliver(frames[socket.namespace], flags)
            if waiting:
                await asyncio.wait(waiting.values(), timeout=flags.get("timeout"))
        finally:
            for socket in members:
                socket.forget_ack(number)
        missing = [sid for sid, answer in waiting.items() if not answer.done() or answer.exception()]
        answers = [answer.result() for answer in waiting.values() if answer.done() and not answer.exception()]
        if missing:
            raise AckTimeout(f"{len(missing)} of {len(waiting)} clients did not acknowledge", answers, missing)
        return answers

    async def command(self, deed, namespace, argument, rooms=(), excepted=(), flags=None):
        """``join``, ``leave`` (argument: rooms) or ``disconnect`` (argument: close) the members of this process."""
        await self._announce(self._do(deed, namespace, argument, rooms, excepted))

    def _do(self, deed, namespace, argument, rooms, excepted):
        """A command, at once; returns the rooms (with their namespaces) that the layer must be told of."""
        new = set()
        for socket in self.members(namespace, rooms, excepted):
            if deed == "join":
                with contextlib.suppress(ValueError):
                    new.update((socket.namespace, room) for room in self._enter(socket, argument))
            elif deed == "leave":
                self.leave(socket, argument)
            else:
                socket.disconnect(close=bool(argument))
        return new

    async def command_everywhere(self, deed, namespace, argument, rooms=(), excepted=(), flags=None):
        """The same in every process; the others do it when they read it."""
        await self.command(deed, namespace, argument, rooms, excepted)
        if self.link.reaches_others and not (flags or {}).get("local"):
            message = layer_message(namespace, argument, "", rooms, excepted, {}, f"socketio.{deed}")
            await self.link.send(target_group(namespace, rooms, self.secret), message)

    async def server_side_emit(self, namespace, args):
        """Sends ``server_side_event`` in the other processes that have sockets; not in this one, as in Node."""
        if self.link.reaches_others:
            message = layer_message(namespace, args, "", (), (), {}, "socketio.server_event")
            await self.link.send(EVERY_HUB, message)
