"""The last lines of a test run: the seconds of each group of tests, and what of the machine they could use."""

import collections
import json
import os
from pathlib import Path

from tests.harness.capabilities import PROGRAMS, capability, required

WITHOUT = {
    "redis": "rooms across processes are untested",
    "nginx": "the server behind a proxy is untested",
    "node": "the JavaScript clients are untested",
    "coturn": "voices through a relay are untested",
    "haproxy": "the configuration of HAProxy is untested",
    "systemd": "the units of systemd are untested",
    "browser": "the pages are untested in a browser",
    "firefox": "the pages are untested in Firefox",
}


class Report:
    """A pytest plugin; it counts while the tests run and prints when everything else has been printed.

    For the test command, the file that REALTIME_REPORT names keeps the seconds of each test file over several runs, and
    the one of REALTIME_FAILED gets the tests that failed, a line each.
    """

    def __init__(self):
        self.seconds, self.files = collections.Counter(), collections.Counter()
        self.tests = collections.Counter()
        self.missing = collections.Counter()
        self.bad = {}  # the tests that failed, as an ordered set

    def pytest_runtest_logreport(self, report):
        file = report.nodeid.partition("::")[0]
        group = "/".join(file.split("/")[:2])
        self.files[file] += report.duration
        self.seconds[group] += report.duration
        self.tests[group] += report.when == "call"
        self.bad |= {report.nodeid: None} if report.failed else {}
        if report.skipped and isinstance(report.longrepr, tuple):
            for name in PROGRAMS:
                self.missing[name] += f"{name} is missing" in report.longrepr[2]

    def pytest_unconfigure(self):
        for group, seconds in sorted(self.seconds.items()):
            print(f"{group:24} {self.tests[group]:6} tests {seconds:7.1f} s")
        for name in PROGRAMS:
            print(f"{name:8} {capability(name) or self.cost(name)}")
        kept = Path(os.environ["REALTIME_REPORT"])
        kept.write_text(json.dumps({**json.loads(kept.read_text() or "{}"), **self.files}))
        Path(os.environ["REALTIME_FAILED"]).write_text("".join(f"{test}\n" for test in self.bad))

    def cost(self, name):
        """What a missing capability has cost this run."""
        how = "FAILED, required" if name in required() else f"{self.missing[name]} tests skipped"
        return f"missing: {how}: {WITHOUT[name]}"

    def failed(self):
        """The required capabilities that this machine does not have."""
        return [name for name in PROGRAMS if name in required() and not capability(name)]

    def pytest_sessionfinish(self, session):
        """A run that selected no test for a missing part has still not shown what it was asked to show."""
        if self.failed() and not session.exitstatus:
            session.exitstatus = 1
