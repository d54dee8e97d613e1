"""The rows of docs/reference/socketio-api.md that a client can see and no other suite shows, through real ones.

The checks are in js/api.js; each is a test here for the clients 2.5.0 and 4.x on both transports.
"""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.clients.fixtures import environment_of
from tests.harness import ServerProcess
from tests.harness.node import node_command, node_environment

pytestmark = pytest.mark.node

SCRIPT = Path(__file__).parent / "js/api.js"
TITLES = re.findall(r'^check\("(.+?)",', SCRIPT.read_text(), re.M)


@pytest.fixture(scope="module")
def api_server(client_database):
    with ServerProcess("tests.clients.api:application", env=environment_of(client_database)) as running:
        yield running


@pytest.fixture(scope="module", params=[(v, t) for v in ("2", "4") for t in ("polling", "websocket")], ids="-".join)
def results(request, api_server):
    """{check: {"ok", "error"?}} of one client on one transport."""
    command = node_command("tests/clients/js/api.js", *request.param, api_server.url)
    ran = subprocess.run(command, capture_output=True, text=True, timeout=200, env=node_environment())
    return {result["check"]: result for result in map(json.loads, ran.stdout.splitlines())} | {"stderr": ran.stderr}


@pytest.mark.parametrize("title", TITLES)
def test_javascript_client(results, title):
    result = results.get(title, {"ok": False, "error": f"it did not run: {results['stderr']}"})
    assert result["ok"], result["error"]
