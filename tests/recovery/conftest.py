"""Servers with connection state recovery, and what a real client lives through with them."""

import json
import subprocess

import pytest

from tests.clients.fixtures import client_database, environment_of
from tests.harness import ServerProcess
from tests.harness.node import node, node_command, node_environment

__all__ = ["client_database"]


def recovering_server(database, *, layer=None, recovery=True, server="daphne", **socketio):
    """A ServerProcess of tests/recovery/app.py, not yet started."""
    environment = environment_of(database, layer=layer, connection_state_recovery=recovery, **socketio)
    return ServerProcess("tests.recovery.app:application", server=server, env=environment)


def lives(scenario, transport, *urls, parser=None):
    """What tests/recovery/js/scenarios.js told of one scenario."""
    env = {"CLIENT_PARSER": parser} if parser else {}
    return json.loads(node("tests/recovery/js/scenarios.js", scenario, transport, *urls, env=env))


class Living:
    """A scenario that goes on while the test does something: ``ready()`` waits for its line, ``go_on()`` sends one."""

    def __init__(self, scenario, transport, *urls):
        command = node_command("tests/recovery/js/scenarios.js", scenario, transport, *urls)
        self.popen = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=node_environment()
        )

    def ready(self):
        return json.loads(self.popen.stdout.readline())["ready"]

    def go_on(self):
        self.popen.stdin.write("\n")
        self.popen.stdin.flush()

    def told(self):
        return json.loads(self.popen.communicate(timeout=60)[0])

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.popen.kill()
        self.popen.wait()


PUBSUB = "realtime.layers.RedisPubSubChannelLayer"


def redis_layer(url, prefix="recovery"):
    """The setting of a channel layer on this Redis."""
    return {"BACKEND": PUBSUB, "CONFIG": {"hosts": [url], "prefix": prefix}}


@pytest.fixture(scope="session")
def recovering(client_database):
    """A daphne with recovery in memory that the tests share."""
    with recovering_server(client_database) as running:
        yield running
