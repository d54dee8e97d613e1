"""The README, followed in a new project, and what its log says of a newcomer's mistakes."""

import asyncio
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import socketio

from tests.harness.processes import ROOT, ServerProcess

README = (ROOT / "README.md").read_text()
BLOCK = re.compile(r"^( *)```python\n(.*?)^ *```$", re.M | re.S)
OPEN_TO_ALL = {"if not self.user.is_authenticated:": "if not self.user:"}  # these clients have no cookie


def blocks():
    """``settings.py``, ``asgi.py`` and ``consumers.py`` of "Into an existing project"."""
    section = README.partition("## Into an existing project")[2].partition("\n## ")[0]
    return [textwrap.dedent(text) for _, text in BLOCK.findall(section)][:3]


class Project:
    """``django-admin startproject mysite``, and what the README says; ``changes`` are mistakes in consumers.py."""

    def __init__(self, directory, changes=None, extra=""):
        self.directory = Path(directory)
        self.run(sys.executable, "-m", "django", "startproject", "mysite", ".")
        settings, asgi, consumers = blocks()
        for wrong, right in {**OPEN_TO_ALL, **(changes or {})}.items():
            assert wrong in consumers
            consumers = consumers.replace(wrong, right)
        self.write("mysite/asgi.py", asgi)
        self.write("chat/consumers.py", consumers)
        self.settings(settings + extra)

    def write(self, path, text):
        (self.directory / path).parent.mkdir(exist_ok=True)
        (self.directory / path).write_text(text)

    def settings(self, lines):
        there = (self.directory / "mysite/settings.py").read_text()
        apps = re.search(r"^INSTALLED_APPS = \[(.*?)^\]", there, re.M | re.S)[1]
        self.write("mysite/settings.py", there + lines.replace("...", " ".join(apps.split()).rstrip(",")))

    def run(self, *command):
        ran = subprocess.run(command, cwd=self.directory, env=ENV, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr

    def manage(self, *command):
        return self.run(sys.executable, "manage.py", *command)

    def served(self, server):
        return ServerProcess("mysite.asgi:application", server=server, env=ENV, cwd=self.directory)


ENV = {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "mysite.settings", "PATH": "/usr/bin:/bin"}


async def two_talk(url, namespace="/chat"):
    """What the second of two hears after the first has said hello, and the answer that the first has."""
    heard = asyncio.get_running_loop().create_future()
    async with socketio.AsyncSimpleClient() as first, socketio.AsyncSimpleClient() as second:
        await second.connect(url, namespace=namespace)
        second.client.on("message", lambda *said: heard.done() or heard.set_result(said), namespace=namespace)
        await first.connect(url, namespace=namespace)
        answer = await first.call("message", "hello")
        try:
            return await asyncio.wait_for(heard, 1), answer
        except TimeoutError:
            return None, answer


@pytest.fixture(scope="module")
def as_written(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("as_written"))


def test_the_checks_have_nothing_to_say(as_written):
    assert "no issues" in as_written.manage("check")


@pytest.mark.parametrize("server", ["daphne", "socketio_serve", "uvicorn", "uvicorn-ready"])
async def test_it_works_as_it_is_written(as_written, server):
    with as_written.served(server) as running:
        assert await two_talk(running.url) == (("", "hello"), {"ok": True})
        assert "Traceback" not in running.log() and "Warning" not in running.log()


@pytest.mark.parametrize("server", ["daphne", "socketio_serve"])
async def test_the_log_names_the_line_of_an_emit_that_nobody_awaits(tmp_path, server):
    project = Project(tmp_path, {"await self.to(": "self.to("})
    with project.served(server) as running:
        assert await two_talk(running.url) == (None, {"ok": True})
        log = running.log()
    assert re.search(r"chat/consumers.py:\d+: .*RuntimeWarning: coroutine 'Operator.emit' was never awaited", log), log


async def test_the_log_says_what_to_do_about_the_orm_in_a_coroutine(tmp_path):
    wrong = "from django.contrib.auth.models import User; User.objects.count()"
    project = Project(tmp_path, {"return {": f"{wrong}\n        return {{"})
    with project.served("daphne") as running:
        _, answer = await two_talk(running.url)
        assert answer["error"]["code"] == "internal_error"
        assert "'message' failed in namespace '/chat'" in running.log()
        assert "make it a plain def, which runs in a thread" in running.log()


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
async def test_the_log_names_the_line_that_holds_up_the_event_loop(tmp_path, server):
    project = Project(tmp_path, {"return {": "import time\n        time.sleep(0.6)\n        return {"})
    with project.served(server) as running:
        await two_talk(running.url)
        await two_talk(running.url)
        log = running.log()
    assert len(re.findall(r"chat/consumers.py:15: message\(\) has held up the event loop", log)) == 1, log


async def test_the_log_names_the_namespaces_that_there_are(as_written):
    with as_written.served("daphne") as running:
        with pytest.raises(socketio.exceptions.ConnectionError, match="namespaces failed"):
            await two_talk(running.url, "/chatt")
        assert "no route of asgi.py leads to the namespace /chatt; there are: /chat" in running.log()


async def test_the_log_says_that_the_app_is_missing(tmp_path):
    project = Project(tmp_path, extra="INSTALLED_APPS.remove('realtime')\n")
    with project.served("daphne") as running:
        assert await two_talk(running.url) == (("", "hello"), {"ok": True})
        assert running.log().count("'realtime' is not in INSTALLED_APPS") == 1
