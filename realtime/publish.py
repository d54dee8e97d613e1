"""Emits of a process that has no ``EngineIO``, such as a task worker: encoded here, sent through the channel layer."""

from channels.layers import get_channel_layer

from realtime import conf
from realtime.adapter import EVERY_HUB, event_packet, frames_of, layer_message, target_group
from realtime.exceptions import BroadcastError, CrossProcessLayerError
from realtime.layer import is_local
from realtime.parsers import project_parser
from realtime.sids import LENGTH
from realtime.socketio.packet import server_event
from realtime.socketio.parser import trusted_decoder
from realtime.socketio.rooms import group_name
from realtime.targets import EVERYWHERE, is_user_room
from realtime.threads import under_test

KINDS = {"sockets_join": "join", "sockets_leave": "leave", "disconnect_sockets": "disconnect"}

NOBODY = (
    "Nobody could receive this: the channel layer ends at this process, and no EngineIO serves here. Let them share"
    " one: CHANNEL_LAYERS = {'default': {'BACKEND': 'channels_redis.pubsub.RedisPubSubChannelLayer',"
    " 'CONFIG': {'hosts': [('127.0.0.1', 6379)]}}}"
)


def snapshot(args):
    """``[event, *arguments]`` as a client would get them: whatever happens to the objects later.

    Raises ``EncodeError`` for what cannot be sent, ``ValueError`` and ``TypeError`` for the event's name.
    """
    return decode(project_parser().encode(event_packet("/", args)))


def decode(frames):
    """The data of a packet that this project has encoded."""
    decoder, packet = trusted_decoder(project_parser()), None
    for frame in frames:
        packet = decoder.add(frame)
    return packet.data


async def without_hub(operator, deed, args):
    """Does a deed of an operator that is bound to no hub, in every other process.

    Raises ``CrossProcessLayerError`` if there can be none, or the deed needs an answer; ``BroadcastError`` if the
    layer cannot be reached. Under test nothing is sent.
    """
    if under_test():
        return [] if deed in ("call", "fetch_sockets") else None
    layer = shared_layer()
    if deed == "server_side_emit":
        return await send(layer, EVERY_HUB, to_every_hub(operator._namespace, server_event(args)))
    message = _message(operator, deed, args)
    if not operator._flags.get("local"):
        await send(layer, _group(operator), message)


def shared_layer():
    """The channel layer, if it reaches other processes; ``CrossProcessLayerError`` if not."""
    alias = conf.options().channel_layer
    layer = get_channel_layer(alias) if alias else None
    if is_local(layer):
        raise CrossProcessLayerError(NOBODY)
    return layer


def to_every_hub(sender, args):
    """What makes every hub send the signal ``server_side_event``."""
    return layer_message(sender, list(args), "", (), (), {}, "socketio.server_event")


def _message(operator, deed, args):
    target = operator._namespace, operator._rooms, operator._excepted
    if deed == "emit":
        codec = project_parser()
        frames = frames_of(codec, event_packet(target[0], args))
        return layer_message(target[0], frames, codec.name, target[1], target[2], operator._flags)
    if deed not in KINDS:
        raise CrossProcessLayerError(f"{deed} needs an EngineIO in this process, to which the answers could come.")
    body = bool(args[0]) if deed == "disconnect_sockets" else list(args)
    return layer_message(target[0], body, "", target[1], target[2], {}, f"socketio.{KINDS[deed]}")


def _group(operator):
    """The group of the one room, or of the namespace; its hubs look for the rooms themselves.

    A socket's id is no group. Here is no secret to know one by, so whatever is as long goes to the namespace.
    """
    rooms = operator._rooms
    if operator._namespace == EVERYWHERE or (len(rooms) == 1 and is_user_room(rooms[0])):
        return target_group(operator._namespace, rooms, b"")
    may_be_id = len(rooms) != 1 or len(rooms[0].rpartition("#")[2]) == LENGTH
    return group_name(operator._namespace, None if may_be_id else rooms[0])


async def send(layer, group, message):
    """Sends to a group of the layer. Raises ``BroadcastError``."""
    try:
        await layer.group_send(group, message)
    except Exception as error:
        raise BroadcastError(f"the channel layer could not be reached: {error!r}") from error
