"""The streams of one socket, by their ids: ``$stream``, ``$stream-read``, ``-write``, ``-end`` and ``-error``."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from realtime.metrics import count
from realtime.streams.stream import Stream
from realtime.types import Message, Send

logger = logging.getLogger("realtime.streams")

EVENTS = frozenset(["$stream", "$stream-read", "$stream-write", "$stream-end", "$stream-error"])
LONGEST_ID = 100
MARK = "$stream"
REMEMBERED = 100  # ends that came before the acknowledgement in which their streams were


Answer = list[Any] | Message | None  # the arguments of an ack, or the event to handle instead


class Refused(Exception):
    """An announcement that cannot be; its text is for the client."""


class Wire:
    """Reads and writes the events of streams.

    ``send`` is that of the application call, ``limits`` of its scope, ``about`` the fields of its log records.
    """

    def __init__(self, send: Send, limits: dict[str, Any], about: dict[str, Any]) -> None:
        self._send, self._about = send, about
        self._most = limits.get("max_streams", 100)
        self._largest = limits.get("max_stream_chunk", 1_000_000)
        self.open: dict[str, Stream] = {}  # by id
        self._early: deque[str] = deque(maxlen=REMEMBERED)
        self._tasks: set[asyncio.Task[None]] = set()
        self._gone = False

    # -- out ------------------------------------------------------------------------------------------------

    async def emit(self, event: str, *args: Any) -> None:
        await self._send({"type": "socketio.emit", "event": event, "args": args, "flags": {}})

    async def call(self, event: str, *args: Any) -> Any:
        """The arguments of the client's acknowledgement."""
        return await self._send({"type": "socketio.call", "event": event, "args": args, "flags": {}, "timeout": None})

    def say(self, event: str, *args: Any) -> None:
        """``emit`` for where nobody can wait."""
        task = asyncio.get_running_loop().create_task(self.emit(event, *args))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def settle(self, stream: Stream) -> None:
        """Forgets a stream that is over."""
        if stream._error is not None or (stream._ended and (stream._at_end or not stream.allow_half_open)):
            if self.open.get(stream.id) is stream:
                del self.open[stream.id]

    def encode(self, value: Any, sent: list[Stream]) -> Any:
        """``value`` with the streams in it as the wire has them; they are added to the list ``sent``."""
        if isinstance(value, Stream):
            sent.append(value)
            return self._announce(value)
        if isinstance(value, list | tuple):
            return [self.encode(item, sent) for item in value]
        if isinstance(value, dict):
            return {key: self.encode(item, sent) for key, item in value.items()}
        return value

    def _announce(self, stream: Stream) -> dict[str, Any]:
        if stream.id in self.open or stream.closed or stream._wire is not self:
            raise ValueError("this stream has been sent already, or is another socket's")
        if self._gone:
            stream.cut_off()
        else:
            self.open[stream.id] = stream
            count("streams_opened")
        return {MARK: stream.id, **({"options": {"allowHalfOpen": True}} if stream.allow_half_open else {})}

    # -- in -------------------------------------------------------------------------------------------------

    def receive(self, message: Message) -> Answer:
        """One of ``EVENTS``, or the disconnect: what to acknowledge it with, or the event to handle in its place."""
        if message["type"] == "socketio.disconnect":
            self.cut_off()
            return None
        event, args = message["event"], message["args"]
        if event == MARK:
            return self._announced(message, args)
        id, *rest = args if args and isinstance(args[0], str) else [""]
        stream = self.open.get(id)
        return _DEEDS[event](self, id[:LONGEST_ID], stream, rest)

    def _announced(self, message: Message, args: list[Any]) -> Answer:
        if not args or not isinstance(args[0], str) or args[0] in EVENTS:
            return [{"error": {"code": "bad_arguments", "message": "a stream needs the name of an event"}}]
        made: list[Stream] = []
        try:
            return {**message, "event": args[0], "args": self.decode(args[1:], made)}
        except Refused as refusal:
            count("streams_refused")
            for stream in made:
                stream.break_off(str(refusal))
                self.say("$stream-error", stream.id, str(refusal))
            return [{"error": {"code": "stream_refused", "message": str(refusal)}}]

    def decode(self, value: Any, made: list[Stream]) -> Any:
        """``value`` with a ``Stream`` wherever the client has announced one; they are added to the list ``made``."""
        if isinstance(value, dict):
            if value.get(MARK):
                return self._accept(value, made)
            return {key: self.decode(item, made) for key, item in value.items()}
        if isinstance(value, list):
            return [self.decode(item, made) for item in value]
        return value

    def _accept(self, value: dict[str, Any], made: list[Stream]) -> Stream:
        id, options = value[MARK], value.get("options")
        if not isinstance(id, str) or len(id) > LONGEST_ID:
            raise Refused("expected the id of a stream")
        if id in self.open:
            self.say("$stream-error", id, f"Decoded stream already exists: {id}")
            raise Refused(f"Decoded stream already exists: {id}")
        stream = Stream(self, id, isinstance(options, dict) and options.get("allowHalfOpen") is True)
        if len(self.open) >= self._most:
            self.say("$stream-error", id, "Too many streams")
            raise Refused("Too many streams")
        made.append(stream)
        count("streams_opened")
        if self._gone:
            stream.cut_off()
            return stream
        self.open[id] = stream
        if id in self._early:
            self._early.remove(id)
            stream.finish()
        return stream

    def _asked(self, id: str, stream: Stream | None, rest: list[Any]) -> list[Any]:
        if stream is not None:
            stream.credit()
        return []

    def _written(self, id: str, stream: Stream | None, rest: list[Any]) -> list[Any]:
        if stream is None:
            return [f"invalid stream id: {id}"]
        chunk, encoding = (*rest, None, None)[:2]
        problem = stream.take(chunk, encoding, self._largest)
        if problem is None:
            return []
        count("streams_broken")
        logger.info("stream broken off: %s", problem, extra=self._about)
        stream.break_off(problem)
        self.say("$stream-error", id, problem)
        return [problem]

    def _ended(self, id: str, stream: Stream | None, rest: list[Any]) -> list[Any]:
        if stream is not None:
            stream.finish()
        elif id:
            self._early.append(id)
        return []

    def _failed(self, id: str, stream: Stream | None, rest: list[Any]) -> list[Any]:
        if stream is not None:
            message = rest[0] if rest and isinstance(rest[0], str) else "error"
            stream.break_off(message[:1000])
        return []

    # -- the end --------------------------------------------------------------------------------------------

    def cut_off(self) -> None:
        """The client has left: every stream is over."""
        self._gone = True
        count("streams_aborted", len(self.open))
        for stream in list(self.open.values()):
            stream.cut_off()
        self._early.clear()


_DEEDS: dict[str, Callable[[Wire, str, Stream | None, list[Any]], list[Any]]] = {
    "$stream-read": Wire._asked,
    "$stream-write": Wire._written,
    "$stream-end": Wire._ended,
    "$stream-error": Wire._failed,
}
