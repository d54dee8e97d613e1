"""The process of a ``LiveServer``: gets one line of JSON, answers with its port, and ends with its input."""

import json
import logging
import os
import sys
import threading
import time
from importlib import import_module
from typing import Any, TextIO

from . import HOST

GRACE = 10  # seconds


def main() -> None:
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the project prints belongs to the log
    configure(**json.loads(sys.stdin.readline()))
    serve(application(), answer)


def configure(databases: dict[str, dict[str, str]], settings: dict[str, Any]) -> None:
    """Sets Django up as a test runner does, on these databases."""
    import django
    from django.conf import settings as project

    for alias, where in databases.items():
        project.DATABASES.setdefault(alias, {}).update(where)
    project.DEBUG = False
    project.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    for name, value in settings.items():
        setattr(project, name, value)
    project.ALLOWED_HOSTS = [*project.ALLOWED_HOSTS, HOST, "localhost"]
    django.setup()
    logging.basicConfig(level=logging.WARNING)  # Django tells the console of errors only under DEBUG


def application() -> Any:
    """``ASGI_APPLICATION``, with the static files as the development server has them."""
    from django.conf import settings
    from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
    from django.utils.module_loading import import_string

    found = import_string(settings.ASGI_APPLICATION)
    installed = "django.contrib.staticfiles" in settings.INSTALLED_APPS
    return ASGIStaticFilesHandler(found) if installed else found


def serve(application: Any, answer: TextIO) -> None:
    """Runs daphne until the input ends, which is also when whoever started it was killed."""
    from daphne.server import Server

    def listening() -> None:
        for _, port in server.listening_addresses:
            print(port, file=answer, flush=True)
        threading.Thread(target=_stop_with_input, args=(server,), daemon=True).start()

    server = Server(application, endpoints=[f"tcp:0:interface={HOST}"], ready_callable=listening)
    server.run()


def _stop_with_input(server: Any) -> None:
    reactor: Any = import_module("twisted.internet.reactor")
    sys.stdin.read()
    reactor.callFromThread(server.stop)
    time.sleep(GRACE)
    os._exit(1)


if __name__ == "__main__":
    main()
