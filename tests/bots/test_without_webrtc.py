"""Simulated people on a machine where aiortc cannot be installed: they are heard by socket frames."""

import os
import re
import subprocess
import sys

import pytest

from tests.bots.visitor import Visitor
from tests.harness.processes import ROOT, free_port
from tests.setup.test_demo import demo

WITHOUT = "import sys, runpy; sys.modules['aiortc'] = None; runpy.run_module('voiceroom.bots', run_name='__main__')"
LET_IN = "from voiceroom.seed import let_in; let_in('for-this-test')"


@pytest.fixture
def site(tmp_path):
    """(the address of a demo without simulated people, its environment)."""
    database = tmp_path / "demo.sqlite3"
    with demo(database, "--port", free_port()) as (_, lines):
        environment = {**os.environ, "DATABASE": str(database), "DJANGO_SETTINGS_MODULE": "voiceroom.settings"}
        command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", LET_IN]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        yield re.search(r"(http://127\.0\.0\.1:\d+)/", lines[-1])[1], environment


@pytest.fixture
def people(site):
    url, environment = site
    command = [sys.executable, "-c", WITHOUT, url, "--people", "1"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE)
    process.stdin.write(b"for-this-test\n")
    process.stdin.flush()
    yield url
    process.stdin.close()
    assert process.wait(20) == 0


async def test_who_calls_them_is_told_no_and_hears_them_by_frames(people):
    async with Visitor(people, "alice", "alice-demo", "kitchen-table") as alice:
        seat = await alice.until(lambda: next((seat for seat in alice.seats.values() if seat["tab"]), None))
        await alice.call(seat["tab"])
        await alice.until(lambda: [news for (news,) in alice.said("media:signal") if news["message"]["type"] == "bye"])
        assert (await alice.ask("media:fallback", True))["ok"]
        tab, frame = (await alice.until(lambda: alice.said("media:frame")))[0]
        assert tab == seat["tab"]
        assert frame[0] == 1 and 20 < len(frame) < 1500
