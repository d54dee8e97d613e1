"""What is written into Redis: MessagePack with a seal, so that whoever can write there cannot speak for us. Pure.

Nothing is unpickled. What has no seal of ours, or another form, is ``ValueError``.
"""

import hmac
from hashlib import blake2b
from typing import Any

import msgpack

from .entry import Entry
from .session import Session

VERSION = 1
SEAL = 16  # bytes


class Sealer:
    """Packs and unpacks with one key, that of the project."""

    def __init__(self, secret: bytes) -> None:
        self._key = blake2b(b"recovery", key=secret[:64]).digest()

    def seal(self, value: Any) -> bytes:
        """Bytes for anything of MessagePack. Raises ``TypeError``, ``ValueError`` or ``OverflowError`` for others."""
        packed: bytes = msgpack.packb(value, use_bin_type=True, unicode_errors="surrogatepass")
        return self._seal_of(packed) + packed

    def _seal_of(self, packed: bytes) -> bytes:
        return blake2b(packed, key=self._key, digest_size=SEAL).digest()

    def open(self, sealed: Any) -> Any:
        """The value; ``ValueError`` for what is not ours."""
        if not isinstance(sealed, bytes) or not hmac.compare_digest(sealed[:SEAL], self._seal_of(sealed[SEAL:])):
            raise ValueError("no seal of ours")
        try:
            return msgpack.unpackb(sealed[SEAL:], strict_map_key=False, unicode_errors="surrogatepass")
        except Exception as error:
            raise ValueError("not packed by us") from error

    def name_of(self, pid: str) -> str:
        """The name under which a session is kept. Who reads it does not know the secret."""
        return blake2b(pid.encode(errors="surrogatepass"), key=self._key, digest_size=16).hexdigest()


# -- entries ----------------------------------------------------------------------------------------------------


def entry_record(kind: str, entry: Entry, parser: str, again: bool = False) -> list[Any]:
    """An entry as it is sealed. ``kind``: "event", "evict" (``rooms``: the socket, and which claim) or "mark"."""
    return [
        VERSION, kind, entry.origin, entry.number, again, parser, entry.namespace, list(entry.frames),
        list(entry.rooms), list(entry.excepted), entry.compress,
    ]  # fmt: skip


def read_entry(record: Any) -> tuple[str, bool, str, Entry]:
    """Kind, whether it was written before, the parser's name, and the entry. ``ValueError`` for another form."""
    try:
        version, kind, origin, number, again, parser, namespace, frames, rooms, excepted, compress = record
    except (TypeError, ValueError):
        raise ValueError("no entry") from None
    words = [kind, origin, parser, namespace]
    if version != VERSION or type(number) is not int or type(again) is not bool or type(compress) is not bool:
        raise ValueError("an entry of another version")
    if not all(type(many) is list for many in (frames, rooms, excepted)):
        raise ValueError("no entry")
    if not all(isinstance(word, str) for word in (*words, *rooms, *excepted)):
        raise ValueError("names are strings")
    if not all(isinstance(frame, str | bytes) for frame in frames) or (kind == "event" and not frames):
        raise ValueError("frames are strings or bytes")
    return kind, again, parser, Entry(namespace, frames, rooms, excepted, compress, origin, number)


# -- sessions ---------------------------------------------------------------------------------------------------

PLAIN = (
    "sid", "namespace", "identity", "user", "past", "rooms", "since", "entered", "floor", "ahead", "claims", "data",
)  # fmt: skip


def session_record(session: Session, epoch: str, owner: str) -> dict[str, Any]:
    """A session as it is sealed."""
    return {"version": VERSION, "epoch": epoch, "owner": owner} | {name: getattr(session, name) for name in PLAIN}


def read_session(record: Any, pid: str, epoch: str) -> Session:
    """A session; ``ValueError`` for another form. What it says of positions holds in its epoch only."""
    if type(record) is not dict or record.get("version") != VERSION:
        raise ValueError("no session")
    session = Session(record["sid"], record["namespace"], record["identity"], tuple(record["entered"]), record["data"])
    session.pid, session.user = pid, record["user"]
    session.since = record["since"] and tuple(record["since"])
    session.floor = tuple(record["floor"])
    session.rooms = {room: tuple(since) for room, since in record["rooms"].items()}
    session.past = [(room, tuple(since), tuple(until)) for room, since, until in record["past"]]
    session.ahead, session.claims = tuple(record["ahead"]), int(record["claims"])
    if record["epoch"] != epoch:
        session.restart()
    return session
