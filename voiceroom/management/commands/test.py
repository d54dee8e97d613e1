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
UNSTEADY = 10  # so many may fail beside the others and be asked again alone; more is no accident


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
        environment = {**os.environ, "REALTIME_REQUIRE": require}
        environment.pop("DJANGO_SETTINGS_MODULE", None)  # pytest names the tests' own
        sys.exit(once(arguments, environment) if arguments else everything([shared(), ALONE], environment))


def once(run, environment):
    """The exit status of one run of pytest."""
    with tempfile.NamedTemporaryFile("w+") as report:
        return reported(run, environment, report.name)[0]


def everything(runs, environment):
    """The exit status of several runs. A few tests that failed are asked again, with nothing beside them: on a busy
    machine something is late now and then. Which they were is said in the last lines, whatever came of it.
    """
    with tempfile.NamedTemporaryFile("w+") as report:
        done = [reported(run, environment, report.name) for run in runs]
        print("the slowest files:", *slowest(Path(report.name).read_text()), sep="\n")
    failed = [test for _, tests in done for test in tests]
    if any(status not in (0, 1) for status, _ in done) or not 0 < len(failed) <= UNSTEADY:
        return next((status for status, _ in done if status), 0)
    print("\nFailed, and now once more with nothing beside them:", *failed, sep="\n", flush=True)
    status = once(failed, environment)
    print("FAILED TWICE, or some of:" if status else "UNSTEADY, failed and then passed:", *failed, sep="\n")
    return status


def reported(run, environment, report):
    """One run of pytest: its exit status, and the tests that failed. ``report`` is the file that counts seconds."""
    Path(report).touch()
    with tempfile.NamedTemporaryFile("r") as failed:
        names = {"REALTIME_REPORT": report, "REALTIME_FAILED": failed.name}
        status = call([sys.executable, "-m", "pytest", *run], {**environment, **names})
        return status, failed.read().splitlines()


def slowest(report, count=10):
    """Lines for the files that took longest, of the seconds that the runs have reported."""
    seconds = sorted(json.loads(report or "{}").items(), key=lambda each: -each[1])
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
