"""``manage.py socketio_serve``: the project under daphne, with a graceful end and back-pressure."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = (
        "Serves ASGI_APPLICATION with daphne, whose options it takes. At SIGTERM clients are let go a few at a time, "
        "and come back to another process; slow clients and large bodies cost no memory."
    )

    requires_system_checks = []  # as daphne: a server starts, and `check --deploy` is asked before

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        self.command_line = _command_line()
        options = {"parents": [self.command_line.parser], "conflict_handler": "resolve", **kwargs}
        return super().create_parser(prog_name, subcommand, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        if not (options["application"] or getattr(settings, "ASGI_APPLICATION", None)):
            raise CommandError(
                "there is nothing to serve: expected ASGI_APPLICATION in settings.py, such as 'shop.asgi.application'"
            )
        self.command_line.serve(options)


def _command_line() -> Any:
    try:
        from realtime.servers.daphne.cli import CommandLine
    except ImportError as error:
        raise CommandError(f'{error}: python -m pip install "socketio-django[daphne]"') from None
    return CommandLine()
