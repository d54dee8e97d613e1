"""Our engine without Socket.IO on top: every message goes back to its sender."""

from realtime.engine import Engine
from realtime.options import Options


class Echo:
    """The handler of one client."""

    __slots__ = ("client",)

    def __init__(self, client):
        self.client = client

    def message(self, data):
        self.client.send(data)

    def closed(self, reason):
        pass


application = Engine(Echo, Options())
