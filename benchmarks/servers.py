"""Start an ASGI server on a free port of loopback and on one core; end it by its process."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import meters

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT = 30.0  # seconds

COMMANDS = {
    "daphne": ["-m", "daphne", "-b", "127.0.0.1", "-p", "0", "-v", "0", "--websocket_timeout", "-1"],
    "uvicorn": [
        *["-m", "uvicorn", "--host", "127.0.0.1", "--port", "0", "--log-level", "error", "--no-access-log"],
        *["--loop", "uvloop", "--http", "httptools", "--lifespan", "off"],
    ],
}


class StartError(Exception):
    """The server ended or did not listen in time; the text is the end of its output."""


def python():
    """The interpreter that has the servers: the checkout's environment, else the one that runs this."""
    own = ROOT / ".venv/bin/python"
    return str(own if own.exists() else sys.executable)


@contextlib.contextmanager
def running(server, application, core, environment):
    """A process of that server with ``module:attribute``; yields (pid, port)."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [python(), *COMMANDS[server], application],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
        try:
            yield process.pid, _port(process, output)
        finally:
            end(process)


def end(process):
    """Ask it, then force it. Waits until it is gone."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _port(process, output):
    deadline = time.monotonic() + START_TIMEOUT
    while process.poll() is None and time.monotonic() < deadline:
        if port := meters.listening_port(process.pid):
            return port
        time.sleep(0.05)
    output.seek(0)
    raise StartError(output.read()[-1500:].decode(errors="replace").strip() or "did not listen in time")
