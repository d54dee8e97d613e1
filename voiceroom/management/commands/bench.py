"""``manage.py bench``: the benchmark, side by side with the peers."""

import os
import sys
from pathlib import Path

from django.core.management import BaseCommand

ROOT = Path(__file__).resolve().parents[3]


class Command(BaseCommand):
    help = "Measures this library and its peers in one run (benchmarks/run.py); --quick takes two minutes."
    requires_system_checks = []

    def run_from_argv(self, argv):
        """All options are the benchmark's own: it runs in place of this process, which has loaded the project. So a
        Ctrl-C is for nobody else, and nobody kills it while it ends its servers.
        """
        os.chdir(ROOT)
        os.execv(sys.executable, [sys.executable, str(ROOT / "benchmarks/run.py"), *argv[2:]])
