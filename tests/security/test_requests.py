"""Requests that no client of Socket.IO sends."""

import json

import pytest

from realtime.metrics import counters
from realtime.options import Options
from realtime.origins import origin_allowed
from tests.engine.asgi import Request, WebSocket, engine


@pytest.mark.parametrize(
    "query, headers",
    [
        ("", {"x-long": "a" * 70_000}),
        ("", {f"x-{number}": "a" for number in range(20_000)}),
        ("&a=" + "a" * 70_000, {}),
    ],
    ids=["one header", "many headers", "the query"],
)
async def test_a_session_keeps_no_handshake_over_max_header_bytes(query, headers):
    app, before = engine(), counters["handshakes_too_large"]
    status, body = await Request(app, "EIO=4&transport=polling" + query, headers=headers).answer()
    assert (status, json.loads(body)) == (400, {"code": 3, "message": "Bad request"})
    websocket = WebSocket(app, "EIO=4&transport=websocket" + query, headers=headers)
    assert (await websocket.next())["type"] == "websocket.close"
    assert app.clients == {}
    assert counters["handshakes_too_large"] == before + 2


@pytest.mark.parametrize("value", ["none, cross-site", "same-origin,same-site", " CROSS-SITE "])
def test_one_word_of_another_site_is_enough_to_refuse_a_request_without_an_origin(value, settings):
    settings.ALLOWED_HOSTS = ["example.com"]
    headers = {"host": "example.com", "sec-fetch-site": value}
    assert not origin_allowed({"type": "http", "scheme": "http"}, headers, Options())
