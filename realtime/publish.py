"""Emits of a process that has no ``EngineIO``, such as a task worker: encoded here, sent through the channel layer."""

from collections.abc import Sequence
from typing import Any

from channels.layers import get_channel_layer

from realtime import conf
from realtime.adapter import EVERY_HUB, event_packet, frames_of, layer_message, target_group
from realtime.asking import MARGIN, acknowledged, is_about, refuse_silence, server_event_message
from realtime.cluster.guest import Guest
from realtime.cluster.requests import NOTHING
from realtime.cluster.wire import LONGEST, Request, new_id, packed
from realtime.exceptions import BroadcastError, CrossProcessLayerError, RealtimeError
from realtime.hubs import parser_called
from realtime.layer import Link, is_local
from realtime.logs import because
from realtime.operators import Operator
from realtime.parsers import project_parser
from realtime.recovery import outside
from realtime.sids import LENGTHS
from realtime.socketio.parser import trusted_decoder
from realtime.socketio.rooms import group_name
from realtime.targets import is_many, is_user_room
from realtime.threads import under_test

from .types import Message

NOBODY = (
    "Nobody could receive this: the channel layer ends at this process, and no EngineIO serves here. Let them share"
    " one: CHANNEL_LAYERS = {'default': {'BACKEND': 'realtime.layers.RedisPubSubChannelLayer',"
    " 'CONFIG': {'hosts': [('127.0.0.1', 6379)]}}}"
)


def snapshot(args: Any) -> Any:
    """``[event, *arguments]`` as a client would get them: whatever happens to the objects later.

    Raises ``EncodeError`` for what cannot be sent, ``ValueError`` and ``TypeError`` for the event's name.
    """
    if not args:
        raise TypeError("emit() takes the name of an event, and its arguments")
    return decode(project_parser().encode(event_packet("/", args)))


def decode(frames: Any) -> Any:
    """The data of a packet that this project has encoded."""
    decoder: Any = trusted_decoder(project_parser())
    packet: Any = None
    for frame in frames:
        packet = decoder.add(frame)
    return packet.data


async def without_hub(operator: Any, deed: Any, args: Any, options: Any) -> Any:
    """Does a deed of an operator that is bound to no hub, in every other process.

    Raises ``CrossProcessLayerError`` if there can be none, ``BroadcastError`` if the layer cannot be reached, and
    ``ClusterTimeout`` if an answer is missing. Under test nothing is sent.
    """
    if under_test():
        return [] if deed in ("call", "fetch_sockets", "server_side_call") else None
    outside = Outside(shared_layer())
    bound = Operator(outside, operator._namespace, operator._rooms, operator._excepted, operator._flags)
    return await getattr(bound, deed)(*args, **options)


def shared_layer() -> Any:
    """The channel layer, if it reaches other processes; ``CrossProcessLayerError`` if not."""
    alias = conf.options().channel_layer
    layer = get_channel_layer(alias) if alias else None
    if is_local(layer):
        raise CrossProcessLayerError(NOBODY)
    return layer


def to_every_hub(sender: Any, args: Any) -> Any:
    """What makes every process with a hub send the signal ``server_side_event``."""
    return server_event_message(sender, args, project_parser())


