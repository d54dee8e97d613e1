"""The server of the client tests, for the suites that share it."""

import json
import os
import subprocess
import sys

import pytest

from tests.clients.jar import Jar
from tests.harness import ServerProcess
from tests.harness.processes import ROOT


@pytest.fixture(scope="session")
def client_database(tmp_path_factory):
    """A database file with the users of prepare.py."""
    path = str(tmp_path_factory.mktemp("clients") / "db.sqlite3")
    environment = {**os.environ, **environment_of(path)}
    subprocess.run([sys.executable, "-m", "tests.clients.prepare"], cwd=ROOT, env=environment, check=True)
    return path


def environment_of(database, *, layer=None, **socketio):
    """The environment of tests/clients/settings.py; ``socketio`` are settings of SOCKETIO, in lower case."""
    return {
        "DJANGO_SETTINGS_MODULE": "tests.clients.settings",
        "CLIENTS_DATABASE": database,
        "CLIENTS_SOCKETIO": json.dumps({name.upper(): value for name, value in socketio.items()}),
    } | ({"CLIENTS_LAYER": json.dumps(layer)} if layer else {})


def client_server(database, *, server="daphne", layer=None, more=None, **socketio):
    """A ServerProcess of tests/clients/app.py, not yet started."""
    environment = environment_of(database, layer=layer, **socketio) | (more or {})
    return ServerProcess("tests.clients.app:application", server=server, env=environment)


@pytest.fixture(scope="session")
def server(client_database):
    """A daphne that all checks share."""
    with client_server(client_database) as running:
        yield running


@pytest.fixture(scope="session")
def msgpack_server(client_database):
    """A daphne whose clients speak MessagePack."""
    with client_server(client_database, parser="msgpack") as running:
        yield running


@pytest.fixture
def jar(server):
    """A new cookie jar for the pages of ``server``."""
    return Jar(server.url)
