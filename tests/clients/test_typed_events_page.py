"""docs/how-to/typed-events.md does what it says."""

import json
import re
import sys
import types

import pytest
from channels.routing import URLRouter
from django.core.management import call_command
from django.urls import path

from realtime.testing import NamespaceCommunicator
from tests.clients.test_schema import tsc
from tests.consumers.seam import Seam, joined
from tests.harness.node import PACKAGES
from tests.harness.processes import ROOT

PAGE = (ROOT / "docs/how-to/typed-events.md").read_text()


def block(language):
    return re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[1]


@pytest.fixture
def consumers(monkeypatch):
    module = types.ModuleType("typed_events_page")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(block("python"), module.__dict__)
    module.Router = URLRouter([path("board", module.Board.as_asgi())])
    return module


@pytest.fixture
def seam(consumers):
    class Quiet(consumers.Board):
        async def connect(self, auth):
            pass

    return joined(Quiet)


async def test_good_arguments_arrive_and_objects_go_out(consumers):
    board = NamespaceCommunicator(consumers.Board.as_asgi(), "/board")
    await board.connect({"token": "sesame"})
    assert await board.call("post", {"title": "Hello"}, "friends") == {"id": 7}
    assert await board.receive() == ("post", {"title": "Hello", "tags": []})
    assert await board.call("draw", {"points": [[1, 2], [3, 4.5]], "width": 3}) == 2
    await board.disconnect()


async def test_the_refusal_is_the_one_of_the_page(seam):
    async with seam as board:
        assert await board.call("post", {"title": 7}) == [json.loads(block("json"))]


async def test_the_auth_payload_is_held_against_its_annotation(consumers):
    board = Seam(consumers.Board)
    await board.connect({"token": 7})
    assert board.sent[0]["data"] == {"code": "bad_arguments", "field": "auth.token"}


@pytest.mark.node
def test_the_typescript_compiles(consumers, settings, tmp_path):
    settings.ASGI_APPLICATION = "typed_events_page.Router"
    call_command("socketio_schema", format="typescript", output=str(tmp_path / "events.d.ts"))
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    (tmp_path / "page.mts").write_text(block("ts").replace('"socket.io-client"', '"socket.io-client-4"'))
    compiled = tsc(tmp_path, "--module", "esnext", "--moduleResolution", "bundler", "--noEmit", "page.mts")
    assert compiled.returncode == 0, compiled.stdout


def test_the_commands_are_those_of_the_page(consumers, settings, tmp_path, monkeypatch):
    settings.ASGI_APPLICATION = "typed_events_page.Router"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "frontend").mkdir()
    lines = [line for line in PAGE.splitlines() if line.startswith("python manage.py")]
    for line in lines:
        command = [word.strip('"') for word in line.split()[2:]]
        call_command(*command)
    assert json.loads((tmp_path / "events.json").read_text())["info"]["version"] == "2.0.0"
    assert "ServerToClientEvents" in (tmp_path / "frontend/events.d.ts").read_text() and len(lines) == 2
