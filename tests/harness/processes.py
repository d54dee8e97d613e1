"""Servers in processes of their own, on loopback and on ports that were free a moment ago; stopped by their id."""

import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.harness.capabilities import program

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "127.0.0.1"

SERVERS = {
    "daphne": lambda port, app: ["-m", "daphne", "-b", HOST, "-p", str(port), app],
    "socketio_serve": lambda port, app: ["manage.py", "socketio_serve", "-b", HOST, "-p", str(port), app],
    "uvicorn": lambda port, app: ["-m", "uvicorn", "--host", HOST, "--port", str(port), app],
    "uvicorn-ready": lambda port, app: [
        *["-m", "uvicorn", "--ws", "realtime.servers.uvicorn:WebSocketProtocol", "--host", HOST, "--port", str(port)],
        app,
    ],
    "hypercorn": lambda port, app: ["-m", "hypercorn", "--bind", f"{HOST}:{port}", app],
    "granian": lambda port, app: ["-m", "granian", "--interface", "asgi", "--host", HOST, "--port", str(port), app],
}


WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))  # of those that share the tests
PORTS = range(12_000 + WORKER % 8, 32_000, 8)  # each worker's own, and none that the kernel gives to clients on Linux
_turn = itertools.count(os.getpid() * 37)


def free_port():
    """A port of 127.0.0.1 on which nothing listens now; not the same soon again, nor in another worker."""
    for turn in _turn:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, PORTS[turn % len(PORTS)]))
            return probe.getsockname()[1]


def answers(port):
    """Whether something accepts connections on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


class Process:
    """A program that listens on ``self.port``: a context manager, ready inside. Its output is kept for ``log()``."""

    def __init__(self, *, env=None, cwd=ROOT, patience=120.0):
        self.port = free_port()
        self.env = {**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})}
        self.cwd = cwd
        self.patience = patience  # seconds
        self.popen = None
        self._output = tempfile.TemporaryFile()

    def command(self):
        """The argument list to run."""
        raise NotImplementedError

    @property
    def pid(self):
        return self.popen.pid

    def start(self):
        """Returns once the port answers; RuntimeError with the output when the program ends or is too slow."""
        self.popen = subprocess.Popen(
            self.command(), cwd=self.cwd, env=self.env, stdin=subprocess.DEVNULL,
            stdout=self._output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + self.patience
        while not answers(self.port):
            if self.popen.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self.command()} is not listening on {self.port}:\n{self.log()}")
            time.sleep(0.03)
        return self

    def stop(self, grace=10.0):
        """SIGTERM, then after ``grace`` seconds SIGKILL. Returns the exit status; harmless when it has ended."""
        if self.popen is None:
            return None
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(grace)
            except subprocess.TimeoutExpired:
                pass
        return self.kill()

    def kill(self):
        """SIGKILL for the program and the workers it may have left. Returns the exit status."""
        try:
            os.killpg(self.popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        return self.popen.wait(10)

    def restart(self, grace=10.0):
        """Stops it, and starts it again on the same port."""
        self.stop(grace)
        return self.start()

    def log(self):
        """Everything it has printed so far, over all its starts."""
        return os.pread(self._output.fileno(), 10_000_000, 0).decode(errors="replace")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        self._output.close()


class ServerProcess(Process):
    """``with ServerProcess("tests.conformance.engine_echo:application", server="uvicorn") as server: server.url``.

    ``server`` is one of ``SERVERS``; ``args`` are added to its command line, ``env`` to its environment, which
    has DJANGO_SETTINGS_MODULE=tests.settings unless it says another.
    """

    def __init__(self, application, *, server="daphne", args=(), env=None, **more):
        super().__init__(env={"DJANGO_SETTINGS_MODULE": "tests.settings", **(env or {})}, **more)
        self.application = application
        self.server = server
        self.args = list(args)

    def command(self):
        return [sys.executable, *SERVERS[self.server](self.port, self.application), *self.args]

    @property
    def url(self):
        return f"http://{HOST}:{self.port}"

    @property
    def ws_url(self):
        return f"ws://{HOST}:{self.port}"


class RedisServer(Process):
    """A redis-server of one's own: private port, nothing on disk but an empty directory that goes with it.

    ``args`` are added to its command line.
    """

    def __init__(self, *, args=(), **more):
        super().__init__(**more)
        self.args = list(args)
        self.directory = tempfile.mkdtemp(prefix="redis-")

    def command(self):
        redis = program("redis")
        if redis is None:
            raise RuntimeError("redis-server is missing")
        settings = {"port": self.port, "bind": HOST, "dir": self.directory, "save": "", "appendonly": "no"}
        return [redis, *(part for key, value in settings.items() for part in (f"--{key}", str(value))), *self.args]

    @property
    def url(self):
        return f"redis://{HOST}:{self.port}/0"

    def __exit__(self, *exc):
        super().__exit__(*exc)
        shutil.rmtree(self.directory, ignore_errors=True)


class CoturnServer(Process):
    """A TURN server of one's own on loopback, for credentials made with ``secret`` (coturn's use-auth-secret)."""

    def __init__(self, secret="a secret of the tests", **more):
        super().__init__(**more)
        self.secret = secret
        self.directory = tempfile.mkdtemp(prefix="coturn-")

    def command(self):
        coturn = program("coturn")
        if coturn is None:
            raise RuntimeError("coturn is missing")
        settings = {
            "listening-ip": HOST, "listening-port": self.port, "relay-ip": HOST, "realm": "tests", "log-file": "stdout",
            "static-auth-secret": self.secret, "userdb": f"{self.directory}/db", "pidfile": f"{self.directory}/pid",
        }  # fmt: skip
        flags = ["use-auth-secret", "fingerprint", "allow-loopback-peers", "no-cli", "no-tls", "no-dtls"]
        valued = [f"--{name}={value}" for name, value in settings.items()]
        return [coturn, "-n", "-v", *valued, *(f"--{name}" for name in flags)]

    @property
    def urls(self):
        return [f"turn:{HOST}:{self.port}?transport={kind}" for kind in ("udp", "tcp")]

    def __exit__(self, *exc):
        super().__exit__(*exc)
        shutil.rmtree(self.directory, ignore_errors=True)
