"""Fleets of unmodified JavaScript clients, each fleet one node process that obeys line by line."""

import json
import subprocess
import threading

from tests.harness.node import node_command, node_environment


class Fleet:
    """``with Fleet(url, 100, name="a") as fleet``: inside, all are connected and in the room.

    ``transports`` as the client takes them, ``writers`` how many of them speak, ``timings`` keeps when each heard what,
    ``more`` are options of the client.
    """

    def __init__(self, url, clients, *, name="fleet", patience=900.0, **options):
        self.clients, self.name = clients, name
        self.options = {"url": url, "clients": clients, "name": name, **options}
        self.patience = patience

    def __enter__(self):
        self.start()
        ready = self.read()["ready"]
        if ready != self.clients:
            self.__exit__()
            raise AssertionError(f"{ready} of {self.clients} clients connected")
        return self

    def start(self):
        """Does not wait until they are connected: the next line that ``read`` gives says how many are."""
        self.popen = subprocess.Popen(
            node_command("tests/faults/js/fleet.js", json.dumps(self.options)),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=node_environment(),
        )  # fmt: skip
        self.watchdog = threading.Timer(self.patience, self.popen.kill)
        self.watchdog.start()

    def read(self):
        line = self.popen.stdout.readline()
        if not line:
            raise AssertionError("the fleet's node process has ended")
        return json.loads(line)

    def begin(self, command, **args):
        """Gives a command whose answer ``read`` takes later."""
        self.popen.stdin.write(json.dumps({"command": command, **args}) + "\n")
        self.popen.stdin.flush()

    def ask(self, command, **args):
        """The answer of one of the commands of fleet.js."""
        self.begin(command, **args)
        return self.read()

    def __exit__(self, *_):
        self.watchdog.cancel()
        self.popen.kill()
        self.popen.wait(10)
        self.popen.stdin.close()
        self.popen.stdout.close()
