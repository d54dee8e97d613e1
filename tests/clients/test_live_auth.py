"""Sockets follow their users: daphne, real clients, and what Django tells or does not tell of users and sessions."""

import itertools
import json
import os
import subprocess
import sys
import time

import pytest

from tests.clients.fixtures import client_server, environment_of
from tests.clients.jar import Jar
from tests.clients.test_sessions import Visitor
from tests.harness.processes import ROOT

pytestmark = pytest.mark.node

names = (f"user{number}-{os.getpid()}" for number in itertools.count())
each_protocol = pytest.mark.parametrize("version", ["2", "4"], ids=["EIO3", "EIO4"])
each_transport = pytest.mark.parametrize("transport", ["websocket", "polling"])
TOLD = ["deactivate", "make_staff", "new_password", "delete_user", "delete_session"]
NOT_TOLD = ["update_is_active", "delete_session_raw", "expire_session"]


@pytest.fixture(scope="module", params=["db", "cached_db"])
def environment(request, tmp_path_factory):
    """Sessions, and a cache that processes share."""
    backend, place = "django.core.cache.backends.filebased.FileBasedCache", str(tmp_path_factory.mktemp("cache"))
    return {"CLIENTS_SESSIONS": request.param, "CLIENTS_CACHE": json.dumps({"BACKEND": backend, "LOCATION": place})}


@pytest.fixture(scope="module")
def server(client_database, environment):
    with client_server(client_database, more=environment) as running:
        yield running


class Person:
    """A user with a browser, a socket, and what both see."""

    def __init__(self, url, version="4", transport="websocket", *, name=None, jar=None, nameless=False):
        self.jar, self.name = jar or Jar(url), name or next(names)
        if nameless:
            self.name = ""
            self.jar.get("/sessions/begin/")
        elif name is None:
            self.jar.get(f"/deeds/create/{self.name}/-/")
        if not jar and not nameless:
            self.jar.login(self.name)
        self.visitor = Visitor(version, transport, url, self.jar.cookie)
        assert self.visitor.next() == {"connected": [self.name, self.jar.session_key]}

    def suffer(self, deed):
        """Something is done to the user in the server's process."""
        self.jar.get(f"/deeds/{deed}/{self.name}/{self.jar.session_key}/")

    def cut_off(self):
        """The reason of the client, and the seconds until it came."""
        begun = time.monotonic()
        said = self.visitor.next()
        assert list(said) == ["disconnected"]
        return said["disconnected"], time.monotonic() - begun

    def becomes(self, name):
        while self.visitor.next_identity() != [name, self.jar.session_key]:
            pass

    def stayed(self):
        """It has said nothing more, and ends."""
        self.visitor.wear(self.jar.cookie)
        self.visitor.node.stdin.close()
        assert self.visitor.node.stdout.read() == ""


@pytest.fixture
def person():
    people = []

    def person(*args, **options):
        people.append(Person(*args, **options))
        return people[-1]

    yield person
    for each in people:
        each.visitor.close()


def who_it_becomes(deed, person):
    """[user, session key] of the next connection."""
    if deed == "make_staff":
        return [person.name, person.jar.session_key]
    return ["", None if "session" in deed else person.jar.session_key]


@each_protocol
@each_transport
@pytest.mark.parametrize("deed", TOLD)
def test_what_django_tells_reaches_the_users_sockets_within_a_second_and_they_come_back(
    server, person, deed, transport, version
):
    ada = person(server.url, version, transport)
    ada.suffer(deed)
    reason, seconds = ada.cut_off()
    assert reason != "io server disconnect" and seconds < 1
    assert ada.visitor.next() == {"connected": who_it_becomes(deed, ada)}


@each_protocol
def test_after_a_log_out_the_browsers_socket_is_nobodys_and_other_devices_stay(server, person, version):
    ada = person(server.url, version)
    phone = person(server.url, version, name=ada.name)
    ada.jar.logout()
    assert ada.cut_off()[1] < 1
    assert ada.visitor.next() == {"connected": ["", None]}
    phone.suffer("save")  # nothing that matters
    phone.stayed()


