"""``manage.py test``: every test, with pytest, and at the end what of the machine they could use."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from django.core.management import BaseCommand, CommandError

ROOT = Path(__file__).resolve().parents[3]


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
        if not find_spec("pytest_asyncio"):
            raise CommandError("The tests need more: python -m pip install -r requirements.txt -e '.[test]'")
        environment = {**os.environ, "REALTIME_REQUIRE": require, "REALTIME_REPORT": "1"}
        environment.pop("DJANGO_SETTINGS_MODULE", None)  # pytest names the tests' own
        sys.exit(subprocess.call([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=environment))
