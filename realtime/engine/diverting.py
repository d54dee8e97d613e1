"""A socket some of whose events do not wait for the application: they are its at once, past the inbox."""

from .socket import GONE, Socket


class Diverting(Socket):
    """What ``socketio.divert`` makes of a socket. A class of its own, so that all others pay nothing for it."""

    __slots__ = ()

    def event(self, packet, size):
        """An event; the application may take it at once, or say what to put into the inbox in its place."""
        if self.state is GONE or packet.data[0] not in self._diverted["events"]:
            return super().event(packet, size)
        name, *args = packet.data
        message = {"type": "socketio.event", "event": name, "args": args, "id": packet.id}
        instead = self._diverted["receive"](message)
        if isinstance(instead, dict):
            super().event(packet._replace(data=[instead["event"], *instead["args"]]), size)
        elif packet.id is not None:
            self._ack({"id": packet.id, "args": instead})

    def gone(self, reason):
        super().gone(reason)
        self._let_go(reason)

    def refuse(self, message, data=None):
        super().refuse(message, data)
        self._let_go("refused")

    def _let_go(self, reason):
        if self._diverted["events"]:
            diverted, self._diverted = self._diverted, {"events": ()}
            diverted["receive"]({"type": "socketio.disconnect", "reason": reason})
