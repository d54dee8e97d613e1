"""docs/topics/authentication.md: its consumer, asked over the engine by somebody who is logged in."""

import re

import pytest
from channels.db import database_sync_to_async
from channels.routing import ProtocolTypeRouter
from django.contrib.auth import get_user_model
from django.test import Client

from realtime import EngineIO, conf
from realtime.testing import EngineCommunicator
from tests.harness.processes import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs/topics/authentication.md").read_text(), re.S)


def log_in():
    client = Client()
    client.force_login(get_user_model().objects.create_user("ada", password="one"))
    return client.cookies["sessionid"].value


async def test_the_consumer_knows_its_user():
    names = {}
    exec(BLOCKS[0], names)
    key = await database_sync_to_async(log_in)()
    application = EngineIO(ProtocolTypeRouter({"socketio": names["application"]}))
    client = EngineCommunicator(application, headers=[(b"cookie", f"sessionid={key}".encode())])
    socket = await client.websocket()
    await socket.send("40")
    assert (await socket.receive()).startswith("40{")
    assert await socket.receive() == '42["hello","ada"]'
    await socket.close()


def test_the_settings_are_options(settings):
    names = {}
    exec(BLOCKS[1], names)
    settings.SOCKETIO = names["SOCKETIO"]
    assert conf.options().auth_lost == "disconnect"
