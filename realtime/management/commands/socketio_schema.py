"""``manage.py socketio_schema``: the project's events as AsyncAPI or TypeScript."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Writes what the namespaces of ASGI_APPLICATION hear and say: an AsyncAPI 3 document, or TypeScript types."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=["asyncapi", "typescript"], default="asyncapi")
        parser.add_argument("--output", help="a file; without it, the text is printed")
        parser.add_argument("--title", help="of the AsyncAPI document; the project's name without it")
        parser.add_argument("--api-version", default="1.0.0", help="of the AsyncAPI document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            from realtime.schema.project import namespaces
            from realtime.schema.types import Types  # noqa: F401 - needs msgspec
        except ImportError as error:
            raise CommandError(f'{error}: python -m pip install "socketio-django[validation]"') from None
        text = self.write(namespaces(), options)
        if options["output"]:
            Path(options["output"]).write_text(text, encoding="utf-8")
        else:
            self.stdout.write(text, ending="")

    def write(self, namespaces: list[Any], options: dict[str, Any]) -> str:
        if options["format"] == "typescript":
            from realtime.schema.typescript import declarations

            return declarations(namespaces)
        from realtime.schema.asyncapi import document

        title = options["title"] or settings.ASGI_APPLICATION.partition(".")[0]
        return json.dumps(document(namespaces, title, options["api_version"]), indent=2, ensure_ascii=False) + "\n"
