"""The flags of one socket: ``self.volatile``, ``self.compress(False)``, ``self.timeout(5)`` on a consumer."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .protocols import Target


class SocketOperator:
    """The consumer's own socket with flags, as ``self.volatile`` gives it. Each method returns another operator.

    ``to``, ``in_``, ``to_user``, ``except_``, ``broadcast`` and ``local`` turn to the others, and take the flags along.
    """

    __slots__ = ("_consumer", "_flags", "_timeout")

    def __init__(self, consumer: Any, flags: dict[str, Any], timeout: float | None = None) -> None:
        self._consumer, self._flags, self._timeout = consumer, flags, timeout

    def _with(self, **flags: Any) -> "SocketOperator":
        return SocketOperator(self._consumer, self._flags | flags, self._timeout)

    @property
    def volatile(self) -> "SocketOperator":
        """May be lost if the client is not ready to receive."""
        return self._with(volatile=True)

    def compress(self, compress: bool) -> "SocketOperator":
        """Whether an HTTP answer may be compressed for it."""
        return self._with(compress=bool(compress))

    def timeout(self, seconds: float) -> "SocketOperator":
        """How long ``call`` waits."""
        return SocketOperator(self._consumer, self._flags, seconds)

    def to(self, *rooms: Any) -> "Target":
        """The others in these rooms."""
        return self._flagged(self._consumer.to(*rooms))

    in_ = to

    def to_user(self, user_or_pk: Any) -> "Target":
        """The sockets of a user, less this one."""
        return self._flagged(self._consumer.to_user(user_or_pk))

    def except_(self, *rooms: Any) -> "Target":
        """The others that are in none of these rooms."""
        return self._flagged(self._consumer.except_(*rooms))

    @property
    def broadcast(self) -> "Target":
        """All others in the namespace."""
        return self._flagged(self._consumer.broadcast)

    @property
    def local(self) -> "Target":
        """All others of this process."""
        return self._flagged(self._consumer.local)

    def _flagged(self, operator: "Target") -> "Target":
        operator = operator.volatile if "volatile" in self._flags else operator
        operator = operator.compress(self._flags["compress"]) if "compress" in self._flags else operator
        return operator if self._timeout is None else operator.timeout(self._timeout)

    async def emit(self, event: str, *args: Any) -> None:
        """As ``NamespaceConsumer.emit``, with the flags."""
        await self._consumer._emit(event, args, self._flags)

    async def call(self, event: str, *args: Any, timeout: float | None = None) -> Any:
        """As ``NamespaceConsumer.call``, with the flags."""
        seconds = self._timeout if timeout is None else timeout
        return await self._consumer._call(event, args, self._flags, seconds)
