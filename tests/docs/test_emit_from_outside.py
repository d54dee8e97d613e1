"""The examples of docs/how-to/emit-from-outside.md and docs/topics/processes.md, as they stand."""

import asyncio
import re
import shlex
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from realtime import NamespaceConsumer, on, signals
from realtime.testing import NamespaceCommunicator, outbox
from tests.harness.processes import ROOT

HOW_TO, TOPIC = "docs/how-to/emit-from-outside.md", "docs/topics/processes.md"


def code(page, language, having=""):
    found = re.findall(rf"^```{language}\n(.*?)^```", (ROOT / page).read_text(), re.M | re.S)
    blocks = [block for block in found if having in block]
    assert blocks
    return "\n".join(blocks)


@pytest.fixture
def page():
    """The names of the how-to's Python; its receiver is connected as long as the test runs."""
    names = {"__name__": "docs.emit_from_outside"}
    exec(compile(code(HOW_TO, "python"), HOW_TO, "exec"), names)
    yield SimpleNamespace(**names)
    signals.server_side_event.disconnect(names["obey"])


class News(NamespaceConsumer):
    async def connect(self, auth):
        self.data["name"] = auth["name"]
        await self.join("front page", "editors")

    @on("rooms")
    async def in_rooms(self):
        return sorted(self.rooms - {self.sid})


async def come(name, user=None):
    return await NamespaceCommunicator(News.as_asgi(), "/news", user=user or User(pk=1)).connect({"name": name})


async def test_what_a_view_says_and_asks(page):
    ada, bob = await come("ada", User(pk=7)), await come("bob", User(pk=8))
    await asyncio.to_thread(page.publish, SimpleNamespace(title="Extra!", pk=3, author=User(pk=7)))
    assert await ada.receive() == ("published", "Extra!") and await bob.receive() == ("published", "Extra!")
    assert await ada.receive() == ("your article is out", 3)
    assert await asyncio.to_thread(page.who_reads) == ["ada", "bob"]
    await page.apublish(SimpleNamespace(title="More"))
    assert await ada.receive() == ("published", "More")
    await asyncio.to_thread(page.close_the_news)
    assert await ada.receive() == ("good night",)
    assert not ada.scope["socket"].connected and not bob.scope["socket"].connected


async def test_a_receiver_answers_another_server(page):
    said = await signals.server_side_event.asend("/news", event="how many rooms", args=[])
    assert 3 in [answer for _, answer in said]
    assert await page.rooms_elsewhere() == 0, "under test there are no others"


@pytest.mark.parametrize("line", code(HOW_TO, "shell").splitlines())
def test_the_commands_say_what_they_show(line):
    _, _, name, *words = shlex.split(line)
    call_command(name, *words)
    if "--call" not in words:
        (said,) = outbox
        assert said.event in ("published", "your article is out") and said.args in (["Extra!"], [7])


async def test_who_missed_something_loads_again():
    names = {}
    exec(compile(code(TOPIC, "python", having="@receiver"), TOPIC, "exec"), names)
    try:
        socket = await NamespaceCommunicator(News.as_asgi(), "/board", user=User(pk=1)).connect({"name": "ada"})
        await signals.cluster_restored.asend(None, seconds=1.5)
        assert await socket.receive() == ("load again",)
    finally:
        signals.cluster_restored.disconnect(names["ask_to_load_again"])


def test_every_counter_of_the_page_is_one_of_the_library():
    source = "".join(path.read_text() for path in (ROOT / "realtime").rglob("*.py"))
    rows = re.findall(r"^\| (`[a-z_`, ]+) \|", (ROOT / TOPIC).read_text(), re.M)
    named = [name for row in rows for name in re.findall(r"`([a-z_]+)`", row) if "_" in name]
    operators = {"sockets_leave", "disconnect_sockets", "sockets_join", "fetch_sockets", "server_side_call"}
    counters = [name for name in named if name not in operators | {"server_side_emit"}]
    assert len(counters) > 10 and all(f'"{name}"' in source for name in counters)