@each_protocol
def test_a_log_in_brings_the_sockets_of_the_browser_back_as_the_user(server, person, version):
    ada = person(server.url, version)
    ada.jar.login("bob")
    ada.visitor.wear(ada.jar.cookie)
    assert ada.cut_off()[1] < 1
    ada.becomes("bob")


@each_protocol
def test_a_client_that_came_back_before_its_browser_had_the_new_cookie_comes_again(server, person, version):
    ada = person(server.url, version)
    ada.jar.login("bob")
    assert ada.cut_off()[1] < 1
    assert ada.visitor.next() == {"connected": ["", None]}
    ada.visitor.wear(ada.jar.cookie)
    ada.cut_off()
    ada.becomes("bob")


@each_protocol
def test_a_nameless_visitors_sockets_become_the_users_after_the_log_in(server, person, version):
    ada = person(server.url, version, nameless=True)
    ada.jar.login("ada")
    ada.visitor.wear(ada.jar.cookie)
    assert ada.cut_off()[1] < 1
    ada.becomes("ada")


# -- what Django does not tell --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def looking(client_database, environment):
    """A server that looks at everybody every second."""
    with client_server(client_database, more=environment, auth_recheck=1.0) as running:
        yield running


@pytest.mark.parametrize("deed", NOT_TOLD)
def test_what_django_does_not_tell_is_seen_at_the_next_look(looking, person, deed):
    ada, bob = person(looking.url), person(looking.url)
    ada.suffer(deed)
    assert ada.cut_off()[1] < 3
    assert ada.visitor.next() == {"connected": who_it_becomes(deed, ada)}
    time.sleep(1.5)  # another look
    for each in ada, bob:
        each.stayed()


def test_a_client_can_be_told_to_stay_away(client_database, environment, person):
    with client_server(client_database, more=environment, auth_lost="disconnect") as server:
        for version in "24":
            ada = person(server.url, version)
            ada.suffer("deactivate")
            assert ada.cut_off()[0] == "io server disconnect"


# -- every process --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def layer(redis_server):
    config = {"hosts": [redis_server.url], "prefix": "live auth"}
    return {"BACKEND": "realtime.layers.RedisPubSubChannelLayer", "CONFIG": config}


@pytest.fixture(scope="module")
def pair(client_database, environment, layer):
    with (
        client_server(client_database, layer=layer, more=environment) as one,
        client_server(client_database, layer=layer, more=environment) as other,
    ):
        yield one, other


@pytest.mark.redis
@pytest.mark.parametrize("deed", TOLD)
def test_the_sockets_in_every_process_are_reached(pair, person, deed):
    ada = person(pair[0].url)
    far = person(pair[1].url, jar=ada.jar, name=ada.name)
    ada.suffer(deed)
    assert max(each.cut_off()[1] for each in (ada, far)) < 1
    for each in ada, far:
        assert each.visitor.next() == {"connected": who_it_becomes(deed, ada)}


@pytest.mark.redis
def test_a_log_out_in_one_process_reaches_the_other(pair, person):
    ada = person(pair[0].url)
    far = person(pair[1].url, jar=ada.jar, name=ada.name)
    ada.jar.logout()
    assert max(each.cut_off()[1] for each in (ada, far)) < 1
    for each in ada, far:
        assert each.visitor.next() == {"connected": ["", None]}


@pytest.mark.redis
@pytest.mark.parametrize("deed", TOLD)
def test_a_command_in_a_process_without_sockets_reaches_them_all(
    pair, person, client_database, environment, layer, deed
):
    ada = person(pair[0].url)
    far = person(pair[1].url, jar=ada.jar, name=ada.name)
    command = [sys.executable, "-m", "tests.clients.deeds", deed, ada.name, ada.jar.session_key]
    subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment_of(client_database, layer=layer), **environment},
        check=True, timeout=60,
    )  # fmt: skip
    assert max(each.cut_off()[1] for each in (ada, far)) < 1
    for each in ada, far:
        assert each.visitor.next() == {"connected": who_it_becomes(deed, ada)}
