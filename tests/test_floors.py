"""The floors of the house: imports go down only, and the pure floors need neither asyncio nor Django."""

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import realtime

ROOT = Path(realtime.__file__).parent
EVERYWHERE = ("types", "protocols")  # names for annotations
PURE = ("exceptions", "types", "protocols", "options", "targets", "readyframes", "engineio", "socketio")

# Module or package -> what of ours it may import at its top. Names of packages stand for all that is in them.
ALLOWED = {
    "exceptions": (),
    "options": (),
    "engineio": ("exceptions", "options", "engineio"),
    "socketio": ("exceptions", "options", "socketio"),
    "handshake": ("exceptions",),
    "flags": ("exceptions",),
    "targets": ("exceptions",),
    "metrics": (),
    "readyframes": (),
    "servers.uvicorn": ("readyframes", "servers.fragments", "servers.unread"),
    "servers.fragments": ("metrics",),
    "servers.unread": (),
    "logs": (),
    "signals": ("metrics",),
    "permissions": ("exceptions", "bridges"),
    "chain": ("exceptions", "bridges"),
    "typed": ("exceptions", "typed"),
    "schema": ("routes", "schema", "typed"),
    "handler": ("exceptions",),
    "handlers": ("exceptions", "handler", "socketio.packet", "permissions", "typed"),
    "listening": ("chain", "dispatch", "exceptions", "handler", "handlers"),
    "bridges": ("exceptions", "threads"),
    "commits": ("exceptions", "metrics"),
    "routing": ("bridges", "chain", "handshake"),
    "declared": ("chain", "handler", "handlers", "permissions", "socketio.packet", "typed"),
    "steps": (),
    "dispatch": ("exceptions", "bridges", "chain", "handler", "logs", "signals", "taking"),
    "taking": ("handler", "steps"),
    "consumers": (
        "exceptions",
        "handlers",
        "bridges",
        "commits",
        "declared",
        "flags",
        "handshake",
        "listening",
        "targets",
    ),  # fmt: skip
    "streams": ("exceptions", "bridges", "handlers", "logs", "metrics", "streams"),
    "live_auth": (
        "adapter",
        "commits",
        "exceptions",
        "identity",
        "logs",
        "metrics",
        "publish",
        "signals",
        "threads",
        "live_auth",
    ),  # fmt: skip
    "recovery": (
        "adapter",
        "exceptions",
        "hubs",
        "layer",
        "logs",
        "messages",
        "metrics",
        "recovery",
        "targets",
    ),  # fmt: skip
    "servers": ("conf", "engine.stopping", "metrics", "readyframes", "servers"),
    "operators": ("exceptions", "socketio", "metrics", "targets"),
    "hubs": ("socketio",),
    "layers": ("logs", "metrics", "layers"),
    "patience": (),
    "reading": ("logs", "metrics"),
    "layer": ("logs", "metrics", "patience", "reading", "socketio"),
    "messages": ("exceptions", "layer", "sids", "socketio", "targets"),
    "cluster": ("cluster", "exceptions", "layer", "logs", "messages", "metrics", "signals", "socketio"),
    "members": ("exceptions", "sids", "signals", "socketio", "targets", "users"),
    "broadcasting": ("exceptions", "hubs", "logs", "members", "messages", "metrics", "targets"),
    "control": ("broadcasting", "messages"),
    "asking": ("exceptions", "cluster", "control", "hubs", "layer", "messages", "sids"),
}
CONSUMER_SIDE = (
    "consumers", "chain", "declared", "dispatch", "handler", "handlers", "listening", "permissions", "bridges", "flags",
    "handshake", "streams", "taking", "typed",
)  # fmt: skip


def modules(*names):
    """The modules called so, and all that are inside of the packages called so."""
    for name in names:
        path = ROOT.joinpath(*name.split("."))
        if path.is_dir():
            yield f"realtime.{name}"
            yield from (found.name for found in pkgutil.walk_packages([str(path)], f"realtime.{name}."))
        elif path.with_suffix(".py").exists():
            yield f"realtime.{name}"


def source(module):
    path = ROOT.parent.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def imported_by(module, everywhere=True):
    """The modules of ours that ``module`` imports, without "realtime."; at its top only, unless ``everywhere``."""
    tree = ast.parse(source(module).read_text())
    package = module if source(module).name == "__init__.py" else module.rpartition(".")[0]
    found = set()
    for node in ast.walk(tree) if everywhere else tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= _targets(node, package)
    return {name.removeprefix("realtime.") for name in found if name.startswith("realtime.")}


def _targets(node, package):
    parents = package.split(".")
    parents = parents[: len(parents) - node.level + 1] if node.level else []
    base = ".".join([*parents, *([node.module] if node.module else [])])
    # "from realtime import adapter" names a module too, "from realtime.adapter import Hub" does not.
    return {f"{base}.{alias.name}" if source(f"{base}.{alias.name}").exists() else base for alias in node.names}


def inside(name, places):
    return any(name == place or name.startswith(f"{place}.") for place in places)


def test_the_pure_floors_import_without_asyncio_channels_and_django():
    names = list(modules(*PURE))
    assert "realtime.socketio.parser" in names and "realtime.exceptions" in names
    script = (
        f"import sys, importlib\nfor name in {names!r}: importlib.import_module(name)\n"
        "print(*sorted({'asyncio', 'channels', 'django', 'asgiref'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT.parent, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_importing_the_package_does_nothing():
    script = "import realtime, sys; print(*[name for name in sys.modules if name.startswith('realtime.')])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT.parent, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")


@pytest.mark.parametrize("floor", ALLOWED)
def test_a_module_imports_only_what_is_below_it(floor):
    for module in modules(floor):
        found = imported_by(module, everywhere=False)
        strangers = {name for name in found if not inside(name, (*ALLOWED[floor], *EVERYWHERE))}
        assert not strangers, f"{module} imports {strangers}"


def test_the_engine_never_imports_consumers_nor_the_edges_that_use_it():
    below = "cluster hubs members broadcasting control asking adapter messages operators layer".split()
    for module in modules("engineio", "socketio", *below, "engine"):
        strangers = {
            name for name in imported_by(module) if inside(name, (*CONSUMER_SIDE, "broadcast", "testing", "auth"))
        }
        assert not strangers, f"{module} imports {strangers}"


def test_consumers_never_import_the_engine_not_even_late():
    for module in modules(*CONSUMER_SIDE):
        above = ("engine", "engineio", "adapter", "messages", "operators")
        strangers = {name for name in imported_by(module) if inside(name, above)}
        assert not strangers, f"{module} imports {strangers}"


def test_the_library_never_imports_the_demo():
    for path in ROOT.rglob("*.py"):
        assert "voiceroom" not in path.read_text(), path
