"""Targets, middleware, permissions, listeners, dynamic namespaces and acks, as real JavaScript clients see them.

The checks are in js/listening.js; each is a test here for the clients 2.5.0 and 4.x on both transports.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.fixtures import environment_of
from tests.clients.jar import Jar
from tests.harness import ServerProcess
from tests.harness.node import node_command, node_environment
from tests.harness.processes import ROOT

pytestmark = pytest.mark.node

SCRIPT = Path(__file__).parent / "js/listening.js"
RESERVED = ("connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener")
TITLES = [*re.findall(r'^check\("(.+?)",', SCRIPT.read_text(), re.M)]
TITLES += [f"a client that sends {name} as an event is closed" for name in RESERVED]
GIVE = """
import django; django.setup()
from django.contrib.auth.models import Permission, User
User.objects.get(username="ada").user_permissions.add(Permission.objects.get(codename="change_user"))
"""


@pytest.fixture(scope="module")
def listening_server(client_database):
    environment = {**environment_of(client_database), "DJANGO_SETTINGS_MODULE": "tests.clients.listening_settings"}
    subprocess.run([sys.executable, "-c", GIVE], cwd=ROOT, env={**os.environ, **environment}, check=True)
    with ServerProcess("tests.clients.listening:application", server="daphne", env=environment) as running:
        yield running


@pytest.fixture(scope="module")
def cookies(listening_server):
    """The session cookies of Ada, who may change users, and of Bob, who may not."""
    jars = Jar(listening_server.url), Jar(listening_server.url)
    for jar, name in zip(jars, ("ada", "bob"), strict=True):
        jar.login(name)
    return {"ADAS_COOKIE": jars[0].cookie, "BOBS_COOKIE": jars[1].cookie}


@pytest.fixture(scope="module", params=[(v, t) for v in ("2", "4") for t in ("polling", "websocket")], ids="-".join)
def results(request, listening_server, cookies):
    """{check: {"ok", "error"?}} of one client on one transport."""
    command = node_command("tests/clients/js/listening.js", *request.param, listening_server.url)
    ran = subprocess.run(command, capture_output=True, text=True, timeout=200, env=node_environment(**cookies))
    return {result["check"]: result for result in map(json.loads, ran.stdout.splitlines())} | {"stderr": ran.stderr}


@pytest.mark.parametrize("title", TITLES)
def test_javascript_client(results, title):
    result = results.get(title, {"ok": False, "error": f"it did not run: {results['stderr']}"})
    assert result["ok"], result["error"]


def test_every_check_is_a_test(results):
    assert set(results) == {*TITLES, "stderr"}
