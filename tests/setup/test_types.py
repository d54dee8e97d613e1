"""The types that projects see: ``mypy --strict`` passes, and what is annotated ships with its mark."""

import subprocess
import sys
import tomllib

import pytest

from tests.harness.processes import ROOT

PROJECT = """
from realtime import EventError, NamespaceConsumer, namespace, on, once, user
from realtime.testing import NamespaceCommunicator, outbox


class Chat(NamespaceConsumer):
    async def connect(self, auth: object) -> None:
        await self.join("lobby")
        reveal_type(self.sid)
        reveal_type(await self.to("lobby").volatile.fetch_sockets())
        reveal_type(self.rooms)

    @on("message")
    async def message(self, text: str) -> dict[str, bool]:
        if not text:
            raise EventError("Say something", code="empty")
        await self.to("lobby").emit("message", text)
        return {"ok": True}


namespace("/chat").to("lobby").emit("news", 1)
reveal_type(user(1).fetch_sockets())
reveal_type(outbox.assert_emitted("news"))
"""


@pytest.fixture(scope="module")
def mypy(tmp_path_factory):
    """Runs it; what it finds of the package, which takes long, it keeps for the next run of this module."""
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path_factory.mktemp("mypy"))]

    def run(path):
        return subprocess.run([*command, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=600)

    return run


def test_the_package_is_strictly_typed(mypy):
    ran = mypy("realtime")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_nothing_is_left_out_and_nothing_made_easier():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    assert {key: value for key, value in settings.items() if key != "overrides"} == {"strict": True}
    for override in settings["overrides"]:
        ours = [name for name in override.pop("module") if name.startswith("realtime")]
        # Who subclasses a class of a package without types, as Channels is one, has to say so.
        assert not ours or override == {"disallow_subclassing_any": False}
    assert "type: ignore" not in "".join(path.read_text() for path in ROOT.glob("realtime/**/*.py"))


def test_a_project_of_ones_own_is_checked_against_it(mypy, tmp_path):
    (tmp_path / "project.py").write_text(PROJECT)
    ran = mypy(tmp_path / "project.py")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for revealed in (
        '"str"',
        '"frozenset[str]"',
        "realtime.outbox.Emitted",
        "protocols.Remote]",
        "protocols.SyncRemote]",
    ):
        assert revealed in ran.stdout.replace("builtins.", "")


def test_a_deed_that_is_not_awaited_is_an_error(mypy, tmp_path):
    wrong = PROJECT.replace("await self.to", "self.to").replace('.emit("news", 1)', '.aemit("news", 1)')
    (tmp_path / "project.py").write_text(wrong)
    ran = mypy(tmp_path / "project.py")
    assert ran.stdout.count("[unused-coroutine]") == 3, ran.stdout
