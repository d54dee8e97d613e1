"""What a test does with one namespace, whatever brings its packets: say, ask, hear, and look for what was said."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

from realtime.exceptions import AckTimeout, Disconnected
from realtime.operators import one_or_many
from realtime.socketio.packet import Packet, PacketType

WAIT = 5.0  # seconds after which a test that waits for something has failed

Acknowledge = Callable[[int, list[Any]], Awaitable[None]]


class Received(tuple[Any, ...]):
    """An event that came: equal to ``(event, *args)``. ``await ack(*args)`` where an answer is wanted."""

    event: str
    args: list[Any]
    id: int | None
    _acknowledge: Acknowledge

    def __new__(cls, packet: Packet, acknowledge: Acknowledge) -> "Received":
        self = super().__new__(cls, packet.data)
        self.event, self.args, self.id = packet.data[0], packet.data[1:], packet.id
        self._acknowledge = acknowledge
        return self

    async def ack(self, *args: Any) -> None:
        """Acknowledges the event with these arguments. Raises ``RuntimeError`` where nobody waits for it."""
        if self.id is None:
            raise RuntimeError(f"nobody waits for an acknowledgement of {self.event!r}")
        await self._acknowledge(self.id, list(args))


class MemorySocket:
    """One socket of Socket.IO as its client has it.

    Subclasses bring ``_say`` and ``disconnect``, and call ``_arrived``.
    """

    namespace: str
    sid: str | None = None

    def __init__(self) -> None:
        self._packets: asyncio.Queue[Packet] = asyncio.Queue()
        self._aside: deque[Packet] = deque()  # came before what assert_emitted looked for
        self._acks: dict[int, asyncio.Future[list[Any]]] = {}
        self._ids = itertools.count()
        self._gone: str | None = None

    async def emit(self, event: str, *args: Any) -> None:
        """Sends an event. The application handles it in its own time: ``call`` and ``receive`` wait for that."""
        await self._say(PacketType.EVENT, [event, *args])

    async def call(self, event: str, *args: Any, timeout: float = WAIT) -> Any:
        """Sends an event and returns the acknowledgement: None, one value, or a tuple. ``AckTimeout`` without one."""
        number = next(self._ids)
        self._acks[number] = asyncio.get_running_loop().create_future()
        await self._say(PacketType.EVENT, [event, *args], number)
        try:
            return one_or_many(await asyncio.wait_for(self._acks[number], timeout))
        except TimeoutError:
            raise AckTimeout(f"{event!r} was not acknowledged") from None
        finally:
            del self._acks[number]

    async def receive(self, timeout: float = WAIT) -> Received:
        """The next event, as ``Received``. Raises ``TimeoutError``, or ``Disconnected`` after the server's end."""
        packet = await self._next(timeout)
        if packet.type is PacketType.DISCONNECT:
            self._gone = "io server disconnect"
            raise Disconnected(self._gone)
        return self._received(packet)

    async def receive_nothing(self, timeout: float = 0.1) -> bool:
        """Whether nothing comes within ``timeout`` seconds."""
        if self._aside:
            return False
        try:
            packet = await asyncio.wait_for(self._packets.get(), timeout)
        except TimeoutError:
            return True
        self._aside.append(packet)
        return False

    async def assert_emitted(self, event: str, *args: Any, timeout: float = WAIT) -> Received:
        """The first event of this name, and with these arguments if any are given; waits for it.

        Those that come before it are left for ``receive``. Raises ``AssertionError`` that names what came instead.
        """
        wanted, end = (event, *args), time.monotonic() + timeout
        passed: list[Packet] = []
        try:
            while True:
                packet = await self._next(end - time.monotonic())
                passed.append(packet)
                if packet.type is not PacketType.EVENT:
                    break
                if packet.data[0] == event and (not args or tuple(packet.data) == wanted):
                    return self._received(passed.pop())
        except (TimeoutError, Disconnected):
            pass
        finally:
            self._aside.extendleft(reversed(passed))
        came = [tuple(each.data) for each in self._aside if each.type is PacketType.EVENT]
        raise AssertionError(f"{wanted!r} was not emitted; what came: {came!r}")

    async def disconnect(self) -> None:
        """Leaves the namespace."""
        raise NotImplementedError

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._gone is None:
            await self.disconnect()

    # -- the wire -------------------------------------------------------------------------------------------

    async def _say(self, kind: PacketType, data: Any = None, id: int | None = None) -> None:
        raise NotImplementedError

    def _received(self, packet: Packet) -> Received:
        return Received(packet, self._acknowledge)

    async def _acknowledge(self, id: int, args: list[Any]) -> None:
        await self._say(PacketType.ACK, args, id)

    def _arrived(self, packet: Packet) -> None:
        if packet.type is not PacketType.ACK:
            self._packets.put_nowait(packet)
        elif packet.id in self._acks and not self._acks[packet.id].done():
            self._acks[packet.id].set_result(packet.data)

    async def _next(self, timeout: float) -> Packet:
        if self._aside:
            return self._aside.popleft()
        if not self._packets.empty():
            return self._packets.get_nowait()
        if self._gone is not None:
            raise Disconnected(self._gone)
        try:
            return await asyncio.wait_for(self._packets.get(), timeout)
        except TimeoutError:
            raise TimeoutError(f"nothing came within {timeout:g} seconds") from None
