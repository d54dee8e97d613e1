"""The test's side of a live server: starts its process, knows its address, shows what it prints."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO, Any, Self

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.test import TransactionTestCase

from . import HOST

_CONNECTION = ("NAME", "USER", "PASSWORD", "HOST", "PORT")  # where a database is


class LiveServer:
    """``with LiveServer() as server:`` the project's ``ASGI_APPLICATION`` and its static files, at ``server.url``.

    Its process reads the settings anew: what this one overrides does not reach it. ``settings`` do, of JSON's types,
    over those of the module: ``LiveServer(SOCKETIO={"PING_INTERVAL": 1})``. The databases are the test's; mail goes
    nowhere. Raises ``ImproperlyConfigured`` where a process cannot share a database, and ``RuntimeError`` with its
    output where it does not listen within ``patience`` seconds.
    """

    port: int

    def __init__(self, *, patience: float = 30.0, **settings: Any) -> None:
        self.patience = patience
        self.settings = settings
        self._process: subprocess.Popen[str] | None = None
        self._output = Path(os.devnull)

    @property
    def url(self) -> str:
        """Such as ``http://127.0.0.1:34567``: no slash at the end."""
        return f"http://{HOST}:{self.port}"

    def __str__(self) -> str:
        return self.url

    def __add__(self, path: str) -> str:
        return f"{self}{path}"

    def log(self) -> str:
        """All that it has printed so far, errors and log records included."""
        return self._output.read_text(errors="replace")

    def start(self) -> Self:
        """Returns when it listens."""
        config = json.dumps(_config(self.settings))
        descriptor, path = tempfile.mkstemp(prefix="live-server-", suffix=".log")
        self._output = Path(path)
        with os.fdopen(descriptor, "wb") as output:
            self._process = _spawn(output)
        port = _told(self._process, config, self.patience)
        if not port:
            printed = self.log()
            self.stop()
            raise RuntimeError(f"The live server did not listen within {self.patience:g} s. It said:\n{printed}")
        self.port = int(port)
        return self

    def stop(self, grace: float = 15.0) -> None:
        """Ends it; harmless when it has ended. What is not gone after ``grace`` seconds is killed."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.communicate(timeout=grace)  # the end of its input is its end
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        self._output.unlink(missing_ok=True)
        self._output = Path(os.devnull)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class SocketIOLiveServerTestCase(TransactionTestCase):
    """A ``LiveServer`` for the tests of a class, at ``self.live_server_url``, without pytest.

    ``server_settings``: those of the server that are not the module's, of JSON's types.
    """

    server_settings: dict[str, Any] = {}
    socketio_server: LiveServer

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.socketio_server = cls.enterClassContext(LiveServer(**cls.server_settings))

    @property
    def live_server_url(self) -> str:
        return self.socketio_server.url


def _config(overridden: dict[str, Any]) -> dict[str, Any]:
    if not settings.SETTINGS_MODULE:
        raise ImproperlyConfigured("A live server needs DJANGO_SETTINGS_MODULE: settings.configure() has no other end.")
    for connection in connections.all():
        if connection.vendor == "sqlite" and getattr(connection, "is_in_memory_db")():  # noqa: B009 (sqlite's alone)
            raise ImproperlyConfigured(
                f"No other process sees the test database {connection.alias!r}, which is in memory. Give it a file: "
                f'DATABASES[{connection.alias!r}]["TEST"] = {{"NAME": BASE_DIR / "test.sqlite3"}}'
            )
    databases = {
        connection.alias: {key: str(connection.settings_dict[key]) for key in _CONNECTION}
        for connection in connections.all()
    }
    return {"databases": databases, "settings": overridden}


def _spawn(output: IO[bytes]) -> subprocess.Popen[str]:
    # All that this process can import: pytest and IDEs add to the path what no child would find.
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    environment = {
        **os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE
    }  # fmt: skip
    command = [sys.executable, "-m", "realtime.live_server"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=output, env=environment, text=True)


def _told(process: subprocess.Popen[str], config: str, patience: float) -> str:
    """The port that the process answers with; nothing when it has ended, or was too slow."""
    assert process.stdin and process.stdout
    late = threading.Timer(patience, process.kill)
    late.start()
    try:
        process.stdin.write(config + "\n")  # not in its arguments, which everybody can read: there may be passwords
        process.stdin.flush()
        return process.stdout.readline().strip()
    except OSError:
        return ""
    finally:
        late.cancel()