class Outside:
    """What operators need of a hub, in a process that has none. The deeds are those of ``asking.Asking``."""

    def __init__(self, layer: Any) -> None:
        self._layer, self._options, self._parser = layer, conf.options(), project_parser()

    async def broadcast(
        self,
        namespace: str,
        args: Any,
        rooms: Sequence[str] = (),
        excepted: Sequence[str] = (),
        flags: Any = None,
    ) -> None:
        frames, flags = frames_of(self._parser, event_packet(namespace, args)), flags or {}
        if not (flags.get("volatile") or flags.get("local")) and self._options.recovery is not None:
            entry = namespace, frames, rooms, excepted, flags
            if await outside.write(self._options, conf.secret(), self._parser, *entry):
                return
        message = layer_message(namespace, frames, self._parser.name, rooms, excepted, flags)
        await self._send(_group(namespace, rooms, flags), message, flags)

    async def command(
        self,
        deed: Any,
        namespace: str,
        argument: Any,
        rooms: Sequence[str] = (),
        excepted: Sequence[str] = (),
        flags: Any = None,
    ) -> Any:
        if deed == "join":
            limit = self._options.cluster_timeout
            gathered = await self._ask(deed, namespace, argument, rooms, excepted, flags, limit)
            return refuse_silence([gathered], [])
        message = layer_message(namespace, argument, "", rooms, excepted, {}, f"socketio.{deed}")
        await self._send(_group(namespace, rooms, flags), message, flags)

    async def server_side_emit(self, namespace: str, args: Any) -> None:
        await self._send(EVERY_HUB, to_every_hub(namespace, args), {})

    async def fetch(
        self,
        namespace: str,
        rooms: Sequence[str] = (),
        excepted: Sequence[str] = (),
        flags: Any = None,
    ) -> Any:
        gathered = await self._ask("fetch", namespace, [], rooms, excepted, flags, self._options.cluster_timeout)
        found = [item for item in gathered.items if is_about(item)]
        refuse_silence([gathered], found)
        return found

    async def call(
        self,
        namespace: str,
        args: Any,
        rooms: Sequence[str] = (),
        excepted: Sequence[str] = (),
        flags: Any = None,
    ) -> Any:
        frames, limit = frames_of(self._parser, event_packet(namespace, args)), flags["timeout"]
        gathered = await self._ask("call", namespace, frames, rooms, excepted, flags, limit)
        answers, missing = acknowledged(gathered.items)
        refuse_silence([gathered], answers, missing)
        return answers

    async def server_side_call(self, namespace: str, args: Any, timeout: float | None = None) -> Any:
        frames = packed(list(args), self._parser)
        limit = self._options.cluster_timeout if timeout is None else timeout
        gathered = await self._ask("tell", namespace, frames, (), (), {}, limit)
        refuse_silence([gathered], gathered.items)
        return gathered.items

    async def _send(self, group: str, message: Message, flags: Any) -> None:
        if not flags.get("local"):
            await send(self._layer, group, message)

    async def _ask(
        self,
        deed: Any,
        namespace: str,
        frames: Any,
        rooms: Sequence[str],
        excepted: Sequence[str],
        flags: Any,
        limit: float,
    ) -> Any:
        if flags.get("local"):
            return NOTHING
        guest = Guest(self._layer, self._options, self._parser_called)
        request = Request(
            new_id(), guest.id, deed, namespace, frames, self._parser.name, rooms, excepted,
            bool(flags.get("volatile")), min(float(limit), LONGEST), guest=True,
        )  # fmt: skip
        try:
            return await guest.ask(request, limit + MARGIN * (deed == "call"), 1 if "alone" in flags else None)
        except RealtimeError:
            raise
        except Exception as error:
            raise BroadcastError(f"the channel layer could not be reached: {because(error)}") from error

    def _parser_called(self, name: str) -> Any:
        return self._parser if name == self._parser.name else parser_called(name)


def _group(namespace: str, rooms: Sequence[str], flags: Any) -> Any:
    """The group of the one room, or of the namespace; its hubs look for the rooms themselves.

    A socket's id is no group. Here is no secret to know one by, so whatever is as long goes to the namespace.
    """
    if is_many(namespace) or (len(rooms) == 1 and is_user_room(rooms[0])):
        return target_group(namespace, rooms, b"", flags)
    may_be_id = len(rooms) != 1 or "alone" in flags or len(rooms[0].rpartition("#")[2]) in LENGTHS
    return group_name(namespace, None if may_be_id else rooms[0])


async def send(layer: Any, group: str, message: Message) -> None:
    """Sends to a group of the layer. Raises ``BroadcastError``."""
    try:
        await Link(layer, None).send(group, message)
    except Exception as error:
        raise BroadcastError(f"the channel layer could not be reached: {because(error)}") from error
