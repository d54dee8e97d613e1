"""Start servers on free ports of loopback and on one core; end them by their process."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import meters

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
START_TIMEOUT = 40.0  # seconds
HOUR = "3600"  # websockets' own pings, as rare as those of Engine.IO in this benchmark
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}  # not manage.py's

UVICORN = [
    *["-m", "uvicorn", "--host", "127.0.0.1", "--log-level", "error", "--no-access-log", "--lifespan", "off"],
    *["--loop", "uvloop", "--http", "httptools", "--ws-ping-interval", HOUR, "--ws-ping-timeout", HOUR],
]
DAPHNE = [
    *["-v", "0", "-b", "127.0.0.1", "--websocket_timeout", "-1", "--websocket_connect_timeout", "60"],
    *["--ping-interval", HOUR, "--ping-timeout", HOUR],
]
SOCKETIO_SERVE = (  # without manage.py, and with the settings of the benchmark
    "import sys; from benchmarks import project; project.setup('benchmarks.ours'); "
    "from realtime.servers.daphne.cli import CommandLine; CommandLine().run(sys.argv[1:])"
)
COMMANDS = {
    "daphne": lambda port, app: ["-m", "daphne", *DAPHNE, "-p", port, app],
    "daphne, socketio_serve": lambda port, app: ["-c", SOCKETIO_SERVE, *DAPHNE, "-p", port, app],
    "uvicorn": lambda port, app: [*UVICORN, "--port", port, app],
    "uvicorn, our class": lambda port, app: [
        *UVICORN, "--ws", "realtime.servers.uvicorn:WebSocketProtocol", "--port", port, app,
    ],
    "hypercorn": lambda port, app: ["-m", "hypercorn", "--bind", f"127.0.0.1:{port}", "-k", "uvloop", app],
    "granian": lambda port, app: [
        *["-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", port, "--loop", "uvloop"],
        *["--no-access-log", "--log-level", "error", app],
    ],
}  # fmt: skip


class StartError(Exception):
    """The server ended or did not listen in time; the text is the end of its output."""


def python():
    """The interpreter that has the servers: the checkout's environment, else the one that runs this."""
    own = ROOT / ".venv/bin/python"
    return str(own if own.exists() else sys.executable)


def command(server, application, port):
    """The argument list. ``node`` is Node's own, all others are ASGI servers with ``module:attribute``."""
    if server == "node":
        if not shutil.which("node") or not (HERE / "node/node_modules").exists():
            raise StartError("Node, or what npm ci installs in benchmarks/node, is missing")
        return ["node", str(HERE / "node/server.js"), str(port)]
    return [python(), *COMMANDS[server](str(port), f"benchmarks.{application}")]


class Server:
    """One process, or several of the same (each with a port of its own). Ready when ``wait`` returns."""

    def __init__(self, server, application, core, environment, count=1):
        self.output, self.core = tempfile.TemporaryFile(), core
        self.ports = [free_port() for _ in range(count)]
        self.processes = [
            subprocess.Popen(
                command(server, application, port),
                cwd=ROOT,
                env={**ENVIRONMENT, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **environment},
                stdin=subprocess.DEVNULL,
                stdout=self.output,
                stderr=self.output,
            )
            for port in self.ports
        ]

    def wait(self):
        """Until all ports answer; from then on they have the one core. Raises ``StartError``."""
        deadline = time.monotonic() + START_TIMEOUT
        for process, port in zip(self.processes, self.ports, strict=True):
            while not listens(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise StartError(self.log() or "did not listen in time")
                time.sleep(0.05)
        self.pids = [pid for process in self.processes for pid in meters.family(process.pid)]
        for thread in meters.threads(self.pids):
            os.sched_setaffinity(thread, {self.core})

    def log(self):
        return os.pread(self.output.fileno(), 1_000_000, 0)[-1500:].decode(errors="replace").strip()

    def kill(self):
        """As when the machine goes down."""
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
        for process in self.processes:
            process.wait()

    def end(self):
        """Asks, then forces. Waits until all are gone."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.output.close()


@contextlib.contextmanager
def redis(core):
    """The address of a Redis server of our own that keeps nothing."""
    program = shutil.which("redis-server")
    if program is None:
        raise StartError("redis-server is missing")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        process = subprocess.Popen(
            [program, *arguments], stdout=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, {core})
        )
        try:
            while not listens(port):
                time.sleep(0.05)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait()


def free_port():
    """A port of 127.0.0.1 on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def install_node():
    """What benchmarks/node/package-lock.json says, where npm is there and it is missing."""
    folder = HERE / "node"
    if not (folder / "node_modules").exists() and shutil.which("npm"):
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, check=True)
