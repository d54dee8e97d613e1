"""What one node asks all the others, and what each answers, in parts of bounded size."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..messages import decoded, envelope, event_packet, frames_of, names_in, portable, size_of
from .peers import NAME, is_node

REQUEST, ANSWER = "socketio.request", "socketio.answer"
DEEDS = ("fetch", "call", "tell", "join")
LONGEST = 3600.0  # seconds that somebody else may let clients take to acknowledge
PART = 64_000  # bytes of a part, or one item that is larger


class Request(NamedTuple):
    """What is asked for. ``frames``: an event for ``call`` and ``tell``, rooms for ``join``. ``guest``: the asker is no
    node itself.
    """

    id: str
    node: str
    deed: str
    namespace: str
    frames: list[Any]
    parser: str
    rooms: Sequence[str]
    excepted: Sequence[str]
    volatile: bool
    timeout: float
    guest: bool


class Answer(NamedTuple):
    """A part of what one node answers. ``peers``: other nodes that it knows, as ``[id, name, id, name, ...]``."""

    id: str
    node: str
    name: str
    items: list[Any]
    parser: str
    last: bool
    failed: bool
    peers: list[str]


# What messages have: the name and the type of each. Frames and items are looked into where they are decoded.
_REQUEST = {
    "id": str, "node": str, "deed": str, "namespace": str, "frames": list, "parser": str, "rooms": list,
    "excepted": list, "volatile": bool, "timeout": float, "guest": bool,
}  # fmt: skip
_NAMES = ("rooms", "excepted", "frames")
_ANSWER = {
    "id": str, "node": str, "name": str, "items": list, "parser": str, "last": bool, "failed": bool, "peers": list,
}  # fmt: skip


def new_id() -> str:
    """The id of a request, or of a guest."""
    return secrets.token_hex(12)


def message_of(said: Request | Answer) -> dict[str, Any]:
    """As it goes through the layer."""
    kind = REQUEST if isinstance(said, Request) else ANSWER
    return {**envelope(kind), **{name: item if name not in _NAMES else portable(item) for name, item in _items(said)}}


def _items(said: Request | Answer) -> Iterable[tuple[str, Any]]:
    return said._asdict().items()


def read_request(message: dict[str, Any]) -> Request:
    """Raises ``KeyError`` or ``ValueError`` for what is no request."""
    request = Request(**_typed(message, _REQUEST))
    if not (is_node(request.node) and request.deed in DEEDS and 0 <= request.timeout <= LONGEST):
        raise ValueError("not a request of a node")
    if not _frames(request.frames):
        raise ValueError("frames are strings or bytes")
    frames = names_in(request.frames) if request.deed == "join" else request.frames
    return request._replace(frames=frames, rooms=names_in(request.rooms), excepted=names_in(request.excepted))


def read_answer(message: dict[str, Any]) -> Answer:
    """Raises ``KeyError`` or ``ValueError`` for what is no answer."""
    answer = Answer(**_typed(message, _ANSWER))
    if not (is_node(answer.node) and len(answer.name) <= NAME and _strings(answer.peers)):
        raise ValueError("not an answer of a node")
    if len(answer.peers) % 2 or not all(map(is_node, answer.peers[::2])):
        raise ValueError("peers are ids and names")
    if not all(type(item) is list and _frames(item) for item in answer.items):
        raise ValueError("an item is frames")
    return answer


def _typed(message: dict[str, Any], types: dict[str, type]) -> dict[str, Any]:
    values = {name: message[name] for name in types}
    if any(type(value) is not types[name] for name, value in values.items()):
        raise ValueError("a field has another type")
    return values


def _strings(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _frames(values: list[Any]) -> bool:
    return all(isinstance(value, str | bytes) for value in values)


# -- values ---------------------------------------------------------------------------------------------------


def packed(value: Any, parser: Any) -> list[Any]:
    """A value as frames. Raises ``EncodeError`` for what cannot travel."""
    frames: list[Any] = frames_of(parser, event_packet("/", ["item", value]))
    return frames


def unpacked(frames: list[Any], parser: Any) -> Any:
    """The value again. Raises ``PacketError`` or ``ValueError``."""
    data = decoded(frames, parser).data
    if len(data) != 2:
        raise ValueError("an item is one value")
    return data[1]


def in_parts(items: Iterable[list[Any]]) -> Iterator[tuple[list[Any], bool]]:
    """Items in parts, at least one, each with whether it is the last."""
    part: list[Any] = []
    size = 0
    for item in items:
        if part and size + size_of(item) > PART:
            yield part, False
            part, size = [], 0
        part.append(item)
        size += size_of(item)
    yield part, True
