"""The handle of one load generator, which is a process of its own (load.py)."""

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile

import servers

PATIENCE = 600.0  # seconds for one command; what hangs ends by the time-outs of its sockets, which are shorter


class Generator:
    """A load generator for one server."""

    def __init__(self, subject, server, core, cookies):
        task = {
            "pids": server.pids, "ports": server.ports, "core": core,
            "cookies": cookies if subject.cookies else [],
        }  # fmt: skip
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [sys.executable, str(servers.HERE / "load.py"), json.dumps(task)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True,
        )  # fmt: skip

    def do(self, what, **command):
        """One command; raises ``StartError`` with the last line of what the generator said when it failed."""
        try:
            self.process.stdin.write(json.dumps({"do": what, **command}) + "\n")
            self.process.stdin.flush()
            if select.select([self.process.stdout], [], [], PATIENCE)[0] and (line := self.process.stdout.readline()):
                return json.loads(line)
        except BrokenPipeError:
            pass
        said = os.pread(self.errors.fileno(), 100_000, 0).decode().strip() or "no answer in time"
        raise servers.StartError(said.splitlines()[-1])

    def close(self):
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(BrokenPipeError):  # of a command that it did not live to read
            self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()
