"""Streams for a consumer: they arrive as arguments, and are sent as arguments."""

from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from realtime.exceptions import EventError
from realtime.handlers import refuse_reserved
from realtime.logs import about_scope
from realtime.streams.stream import Stream, StreamError
from realtime.streams.wire import EVENTS, Refused, Wire
from realtime.types import Message, Receive, Scope, Send

_handled: ContextVar[Any] = ContextVar("realtime.streams")  # the arguments of the event that is being handled


if TYPE_CHECKING:
    from realtime.dispatch import Dispatcher as Base
else:
    Base = object


class StreamsMixin(Base):
    """Before ``NamespaceConsumer`` among the bases of a class whose clients use ``socket.io-stream``.

    A stream that a client sends arrives as a ``Stream``. One made by ``create_stream`` goes out as an argument of
    ``emit`` and ``call`` to this client, or in an ack. The events of the wire never come to a handler.
    """

    _wire: Wire  # from the call on

    def __init_subclass__(cls: Any, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        taken = EVENTS & cls._registry.events.keys() if hasattr(cls, "_registry") else ()
        if taken:
            raise TypeError(f"{cls.__qualname__}: {min(taken)!r} is an event of the streams, choose another name.")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._wire = wire = Wire(send, scope.get("limits") or {}, about_scope(scope))

        async def receive_event() -> Message:
            while True:
                got = await receive()
                message: Message | None = got
                if got["type"] == "socketio.event" and got["event"] in EVENTS:
                    message = await self._late(got, send)
                if message is not None:
                    _handled.set(message.get("args", ()) if wire.open else ())
                    return message

        async def send_streams(message: Message) -> Any:
            if message["type"] == "socketio.ack":
                message = {**message, "args": wire.encode(message["args"], [])}
            return await send(message)

        await send({"type": "socketio.divert", "events": EVENTS, "receive": wire.receive})
        try:
            await super().__call__(scope, receive_event, send_streams)
        finally:
            wire.cut_off()

    async def _late(self, message: Message, send: Send) -> Message | None:
        """An event of the wire that was there before this call; all later ones are diverted."""
        instead = self._wire.receive(message)
        if isinstance(instead, dict):
            return instead
        if message["id"] is not None:
            await send({"type": "socketio.ack", "id": message["id"], "args": instead})
        return None

    def create_stream(self, allow_half_open: bool = False) -> Stream:
        """A new stream to this client, to be sent as an argument; what is written waits until the client reads."""
        return Stream(self._wire, allow_half_open=allow_half_open)

    async def _emit(self, event: str, args: Any, flags: dict[str, Any]) -> None:
        await super()._emit(*self._announced(event, args), flags)

    async def _call(self, event: str, args: Any, flags: dict[str, Any], timeout: float | None) -> Any:
        answer = await super()._call(*self._announced(event, args), flags, timeout)
        try:
            if isinstance(answer, tuple):
                return tuple(self._wire.decode(list(answer), []))
            return self._wire.decode(answer, [])
        except Refused as refusal:
            raise StreamError(str(refusal), code="stream_refused") from None

    def _announced(self, event: str, args: Any) -> tuple[str, Any]:
        """The event and arguments as the wire has them: events with streams in them are one of its own."""
        refuse_reserved(event)
        sent: list[Stream] = []
        encoded = self._wire.encode(args, sent)
        return ("$stream", (event, *encoded)) if sent else (event, args)

    # -- handlers that fail ---------------------------------------------------------------------------------

    async def _answer(self, id: int | None, error: EventError) -> None:
        await super()._answer(id, error)
        # Nobody is left who would read them, and the client would wait.
        for stream in _streams(_handled.get(())):
            if stream.id in self._wire.open:
                await stream.abort(error.message if isinstance(error, EventError) else "Internal error")


def _streams(value: Any) -> Iterator[Stream]:
    if isinstance(value, Stream):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _streams(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _streams(item)
