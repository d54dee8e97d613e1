"""The matrix of JavaScript clients: each cell, a version and a transport, is one node process that runs its checks."""

import json
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tests.harness.node import node_command, node_environment

VERSIONS = ("1", "2", "3", "4")  # the major number of socket.io-client; tests/js/package.json says the rest
TRANSPORTS = ("polling", "websocket", "upgrade")
SCRIPTS = Path(__file__).parent / "js"


class Check(NamedTuple):
    title: str
    since: int
    only: str | None

    def applies(self, version, transport):
        return int(version) >= self.since and self.only in (None, transport)


def _checks():
    for title, options in re.findall(r'^check\("(.+?)", \{(.*?)\}', (SCRIPTS / "checks.js").read_text(), re.M):
        since, only = re.search(r"since: (\d)", options), re.search(r'only: "(\w+)"', options)
        yield Check(title, int(since[1]) if since else 1, only[1] if only else None)


CHECKS = tuple(_checks())


def every_check(versions=VERSIONS, transports=TRANSPORTS, titles=None):
    """(version, transport, title) of all that applies; ``titles`` narrows the checks."""
    return [
        (version, transport, check.title)
        for version in versions
        for transport in transports
        for check in CHECKS
        if check.applies(version, transport) and (titles is None or check.title in titles)
    ]


class Cells:
    """Runs the cells that were asked for, two at a time, and keeps what each check said.

    ``wanted`` is a list of (key, url, version, transport, titles); no titles: all. ``result`` waits for its cell.
    """

    def __init__(self, wanted, **environment):
        self.environment = node_environment(**environment)
        self.pool = ThreadPoolExecutor(max_workers=2)
        self.running = {
            (key, version, transport): self.pool.submit(self.run, url, version, transport, titles)
            for key, url, version, transport, titles in wanted
        }

    def run(self, url, version, transport, titles=()):
        command = node_command("tests/clients/js/cell.js", version, transport, url, *titles)
        ran = subprocess.run(command, capture_output=True, text=True, timeout=200, env=self.environment)
        results = {result["check"]: result for result in map(json.loads, ran.stdout.splitlines())}
        return results, ran.stderr

    def result(self, key, version, transport, title):
        """{"check", "ok", "seconds", "error"?} of one check."""
        results, errors = self.running[key, version, transport].result()
        return results.get(title) or {"check": title, "ok": False, "error": f"it did not run: {errors}"}

    def close(self):
        self.pool.shutdown(cancel_futures=True)
