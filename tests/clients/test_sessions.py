"""Whose socket it is: logging in and out and changing the password, on Django's own pages, under a running client."""

import json
import subprocess
import threading

import pytest

from tests.clients.jar import Jar
from tests.clients.prepare import CHANGERS
from tests.harness.node import node_command, node_environment

pytestmark = pytest.mark.node
changers = iter(CHANGERS)


class Visitor:
    """js/visitor.js: a client that says who it is each time it connects."""

    def __init__(self, version, transport, url, cookie, *hold):
        command = node_command("tests/clients/js/visitor.js", version, transport, url, cookie, *hold)
        self.node = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=node_environment()
        )
        self.watchdog = threading.Timer(90, self.node.kill)
        self.watchdog.start()

    def next(self):
        """The next thing it says."""
        line = self.node.stdout.readline()
        assert line, "it said nothing more"
        return json.loads(line)

    def wear(self, cookie):
        """The browser has these cookies now."""
        self.node.stdin.write(cookie + "\n")
        self.node.stdin.flush()

    def next_identity(self):
        """Who it is at its next connection: [user, session key]."""
        while "connected" not in (said := self.next()):
            pass
        return said["connected"]

    def close(self):
        self.watchdog.cancel()
        self.node.kill()
        self.node.wait()
        self.node.stdin.close()
        self.node.stdout.close()


@pytest.fixture
def visit(server):
    """``visit(version, transport, jar, ...)`` starts a visitor with the cookies of this jar."""
    visitors = []

    def visit(version, transport, jar, *hold):
        visitors.append(Visitor(version, transport, server.url, jar.cookie, *hold))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.close()


def nobody_logs_in(jar):
    jar.get("/")
    yield ""
    jar.login("ada")
    yield "ada"


def ada_logs_out(jar):
    jar.login("ada")
    yield "ada"
    jar.logout()
    yield ""


def ada_becomes_bob(jar):
    jar.login("ada")
    yield "ada"
    jar.login("bob")
    yield "bob"


def somebody_changes_the_password(jar):
    name = next(changers)
    jar.login(name)
    yield name
    jar.change_password(name, "quite-Another-1")
    yield name


STORIES = [nobody_logs_in, ada_logs_out, ada_becomes_bob, somebody_changes_the_password]
stories = pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
each_protocol = pytest.mark.parametrize("version", ["2", "4"], ids=["EIO3", "EIO4"])


@stories
@each_protocol
def test_in_mid_polling_the_client_comes_back_as_the_right_user(visit, jar, version, story):
    chapters = story(jar)
    before = next(chapters)
    visitor = visit(version, "polling", jar)
    assert visitor.next() == {"connected": [before, jar.session_key]}
    after = next(chapters)
    visitor.wear(jar.cookie)
    assert list(visitor.next()) == ["disconnected"]
    assert visitor.next() == {"connected": [after, jar.session_key]}
    assert jar.user() == after


@stories
@each_protocol
def test_in_mid_upgrade_the_client_comes_back_as_the_right_user(visit, jar, version, story):
    chapters = story(jar)
    next(chapters)
    visitor = visit(version, "upgrade", jar, "hold")
    assert visitor.next() == {"held": True}
    after = next(chapters)
    visitor.wear(jar.cookie)
    assert visitor.next_identity() == [after, jar.session_key]


@pytest.mark.parametrize("transport", ["polling", "websocket", "upgrade"])
@each_protocol
def test_a_client_without_news_stays_connected_while_another_logs_out(visit, server, version, transport):
    ada, bob = Jar(server.url), Jar(server.url)
    ada.login("ada")
    bob.login("bob")
    visitors = [visit(version, transport, each) for each in (ada, bob)]
    assert [visitor.next_identity()[0] for visitor in visitors] == ["ada", "bob"]
    bob.logout()
    again = visit(version, transport, ada)
    assert again.next_identity() == ["ada", ada.session_key]
    visitors[0].wear(ada.cookie)  # unchanged
    visitors[0].node.stdin.close()  # it ends when it has read that, and has said nothing more
    assert visitors[0].node.stdout.read() == ""
