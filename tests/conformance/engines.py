"""An engine for each set of options that the tests look at."""

import asyncio

from realtime.engine import Engine
from realtime.options import Options
from tests.conformance.reasons import REASONS


class Scripted:
    """Echoes, except for messages that begin with "!", which are orders."""

    def __init__(self, client):
        self.client, self.name = client, None

    def message(self, data):
        if isinstance(data, str) and data[:1] == "!":
            order, *words = data[1:].split(" ")
            return getattr(self, f"order_{order}")(*words)
        self.client.send(data)

    def closed(self, reason):
        REASONS.tell(self.name, reason)

    def order_name(self, name):
        """Remember who this is, so that a test can ask for the reason of its end."""
        self.name = name

    def order_say(self, *words):
        for word in words:
            self.client.send(word)

    def order_bye(self, *words):
        self.order_say(*words)
        self.client.close()

    def order_later(self, *words):
        asyncio.get_running_loop().call_later(0.1, self.order_say, *words)

    def order_leave(self):
        asyncio.get_running_loop().call_later(0.1, self.client.close)


async def number(scope):
    return f"async-{next(numbers)}"


def broken(scope):
    raise RuntimeError("no more ids")


def first_header(headers, scope):
    headers.append((b"x-first", b"yes"))


def every_header(headers, scope):
    headers.append((b"x-every", b"yes"))


numbers = iter(range(10**9))
GOOD = "http://good.example"
VARIANTS = {
    "engine.io": {},
    "fast": {"ping_interval": 0.3, "ping_timeout": 0.7},
    "late": {"ping_interval": 1.0, "ping_timeout": 0.5},
    "v4only": {"allow_eio3": False},
    "polling-only": {"transports": ["polling"]},
    "websocket-only": {"transports": ["websocket"]},
    "no-upgrades": {"allow_upgrades": False},
    "no-slash": {"add_trailing_slash": False},
    "hello": {"initial_packet": "faster!"},
    "cookie": {"cookie": True},
    "cookie-name": {"cookie": "sticky"},
    "cookie-path": {"cookie": {"name": "io", "path": "/custom", "same_site": "Strict"}},
    "cookie-bare": {"cookie": {"name": "io", "path": False, "http_only": False}},
    "small": {"max_http_buffer_size": 1000},
    "uncompressed": {"http_compression": False},
    "compress-all": {"http_compression": {"threshold": 0}},
    "refusing": {"allow_request": lambda scope: "Thou shall not pass"},
    "refusing-mutely": {"allow_request": lambda scope: False},
    "ids": {"generate_id": lambda scope: f"sync-{next(numbers)}"},
    "async-ids": {"generate_id": number},
    "broken-ids": {"generate_id": broken},
    "jsonp": {"jsonp": True},
    "impatient": {"upgrade_timeout": 0.3, "close_timeout": 0.3, "body_timeout": 0.3},
    "quick": {"ping_interval": 0.3, "ping_timeout": 0.2, "upgrade_timeout": 2},
    "headers": {"initial_headers": first_header, "headers": every_header},
    "cors": {"cors_allowed_origins": [GOOD], "cors_allow_credentials": True},
    "cors-any": {"cors_allowed_origins": "*"},
    "cors-full": {
        "cors_allowed_origins": [GOOD],
        "cors_allow_credentials": True,
        "cors_allow_methods": ["GET", "POST"],
        "cors_allow_headers": ["X-Asked"],
        "cors_expose_headers": ["X-Shown"],
        "cors_preflight_max_age": 123,
        "cors_preflight_status": 200,
    },
}


def engines():
    """The engines by the first segment of their path."""
    return {name: Engine(Scripted, Options(path=f"/{name}/", **more)) for name, more in VARIANTS.items()}
