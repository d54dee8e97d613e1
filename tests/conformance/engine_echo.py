"""The engine alone, echoing every message: what the official Engine.IO suites (revisions 3 and 4) are run against.

``daphne tests.conformance.engine_echo:application``, or the same with uvicorn. Needs no Django settings.
"""

from realtime.engine import Engine
from realtime.options import Options


class Echo:
    """Sends every message back as it came, text as text and binary as binary."""

    def __init__(self, client):
        self.client = client

    def message(self, data):
        self.client.send(data)

    def closed(self, reason):
        pass


def make(path="/engine.io/", **options):
    """An ASGI application that is an echoing engine at ``path``, with any option of ``realtime.options.Options``."""
    return Engine(Echo, Options(path=path, **options))


application = make(ping_interval=0.3, ping_timeout=0.2)
