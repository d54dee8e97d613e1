"""daphne's command line around our server."""

import argparse
from functools import partial
from typing import Any

from daphne.cli import CommandLineInterface
from django.conf import settings

from ... import conf
from .server import Server


class CommandLine(CommandLineInterface):
    """daphne's options; the application may be left out, and is then ``ASGI_APPLICATION``.

    Websocket messages may be as large as ``MAX_HTTP_BUFFER_SIZE`` says.
    """

    server_class: Any = Server

    def __init__(self) -> None:
        super().__init__()
        for action in self.parser._actions:
            if action.dest == "application":
                action.nargs = "?"
            elif action.dest == "help":
                action.help = argparse.SUPPRESS
            elif action.dest in ("websocket_max_message_size", "websocket_max_frame_size"):
                action.default = max(action.default, conf.options().max_http_buffer_size)
        self.parser.add_argument(
            "--per-message-deflate", action="store_true", help="compress websocket messages from 1,024 bytes"
        )

    def load_asgi_app(self, asgi_app_path: Any) -> Any:
        """``"shop.asgi:application"``, or None."""
        if asgi_app_path is None:
            module, _, name = settings.ASGI_APPLICATION.rpartition(".")
            asgi_app_path = f"{module}:{name}"
        return super().load_asgi_app(asgi_app_path)

    def serve(self, options: dict[str, Any]) -> None:
        """Serves until the process is told to stop; ``options`` are those of the parser, already read."""
        self.server_class = partial(Server, per_message_deflate=options.pop("per_message_deflate"))
        self.parser.parse_args = lambda args: argparse.Namespace(**options)
        self.run([])
