"""An entry of a process that has no hub, such as a task worker."""

from collections.abc import Sequence
from typing import Any

from ..exceptions import BroadcastError
from ..logs import because
from .entry import Entry
from .place import connect, failures, place
from .sealed import Sealer, entry_record
from .store import append

PATIENCE = 0.8  # seconds in which the log takes it, or the sender is told that it did not


async def write(
    options: Any,
    secret: Any,
    parser: Any,
    namespace: str,
    frames: Any,
    rooms: Sequence[str],
    excepted: Sequence[str],
    flags: Any,
) -> bool:
    """Writes an event into the log; False if this project has none that other processes could read.

    Raises ``BroadcastError`` if it cannot be reached.
    """
    where = place(options) if options.recovery else None
    if where is None:
        return False
    entry = Entry(namespace, frames, rooms, excepted, flags.get("compress") is not False, "")
    sealed = Sealer(secret).seal(entry_record("event", entry, parser.name))
    client = connect(where, PATIENCE)
    try:
        await append(client, options.recovery, sealed)
    except failures() as error:
        raise BroadcastError(f"the log in Redis could not be reached: {because(error)}") from error
    finally:
        await client.aclose()
    return True
