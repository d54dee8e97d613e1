"""The fixture ``socketio_server`` in a project of its own, and what becomes of its process."""

import json
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.harness.node import node_environment
from tests.harness.processes import ROOT

FILES = {
    "site/__init__.py": "",
    "site/settings.py": """
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "only for this test"
DEBUG = True
ROOT_URLCONF = "ours.urls"
ASGI_APPLICATION = "ours.asgi.application"
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "files"]
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.staticfiles",
    "realtime",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "a.sqlite3", "TEST": {"NAME": "b.sqlite3"}}}
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
""",
    "site/urls.py": """
from django.http import HttpResponse
from django.urls import path
from realtime import namespace

def announce(request):
    namespace("/").emit("news", "tea")
    return HttpResponse()

urlpatterns = [path("announce", announce)]
""",
    "site/asgi.py": """
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path
http = get_asgi_application()
from django.conf import settings
from django.contrib.auth.models import User
from realtime import EngineIO, NamespaceConsumer, on
from realtime.auth import AuthMiddlewareStack

class Main(NamespaceConsumer):
    @on("who")
    async def who(self):
        return [self.user.username, await User.objects.acount(), settings.DEBUG, settings.COLOUR]

    @on("crash")
    async def crash(self):
        raise RuntimeError("between the server and its log")

application = EngineIO(
    ProtocolTypeRouter({"http": http, "socketio": AuthMiddlewareStack(URLRouter([path("", Main.as_asgi())]))})
)
""",
    "files/hello.css": "body { color: teal }",
    "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = ours.settings\npythonpath = .\n",
    "conftest.py": """
import pytest

@pytest.fixture(scope="session")
def socketio_server_settings():
    return {"COLOUR": "teal"}
""",
    "client.js": """
const [url, version, cookie] = process.argv.slice(2);
const io = require(`socket.io-client-${version}`);
const socket = io(url, { transports: ["websocket"], extraHeaders: { Cookie: cookie } });
socket.on("news", (news) => socket.emit("who", (who) => socket.emit("crash", () => {
  console.log(JSON.stringify([news, who]));
  process.exit(0);
})));
socket.on("connect", () => fetch(`${url}/announce`));
""",
    "test_site.py": """
import json, subprocess
from urllib.request import urlopen
import pytest
from django.contrib.auth.models import User

@pytest.mark.parametrize("version", ["2", "4"])
def test_a_javascript_client_is_the_user_of_the_test(client, socketio_server, version):
    client.force_login(User.objects.create(username="ada"))
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    command = [NODE, "client.js", socketio_server.url, version, cookie]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    assert json.loads(printed) == ["tea", ["ada", 1, False, "teal"]]  # the user before was taken away again
    assert "between the server and its log" in socketio_server.log()

def test_static_files_are_there(socketio_server):
    assert urlopen(socketio_server + "/static/hello.css").read() == b"body { color: teal }"
""",
    "failing.py": """
from urllib.request import urlopen

def test_that_fails(socketio_server):
    urlopen(socketio_server + "/announce/nothing")
""",
    "waiting.py": """
import time

def test_that_never_ends(socketio_server):
    open("pid", "w").write(str(socketio_server._process.pid))
    time.sleep(600)
""",
}


@pytest.fixture
def project(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name.replace("site/", "ours/")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def command(*arguments):
    # This checkout is not installed: its plugin is named.
    return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "realtime.pytest_plugin", *arguments]


def environment():
    kept = {name: value for name, value in node_environment().items() if not name.startswith("DJANGO_")}
    return {**kept, "PYTHONPATH": str(ROOT)}


def run(project, *arguments):
    ran = subprocess.run(
        command(*arguments), cwd=project, env=environment(), capture_output=True, text=True, timeout=300
    )
    return ran.returncode, ran.stdout + ran.stderr


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.node
def test_real_clients_of_both_generations_meet_the_tests_database(project):
    from tests.harness.capabilities import program

    change(project / "test_site.py", "NODE", json.dumps(program("node")))
    status, printed = run(project, "test_site.py")
    assert status == 0 and "3 passed" in printed, printed


def test_a_failed_test_shows_what_the_server_printed(project):
    status, printed = run(project, "failing.py")
    assert status == 1 and "Not Found: /announce/nothing" in printed, printed


def test_a_database_in_memory_is_refused_with_the_line_to_write(project):
    change(project / "ours/settings.py", ', "TEST": {"NAME": "b.sqlite3"}', "")
    status, printed = run(project, "failing.py")
    assert status == 1 and 'DATABASES[\'default\']["TEST"] = {"NAME"' in printed, printed


def test_a_server_that_cannot_start_says_why(project):
    change(project / "ours/asgi.py", "http = ", "import no_such_module\nhttp = ")
    status, printed = run(project, "failing.py")
    assert status == 1 and "No module named 'no_such_module'" in printed, printed


def test_the_server_does_not_outlive_tests_that_are_killed(project):
    tests = subprocess.Popen(command("waiting.py"), cwd=project, env=environment(), stdout=subprocess.DEVNULL)
    try:
        while not (project / "pid").exists() or not (project / "pid").read_text():
            assert tests.poll() is None
            time.sleep(0.05)
        server = psutil.Process(int((project / "pid").read_text()))
    finally:
        tests.send_signal(signal.SIGKILL)
        tests.wait()
    server.wait(60)
