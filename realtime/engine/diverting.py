"""A socket some of whose events do not wait for the application: they are its at once, past the inbox."""

from typing import TYPE_CHECKING, Any

from .delivery import GONE
from .socket import Socket

if TYPE_CHECKING:
    Base = Socket
else:
    Base = object


class Divert(Base):
    """What is different. A class of its own, so that all other sockets pay nothing for it."""

    __slots__ = ()

    def event(self, args: list[Any], id: int | None, size: int) -> Any:
        """An event; the application may take it at once, or say what to put into the inbox in its place."""
        if self.state is GONE or args[0] not in self.diverted["events"]:
            return super().event(args, id, size)
        name, *rest = args
        instead = self.diverted["receive"]({"type": "socketio.event", "event": name, "args": rest, "id": id})
        if isinstance(instead, dict):
            super().event([instead["event"], *instead["args"]], id, size)
        elif id is not None:
            self.acknowledge(id, instead)

    def gone(self, reason: str) -> None:
        super().gone(reason)
        self._let_go(reason)

    def refuse(self, message: str, data: Any = None) -> None:
        super().refuse(message, data)
        self._let_go("refused")

    def _let_go(self, reason: str) -> None:
        if self.diverted["events"]:
            diverted, self.diverted = self.diverted, {"events": ()}
            diverted["receive"]({"type": "socketio.disconnect", "reason": reason})


class Diverting(Divert, Socket):
    """What ``socketio.divert`` makes of a socket."""

    __slots__ = ()
