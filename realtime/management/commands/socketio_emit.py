"""``manage.py socketio_emit /chat announcement '"hi"' --to lobby``: says something to sockets, from anywhere."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from realtime import namespace, user
from realtime.exceptions import AckTimeout, RealtimeError


class Command(BaseCommand):
    requires_system_checks = []  # a machine without servers may lack what only they need
    help = (
        "Emits an event to the sockets of a namespace, in whatever processes they are. The arguments of the event are"
        " JSON, each a word of the shell: 7 '\"text\"' '{\"a\": [1, null]}'; with --text they are plain text."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("namespace", help="such as /chat; / is the main one, and '*' all of a --user")
        parser.add_argument("event")
        parser.add_argument("arguments", nargs="*", metavar="argument", help="JSON, unless --text")
        parser.add_argument("--to", action="append", default=[], metavar="ROOM", help="only this room; may be repeated")
        parser.add_argument("--user", action="append", default=[], metavar="PK", help="only this user; may be repeated")
        parser.add_argument(
            "--except", action="append", default=[], metavar="ROOM", dest="excepted", help="not this room"
        )
        parser.add_argument("--text", action="store_true", help="the arguments are text as they stand")
        parser.add_argument("--call", action="store_true", help="ask for acknowledgements and print them, one a line")
        parser.add_argument("--timeout", type=float, default=10.0, help="seconds for --call (10)")

    def handle(self, *args: Any, event: str, text: bool, call: bool, timeout: float, **options: Any) -> None:
        target = self.target(**options)
        arguments = [given if text else decoded(given) for given in options["arguments"]]
        try:
            if not call:
                target.emit(event, *arguments)
            else:
                self.show(target.call(event, *arguments, timeout=timeout))
        except AckTimeout as late:
            self.show(late.responses)
            raise CommandError(str(late)) from late
        except (RealtimeError, ValueError) as error:
            raise CommandError(str(error)) from error

    def target(self, *, namespace: str, to: list[str], user: list[str], excepted: list[str], **options: Any) -> Any:
        """The operator that the options describe."""
        if namespace == "*":
            return self.everywhere(to, user, excepted)
        operator = _namespace(namespace).to(*to).except_(*excepted)
        for pk in user:
            operator = operator.user(pk)
        return operator

    def everywhere(self, to: list[str], users: list[str], excepted: list[str]) -> Any:
        if to or len(users) != 1:
            raise CommandError("the namespace * is for one --user, in all namespaces, and for no --to")
        return _user(users[0]).except_(*excepted)

    def show(self, answers: list[Any]) -> None:
        for answer in answers:
            self.stdout.write(json.dumps(answer, default=str))


_namespace, _user = namespace, user  # the command's arguments have these names


def decoded(text: str) -> Any:
    """The value of a JSON argument."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise CommandError(f"not JSON: {text} (text needs quotes of its own: '\"{text}\"', or --text)") from error
