"""What is in the logs is no key to anything."""

import logging

import pytest

from realtime import NamespaceConsumer, on
from tests.engine.asgi import open_polling, turns
from tests.engine.namespaces import Apps, server


class Failing(NamespaceConsumer):
    @on("fail")
    async def fail(self):
        raise RuntimeError("on purpose")


class Broken(Apps):
    async def connect(self, call):
        raise RuntimeError("on purpose")


def said(caplog):
    """Everything in the records, the extras too."""
    return "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)


@pytest.mark.parametrize("app", [Failing.as_asgi(), Broken()], ids=["a handler", "an application"])
async def test_a_failure_does_not_log_the_transport_id_of_a_client_of_protocol_3(app, caplog):
    with caplog.at_level(logging.DEBUG, "realtime"):
        session = await open_polling(server(app), eio=3)
        await turns()
        await session.say('10:42["fail"]')
        await turns()
    assert "on purpose" in caplog.text
    assert session.sid not in said(caplog)
