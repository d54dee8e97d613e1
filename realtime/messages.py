"""What hubs send: packets as frames, and what they tell each other through a channel layer. Floor 2."""

from collections.abc import Sequence
from typing import Any

from .exceptions import PacketError
from .layer import EVERY_HUB, process_token
from .sids import is_sid
from .socketio.packet import RESERVED_EVENTS, Packet, PacketType
from .socketio.parser import trusted_decoder
from .socketio.rooms import group_name
from .targets import EVERYWHERE, is_many, is_user_room
from .types import Message

VERSION = 1  # of what hubs say to each other; another one is dropped, see cluster.gate
EVENT = PacketType.EVENT
BODIES = {
    "socketio.broadcast": list,  # frames
    "socketio.leave": list,  # rooms
    "socketio.disconnect": bool,  # the whole connection
    "socketio.server_event": list,  # frames of the event and its arguments
}
KINDS = {"socketio.leave": str}  # of what a body holds


def frames_of(parser: Any, packet: Any) -> Any:
    """A packet as Engine.IO frames."""
    frames = parser.encode(packet)
    if frames[0].__class__ is str:
        frames[0] = "4" + frames[0]
    return frames


def event_packet(namespace: str, args: Any, id: Any = None) -> Any:
    """An EVENT; ``ValueError`` for a name that Socket.IO reserves, ``TypeError`` for one that is no str."""
    if not isinstance(args[0], str):
        raise TypeError(f"expected an event name as str, got {type(args[0]).__name__}")
    if args[0] in RESERVED_EVENTS:
        raise ValueError(f"the event name {args[0]!r} is reserved by Socket.IO, choose another")
    return Packet(EVENT, "/" if is_many(namespace) else namespace, list(args), id)


def decoded(frames: Any, parser: Any) -> Any:
    """The packet of these frames."""
    decoder, packet = trusted_decoder(parser), None
    for frame in frames:
        packet = decoder.add(frame[1:] if isinstance(frame, str) else frame)
    if packet is None:
        raise PacketError("an attachment is missing")
    return packet


def transcode(frames: Any, parser: Any, other: Any, namespace: str | None = None) -> Any:
    """Frames of one parser in another's form, or for another namespace."""
    packet = decoded(frames, parser)
    return frames_of(other, packet if namespace is None else packet._replace(namespace=namespace))


def target_group(namespace: str, rooms: Sequence[str], secret: Any, flags: Any) -> Any:
    """The group that a message goes to: the room's if it is for one, else the namespace's.

    A sid is nobody's group. One that is known to be a sid, whatever it looks like, has the flag ``alone``.
    """
    if "alone" in flags:
        return group_name(namespace)
    if len(rooms) == 1 and is_user_room(rooms[0]):
        return group_name(EVERYWHERE, rooms[0])
    if is_many(namespace):
        return EVERY_HUB
    return group_name(namespace, rooms[0] if len(rooms) == 1 and not is_sid(rooms[0], secret) else None)


def envelope(kind: Any) -> Any:
    """What every message between hubs has."""
    return {"type": kind, "origin": process_token(), "version": VERSION}


def layer_message(
    namespace: str,
    body: Any,
    parser: Any,
    rooms: Sequence[str],
    excepted: Sequence[str],
    flags: Any,
    kind: Any = "socketio.broadcast",
) -> Any:
    """What hubs send each other. Only str, bytes, lists and booleans, so that any layer can carry it."""
    return {
        **envelope(kind),
        "namespace": namespace,
        "body": portable(body) if isinstance(body, tuple | list) else body,
        "parser": parser,
        "rooms": portable(rooms),
        "except": portable(excepted),
        "volatile": bool(flags.get("volatile")),
    }


def read_layer_message(message: Message, parser: Any, parser_called: Any) -> Any:
    """Namespace, body, rooms, excepted and flags of a layer message, its frames in the form of ``parser``.

    ``parser_called(name)`` is asked for the one that another hub has used.
    Raises ``KeyError``, ``TypeError``, ``ValueError`` or ``PacketError`` for what is no such message.
    """
    body = message["body"]
    if type(body) is not BODIES[message["type"]] or (isinstance(body, list) and not body):
        raise ValueError("not a message between hubs")
    rooms, excepted = names_in(message["rooms"]), names_in(message["except"])
    if type(message["namespace"]) is not str:
        raise ValueError("names are strings")
    if message["type"] == "socketio.leave":
        body = names_in(body)
    if message["type"] != "socketio.disconnect" and not _all(KINDS.get(message["type"], (str, bytes)), body):
        raise ValueError("frames are strings or bytes, names are strings")
    if message["type"] == "socketio.broadcast" and message["parser"] != parser.name:
        body = transcode(body, parser_called(message["parser"]), parser)
    return message["namespace"], body, rooms, excepted, {"volatile": message["volatile"]}


def portable(names: Any) -> Any:
    """Names as any layer can carry them: a client can put a lone surrogate into one, and UTF-8 has no form for it."""
    return [
        name if type(name) is not str or _is_utf8(name) else name.encode("utf-8", "surrogatepass") for name in names
    ]


def _is_utf8(name: str) -> bool:
    if isinstance(name, bytes) or name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def names_in(value: Any) -> Any:
    """The names again. Raises ``ValueError`` for what is no list of names."""
    if type(value) is not list or not _all((str, bytes), value):
        raise ValueError("names are strings")
    return [name if isinstance(name, str) else name.decode("utf-8", "surrogatepass") for name in value]


def _all(kinds: Any, values: Any) -> bool:
    for value in values:  # a third of the time of all()
        if not isinstance(value, kinds):
            return False
    return True


def size_of(body: Any) -> Any:
    """The bytes of frames and names, in lists of lists too; what else is there has none."""
    return sum(len(item) if isinstance(item, str | bytes) else size_of(item) for item in body if _sized(item))


def _sized(item: Any) -> bool:
    return isinstance(item, str | bytes | list)
