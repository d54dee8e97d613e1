"""What hubs send: packets as frames, and what they tell each other through a channel layer. Floor 2."""

from .exceptions import PacketError
from .layer import EVERY_HUB, process_token
from .sids import is_sid
from .socketio.packet import RESERVED_EVENTS, Packet, PacketType
from .socketio.parser import trusted_decoder
from .socketio.rooms import group_name
from .targets import EVERYWHERE, is_user_room

EVENT = PacketType.EVENT
BODIES = {
    "socketio.broadcast": list,  # frames
    "socketio.join": list,  # rooms
    "socketio.leave": list,
    "socketio.disconnect": bool,  # the whole connection
    "socketio.server_event": list,  # the event and its arguments
}
KINDS = {"socketio.broadcast": (str, bytes), "socketio.join": str, "socketio.leave": str}  # of what a body holds


def frames_of(parser, packet):
    """A packet as Engine.IO frames."""
    frames = parser.encode(packet)
    if isinstance(frames[0], str):
        frames[0] = "4" + frames[0]
    return frames


def event_packet(namespace, args, id=None):
    """An EVENT; ``ValueError`` for a name that Socket.IO reserves, ``TypeError`` for one that is no str."""
    if not isinstance(args[0], str):
        raise TypeError(f"expected an event name as str, got {type(args[0]).__name__}")
    if args[0] in RESERVED_EVENTS:
        raise ValueError(f"the event name {args[0]!r} is reserved by Socket.IO, choose another")
    return Packet(EVENT, "/" if namespace == EVERYWHERE else namespace, list(args), id)


def decoded(frames, parser):
    """The packet of these frames."""
    decoder, packet = trusted_decoder(parser), None
    for frame in frames:
        packet = decoder.add(frame[1:] if isinstance(frame, str) else frame)
    if packet is None:
        raise PacketError("an attachment is missing")
    return packet


def transcode(frames, parser, other, namespace=None):
    """Frames of one parser in another's form, or for another namespace."""
    packet = decoded(frames, parser)
    return frames_of(other, packet if namespace is None else packet._replace(namespace=namespace))


def target_group(namespace, rooms, secret):
    """The group that a message goes to: the room's if it is for one, else the namespace's. A sid is nobody's group."""
    if len(rooms) == 1 and is_user_room(rooms[0]):
        return group_name(EVERYWHERE, rooms[0])
    if namespace == EVERYWHERE:
        return EVERY_HUB
    return group_name(namespace, rooms[0] if len(rooms) == 1 and not is_sid(rooms[0], secret) else None)


def layer_message(namespace, body, parser, rooms, excepted, flags, kind="socketio.broadcast"):
    """What hubs send each other. Only str, bytes, lists and booleans, so that any layer can carry it."""
    return {
        "type": kind,
        "origin": process_token(),
        "namespace": namespace,
        "body": list(body) if isinstance(body, tuple | list) else body,
        "parser": parser,
        "rooms": list(rooms),
        "except": list(excepted),
        "volatile": bool(flags.get("volatile")),
    }


def read_layer_message(message, parser, parser_called):
    """Namespace, body, rooms, excepted and flags of a layer message, its frames in the form of ``parser``.

    ``parser_called(name)`` is asked for the one that another hub has used.
    Raises ``KeyError``, ``TypeError``, ``ValueError`` or ``PacketError`` for what is no such message.
    """
    body = message["body"]
    if type(body) is not BODIES[message["type"]] or (isinstance(body, list) and not body):
        raise ValueError("not a message between hubs")
    rooms, excepted = message["rooms"], message["except"]
    if not (type(rooms) is type(excepted) is list and _all(str, [message["namespace"], *rooms, *excepted])):
        raise ValueError("names are strings")
    if message["type"] != "socketio.disconnect" and not _all(KINDS.get(message["type"], object), body):
        raise ValueError("frames are strings or bytes, names are strings")
    if message["type"] == "socketio.broadcast" and message["parser"] != parser.name:
        body = transcode(body, parser_called(message["parser"]), parser)
    return message["namespace"], body, rooms, excepted, {"volatile": message["volatile"]}


def _all(kinds, values):
    return all(isinstance(value, kinds) for value in values)
