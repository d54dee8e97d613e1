"""The types that projects see: ``mypy --strict`` passes, and what is annotated ships with its mark."""

import subprocess
import sys
import tomllib

from tests.harness.processes import ROOT

PROJECT = """
from realtime import EventError, NamespaceConsumer, namespace, on, once, user
from realtime.testing import NamespaceCommunicator, outbox


class Chat(NamespaceConsumer):
    async def connect(self, auth: object) -> None:
        await self.join("lobby")
        reveal_type(self.sid)
        reveal_type(self.rooms)

    @on("message")
    async def message(self, text: str) -> dict[str, bool]:
        if not text:
            raise EventError("Say something", code="empty")
        await self.to("lobby").emit("message", text)
        return {"ok": True}


namespace("/chat").to("lobby").emit("news", 1)
reveal_type(outbox.assert_emitted("news"))
"""
PUBLIC = (
    "auth broadcast consumers engine.middleware exceptions flags handlers handshake memory memory_client memory_login "
    "memory_sockets operators options outbox permissions pytest_plugin routing signals streams.files streams.stream "
    "targets testing values"
).split()


def mypy(*arguments, cwd=ROOT):
    command = [sys.executable, "-m", "mypy", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60)


def test_the_package_is_strictly_typed():
    ran = mypy("--strict", "realtime")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_nothing_that_projects_call_is_left_out():
    for override in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["overrides"]:
        if override.get("ignore_errors"):
            assert {f"realtime.{name}" for name in PUBLIC}.isdisjoint(override["module"])
    assert "type: ignore" not in "".join(path.read_text() for path in ROOT.glob("realtime/**/*.py"))


def test_a_project_of_ones_own_is_checked_against_it(tmp_path):
    (tmp_path / "project.py").write_text(PROJECT)
    config = str(ROOT / "pyproject.toml")
    ran = mypy("--strict", "--config-file", config, "--no-incremental", str(tmp_path / "project.py"))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for revealed in ('"str"', '"frozenset[str]"', "realtime.outbox.Emitted"):
        assert revealed in ran.stdout.replace("builtins.", "")
