"""What the benchmark ran on and with."""

import importlib.metadata
import json
import platform
import shutil
import subprocess
from pathlib import Path

import servers

PACKAGES = (
    *("django", "channels", "daphne", "twisted", "autobahn", "uvicorn", "uvloop", "httptools", "websockets"),
    *("hypercorn", "granian", "orjson", "channels-redis", "redis", "python-socketio", "python-engineio"),
)


def machine():
    """Processor, kernel and how many cores."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    kernel = platform.release().partition("-")[0]
    return f"{models[0] if models else platform.machine()}, {len(models)} cores, Linux {kernel}"


def versions():
    """Of the interpreter and the packages that the servers run with."""
    found = [f"Python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            pass
    modules = servers.HERE / "node/node_modules"
    if modules.exists() and shutil.which("node"):
        node = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
        found.append(f"Node {node.removeprefix('v')}")
        for name in ("socket.io", "engine.io", "ws"):
            found.append(f"{name} (npm) {json.loads((modules / name / 'package.json').read_text())['version']}")
    return ", ".join(found)
