"""Who comes back must be who went."""

import re

import pytest
from django.contrib.auth.models import User

from realtime import EngineIO, NamespaceConsumer
from realtime.metrics import counters
from realtime.signals import connection_rejected
from realtime.testing import EngineCommunicator
from tests.engine.namespaces import until


class Room(NamespaceConsumer):
    async def connect(self, auth):
        self.scope["was"].append((self.recovered, self.user and self.user.pk, sorted(self.rooms - {self.sid})))
        await self.join("lobby")


@pytest.mark.parametrize("second", [User(pk=8), None])
async def test_whoever_is_another_user_now_begins_anew(second):
    """With the same session: a project may identify clients by something else than their log-in."""
    was, users = [], [User(pk=7), second]

    async def application(scope, receive, send):
        await Room.as_asgi()(scope | {"user": users[0], "was": was}, receive, send)

    served = EngineIO(application, identify=None, channel_layer=None, connection_state_recovery=True)
    pid = await come(served)
    users.pop(0)
    before = counters["recoveries_of_other_users"]
    again = EngineCommunicator(served)
    await again.open()
    await again.post(f'40{{"pid":"{pid}"}}')
    assert not any(frame.startswith("40") for frame in await again.poll())
    assert counters["recoveries_of_other_users"] == before + 1
    assert await come(served, f'{{"pid":"{pid}"}}') != pid
    assert was == [(False, 7, []), (True, second and 8, ["lobby"]), (False, second and 8, [])]


async def test_the_same_user_goes_on():
    was = []

    async def application(scope, receive, send):
        await Room.as_asgi()(scope | {"user": User(pk=7), "was": was}, receive, send)

    served = EngineIO(application, identify=None, channel_layer=None, connection_state_recovery=True)
    pid = await come(served)
    assert await come(served, f'{{"pid":"{pid}"}}') == pid
    assert was == [(False, 7, []), (True, 7, ["lobby"])]


async def test_the_secret_of_a_client_that_is_refused_is_told_to_nobody():
    told = []

    def refused(handshake, **more):
        told.append(handshake["auth"])

    served = EngineIO(Room.as_asgi(), identify=None, channel_layer=None, connection_state_recovery=True)
    connection_rejected.connect(refused)
    try:
        client = EngineCommunicator(served)
        await client.open()
        await client.post('40//none,{"pid":"secret","offset":"0","name":"ada"}')
        await client.poll()
        await until(lambda: told)
    finally:
        connection_rejected.disconnect(refused)
    assert told == [{"name": "ada"}]


async def come(served, auth=""):
    """The secret of a client that has come, and is lost."""
    client = EngineCommunicator(served)
    await client.open()
    await client.post(f"40{auth}")
    (connected,) = await client.poll()
    served.engine.clients[client.sid].close("transport close")
    return re.search('"pid":"([^"]+)"', connected)[1]
