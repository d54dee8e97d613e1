"""The JavaScript client beside the endpoint, as pages of other origins get it."""

import pytest

from realtime import EngineIO
from realtime.testing import EngineCommunicator


async def fetch(origin, **options):
    """The headers with which the client's file is answered."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/socket.io/socket.io.min.js", "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"origin", origin)],
    }  # fmt: skip
    await EngineIO(None, **options)(scope, None, send)
    assert sent[0]["status"] == 200
    return dict(sent[0]["headers"])


async def test_a_listed_origin_may_load_the_client():
    headers = await fetch(b"https://a.example", cors_allowed_origins=["https://a.example"])
    assert headers[b"access-control-allow-origin"] == b"https://a.example"


@pytest.mark.parametrize("options", [{}, {"cors_allowed_origins": ["https://a.example"]}])
async def test_any_other_gets_no_word_of_cors(options):
    assert b"access-control-allow-origin" not in await fetch(b"https://b.example", **options)


async def test_without_serve_client_there_is_no_such_file(settings):
    client = EngineCommunicator(EngineIO(None), path="/socket.io/socket.io.min.js")
    assert (await client.request("GET")).status == 200
    settings.SOCKETIO = {"SERVE_CLIENT": False}
    assert (await client.request("GET")).status == 404
