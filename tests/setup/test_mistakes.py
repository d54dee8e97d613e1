"""A project with a mistake in it: ``manage.py check`` names the file and the line, and says what to do."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.harness.processes import ROOT

SETTINGS = """
SECRET_KEY = "only for this test"
DEBUG = True
ROOT_URLCONF = "site_of_ours.urls"
ASGI_APPLICATION = "site_of_ours.asgi.application"
INSTALLED_APPS = ["daphne", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "realtime"]
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10000}}}
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "a.sqlite3"}}
"""
ASGI = """
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path
http = get_asgi_application()
from site_of_ours.consumers import Chat
from realtime import EngineIO
router = URLRouter([path("", Chat.as_asgi())])
application = EngineIO(ProtocolTypeRouter({"http": http, "socketio": router}), **OPTIONS)
"""
CLASS = """from realtime import NamespaceConsumer, on, once

class Chat(NamespaceConsumer):
"""
# What is wrong -> (file, what is written behind what is there, "the line": what the check says of it).
# The marker <<< stands at the end of the line that is to be named.
MISTAKES = {
    "an option that is none": (
        "settings",
        'SOCKETIO = {\n "PATH": "/x",\n "PING_INTERVALL": 3,  # <<<\n}',
        "PING_INTERVAL?",
    ),
    "a value of another kind": (
        "settings",
        'SOCKETIO = {}\nSOCKETIO["PING_TIMEOUT"] = "soon"  # <<<',
        "it takes float",
    ),
    "options that are no dict": ("settings", "SOCKETIO = [3]  # <<<", "no dict"),
    "an unknown parser": ("settings", 'SOCKETIO = {\n "PARSER": "yaml",  # <<<\n}', "choose one of json, msgpack"),
    "settings of a base module": ("base", 'SOCKETIO = {"PING_INTERVALL": 3}  # <<<', "PING_INTERVAL?"),
    "an argument that is no option": ("asgi", "EngineIO(http, ping_intervall=3)  # <<<", "PING_INTERVAL?"),
    "an argument that names no parser": ("asgi", 'EngineIO(http, parser="yaml")  # <<<', "choose one of json, msgpack"),
    "a reserved event": ("consumers", ' @on("connect")  # <<<\n async def a(self): pass', "write async def connect"),
    "two handlers": (
        "consumers",
        ' @on("x")\n def a(self): pass\n @on("x")  # <<<\n def b(self): pass',
        "keep one of the two",
    ),
    "a keyword that no event has": ("consumers", ' @on("x")  # <<<\n def a(self, *, key): pass', "give it a default"),
    "an annotation of nothing": ("consumers", ' @on("x")  # <<<\n def a(self, x: "Nope"): pass', "a client can send"),
    "a name that is taken": ("consumers", ' @on("x")  # <<<\n def join(self): pass', "call it on_join"),
    "a static method": ("consumers", ' @staticmethod  # <<<\n @on("x")\n def a(x): pass', "drop @staticmethod"),
    "a class method": ("consumers", ' @on("x")  # <<<\n @classmethod\n def a(cls): pass', "drop @classmethod"),
    "on without an event": ("consumers", " @on  # <<<\n def a(self): pass", "takes the name of an event"),
    "a catch-all that is once": ("consumers", ' @once("*")  # <<<\n def a(self): pass', "takes the name of an event"),
    "a hook without its argument": ("consumers", " async def connect(self): pass  # <<<", "connect(self, auth)"),
    "a reserved event that goes out": ("consumers", ' emits = {"disconnect": str}', "no server may send it"),
    "a permission that is none": ("consumers", ' permission_required = "moderate"', 'named like "chat.moderate"'),
    "a text that is no Python": ("consumers", " @on(  # <<<", "was never closed"),
}


def check(directory, file, written):
    package = directory / "site_of_ours"
    package.mkdir(parents=True)
    texts = {"__init__": "", "base": "", "settings": f"from .base import *\n{SETTINGS}", "urls": "urlpatterns = []\n"}
    texts |= {"asgi": ASGI.replace(", **OPTIONS", ""), "consumers": CLASS}
    texts[file] += written + "\n"
    texts["consumers"] += " pass\n" if file != "consumers" else ""
    for name, text in texts.items():
        (package / f"{name}.py").write_text(text)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    environment = {**kept, "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "site_of_ours.settings"}
    command = [sys.executable, "-m", "django", "check"]
    ran = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True)
    lines = texts[file].splitlines()
    marked = [number for number, line in enumerate(lines, 1) if "<<<" in line]
    return ran.stdout + ran.stderr, f"{package / file}.py:{marked[0] if marked else ''}"


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """{mistake: (what the check printed, the place it must name)}."""
    directory = tmp_path_factory.mktemp("mistakes")
    with ThreadPoolExecutor(2) as pool:
        running = {
            name: pool.submit(check, directory / re.sub(r"\W", "_", name), *mistake[:2])
            for name, mistake in MISTAKES.items()
        }
        return {name: each.result() for name, each in running.items()}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_check_names_file_and_line_and_says_what_to_do(said, mistake):
    printed, place = said[mistake]
    assert "(realtime.E" in printed and place in printed and MISTAKES[mistake][2] in printed, printed


def test_a_project_without_a_mistake_hears_nothing(tmp_path):
    printed, _ = check(tmp_path, "base", "")
    assert "no issues" in printed
