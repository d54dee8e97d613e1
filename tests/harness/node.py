"""Runs the JavaScript side of a test with the clients of tests/js: ``node("tests/clients/echo.js", url)``."""

import os
import subprocess

from tests.harness.capabilities import program
from tests.harness.processes import ROOT

PACKAGES = ROOT / "tests" / "js" / "node_modules"


def node_command(script, *args):
    """The argument list that runs a script with node."""
    path = program("node")
    if path is None:
        raise RuntimeError("node is missing")
    return [path, str(ROOT / script), *map(str, args)]


def node_environment(**more):
    """The environment in which ``require("socket.io-client-2")`` finds tests/js, wherever the script lies."""
    return {**os.environ, "NODE_PATH": str(PACKAGES), **more}


def node(script, *args, timeout=60.0, env=None):
    """What a script (a path from the root of the checkout) printed. AssertionError with its output when it fails."""
    ran = subprocess.run(
        node_command(script, *args), capture_output=True, text=True, timeout=timeout,
        cwd=ROOT, env=node_environment(**(env or {})),
    )  # fmt: skip
    assert ran.returncode == 0, f"{script} ended with {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout
