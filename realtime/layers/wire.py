"""One connection to Redis: no command waits for another, and what was published is told in the call that reads it.

redis-py opens it (addresses, TLS, passwords, Sentinel); hiredis reads what comes.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import hiredis
from redis.exceptions import ConnectionError, ResponseError

from ..logs import because

logger = logging.getLogger("realtime.rooms")

MESSAGE, SUBSCRIBED = b"message", (b"subscribe", b"unsubscribe")
CONNECT_TIMEOUT = 2.0  # seconds
SILENT_LOOKS = 4  # of a connection that is given up
AT_ONCE = 64  # commands that are written together
MAX_UNSENT = 16 * 1024 * 1024  # bytes that Redis has not taken yet
LOST = "the connection to Redis was lost"
NOTHING = object()

Heard = Callable[[bytes, bytes], None]  # is called with a channel and what was published there


class Wire(asyncio.Protocol):
    """``heard`` is told what was published, ``lost`` once when the connection has ended, by whomever.

    Replies come in the order of the commands, and each of our commands has exactly one. So a command is noted when it
    is known that it goes out and not before, a caller who gives up stays in the row, and a reply that nobody waits for
    ends the connection.
    """

    def __init__(self, connection: Any, heard: Heard, lost: Callable[["Wire"], None]) -> None:
        self._heard, self._lost = heard, lost
        self._reader = hiredis.Reader(notEnoughData=NOTHING)
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._loop = asyncio.get_running_loop()
        self._unsent: list[bytes] = []  # of this turn of the loop
        self._silent = 0  # looks since something came
        self._full = False
        self.alive = True
        self.ended = self._loop.create_future()
        # A StreamWriter closes its connection when nobody has it any more.
        self._writer, connection._writer, connection._reader = connection._writer, None, None
        self._transport = self._writer.transport
        self._transport.set_protocol(self)
        self._transport.set_write_buffer_limits(MAX_UNSENT)

    def call(self, *command: Any) -> asyncio.Future[Any]:
        """Sends a command; the future has its reply, ``ResponseError`` if Redis refused, or ``ConnectionError``.

        Raises ``ConnectionError`` if it was not sent, and ``TypeError`` or ``ValueError`` for what cannot be.
        """
        if not self.alive or self._full:
            raise ConnectionError("Redis does not take what is sent" if self.alive else LOST)
        packed = hiredis.pack_command(command)
        if not self._unsent:
            self._loop.call_soon(self._write)
        self._unsent.append(packed)
        if len(self._unsent) >= AT_ONCE:
            self._write()
        future = self._loop.create_future()
        self._waiting.append(future)
        return future

    def _write(self) -> None:
        """What is said in one turn of the loop goes out in one system call, which costs more than all else here."""
        if self._unsent and self.alive:
            self._transport.write(b"".join(self._unsent))
        self._unsent.clear()

    def send(self, *command: Any) -> None:
        """The same for who does not want the reply. What cannot be sent is not."""
        if self.alive and not self._full:
            self.call(*command).add_done_callback(lambda future: future.cancelled() or future.exception())

    def look(self) -> None:
        """Is called now and then. Ends a connection on which nothing came for some calls, not even a pong.

        A loop that stood still may call before it reads, hence not at the first.
        """
        self._silent += 1
        if self._silent >= SILENT_LOOKS:
            self.close()
        elif self._silent == 1:
            self.send(b"PING")

    def close(self) -> None:
        """Ends it at once."""
        self.alive = False
        self._transport.abort()

    # -- asyncio.Protocol -----------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._silent = 0
        reader = self._reader
        try:
            reader.feed(data)
            while (reply := reader.gets()) is not NOTHING:
                if isinstance(reply, list) and reply[0] == MESSAGE:
                    self._heard(reply[1], reply[2])
                elif not isinstance(reply, hiredis.PushNotification) or reply[0] in SUBSCRIBED:
                    self._answered(reply)
        except Exception as error:  # no Redis says so: nothing after it can be trusted
            logger.warning("a connection to Redis is ended, what came over it cannot be read: %s", because(error))
            self.close()

    def _answered(self, reply: Any) -> None:
        if not self._waiting:
            raise ValueError("a reply to no command")
        future = self._waiting.popleft()
        if future.done():  # whoever waited has given up
            return
        if isinstance(reply, hiredis.ReplyError):
            future.set_exception(ResponseError(str(reply)))
        else:
            future.set_result(reply)

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False

    def eof_received(self) -> None:
        self.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.alive = False
        for future in self._waiting:
            if not future.done():
                future.set_exception(ConnectionError(LOST))
        self._waiting.clear()
        self.ended.set_result(None)
        self._lost(self)


async def dial(pool: Any, heard: Heard, lost: Callable[[Wire], None]) -> Wire:
    """A new connection of this pool's kind. Raises what redis-py raises."""
    connection = pool.make_connection()
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            await connection.connect()
            unread = await (getattr(connection, "can_read", None) or connection.can_read_destructive)()
        if unread or connection._writer.transport.is_closing():  # an end is to be read, too
            raise ConnectionError(LOST)
        return Wire(connection, heard, lost)
    except TimeoutError:
        raise ConnectionError("Redis did not answer in time") from None
    finally:
        await connection.disconnect(nowait=True)  # nothing, where it has become a wire
