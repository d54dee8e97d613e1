"""``manage.py test``: every test, with pytest, and at the end what of the machine they could use."""

import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from django.core.management import BaseCommand, CommandError

ROOT = Path(__file__).resolve().parents[3]
ALONE = ["tests/faults", "tests/media", "tests/setup/test_benchmark.py", "tests/setup/test_demo.py"]  # in real time


class Command(BaseCommand):
    help = "Runs the tests with pytest, which gets the arguments after --."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "--require",
            default="",
            metavar="redis,node,browser",
            help="these are there, or the tests fail; CI=true requires all",
        )
        parser.add_argument("arguments", nargs="*", help="for pytest: manage.py test -- -k rooms -x")

    def handle(self, *args, require, arguments, **options):
        if not find_spec("xdist"):
            raise CommandError("The tests need more: python -m pip install -r requirements.txt -e '.[test]'")
        runs = [arguments] if arguments else [shared(), ALONE]
        command = [sys.executable, "-m", "pytest"]
        with tempfile.NamedTemporaryFile("w+") as report:
            environment = {**os.environ, "REALTIME_REQUIRE": require, "REALTIME_REPORT": report.name}
            environment.pop("DJANGO_SETTINGS_MODULE", None)  # pytest names the tests' own
            report.write("{}")
            report.flush()
            statuses = [call([*command, *run], environment) for run in runs]
            print("the slowest files:", *slowest(Path(report.name).read_text()), sep="\n")
        sys.exit(next(filter(None, statuses), 0))


def slowest(report, count=10):
    """Lines for the files that took longest, of the seconds that the runs have reported."""
    seconds = sorted(json.loads(report).items(), key=lambda each: -each[1])
    return [f"{spent:7.1f} s  {file}" for file, spent in seconds[:count]]


def call(command, environment):
    """Its exit status. A Ctrl-C has reached pytest too, which takes its time to end what it has started."""
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.wait()
            raise


def shared():
    """Arguments for all that can share the machine: a worker more than it has cores, since tests wait for servers."""
    workers = min(4, (os.cpu_count() or 1) + 1)
    return ["-n", str(workers), "--dist", "loadfile", *(f"--ignore={path}" for path in ALONE)]
