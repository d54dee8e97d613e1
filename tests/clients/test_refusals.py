"""Whom the server does not let in: pages of other sites, and whoever shows a session's sid with another cookie."""

import asyncio
import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.clients.jar import Jar

both_protocols = pytest.mark.parametrize("protocol", [3, 4], ids=["EIO3", "EIO4"])


def request(url, data=None, **headers):
    """(status, body) of a request with these headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urlopen(Request(url, data, named), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.fixture
def users(server):
    """Cookie jars of ada, of bob and of nobody."""
    ada, bob, nobody = (Jar(server.url) for _ in range(3))
    ada.login("ada")
    bob.login("bob")
    return ada, bob, nobody


def polling(server, protocol, sid=None):
    return f"{server.url}/socket.io/?EIO={protocol}&transport=polling" + (f"&sid={sid}" if sid else "")


def websocket(server, protocol, sid=None):
    return f"{server.ws_url}/socket.io/?EIO={protocol}&transport=websocket" + (f"&sid={sid}" if sid else "")


def shake_hands(server, protocol, **headers):
    """The sid of a new polling session."""
    status, body = request(polling(server, protocol), **headers)
    assert status == 200, body
    return json.loads(body[body.index("{") : body.index("}") + 1])["sid"]


async def refused_websocket(url, **headers):
    """The status of a websocket that was not opened."""
    with pytest.raises(InvalidStatus) as refused:
        async with connect(url, **headers):
            pass
    return refused.value.response.status_code


ELSEWHERE = ["http://evil.example", "https://127.0.0.1", "http://127.0.0.1:1", "null", "http://127.0.0.1.evil.example"]


@pytest.mark.parametrize("origin", ELSEWHERE)
@both_protocols
def test_another_origin_is_refused_over_polling(server, protocol, origin):
    status, body = request(polling(server, protocol), Origin=origin)
    assert (status, json.loads(body)["code"]) == (403, 4)


@pytest.mark.parametrize("origin", ELSEWHERE)
@both_protocols
async def test_another_origin_is_refused_over_websocket(server, protocol, origin):
    assert 400 <= await refused_websocket(websocket(server, protocol), origin=origin) < 500


@both_protocols
async def test_another_origin_cannot_use_or_upgrade_a_session(server, protocol):
    sid = shake_hands(server, protocol)
    assert request(polling(server, protocol, sid), b"1", Origin="http://evil.example")[0] == 403
    assert 400 <= await refused_websocket(websocket(server, protocol, sid), origin="http://evil.example") < 500
    assert request(polling(server, protocol, sid))[0] == 200


@both_protocols
async def test_the_own_origin_is_let_in(server, protocol):
    shake_hands(server, protocol, Origin=server.url)
    async with connect(websocket(server, protocol), origin=server.url) as socket:
        assert (await socket.recv()).startswith("0{")


@both_protocols
def test_a_cross_site_request_without_origin_is_refused(server, protocol):
    for site in ("cross-site", "same-site"):
        assert request(polling(server, protocol), Sec_Fetch_Site=site)[0] == 403
    assert request(polling(server, protocol), Sec_Fetch_Site="same-origin")[0] == 200


@both_protocols
async def test_a_sid_with_another_cookie_is_an_unknown_sid(server, users, protocol):
    ada, *others = users
    sid = shake_hands(server, protocol, Cookie=ada.cookie)
    for other in others:
        status, body = await asyncio.to_thread(request, polling(server, protocol, sid), Cookie=other.cookie)
        assert (status, json.loads(body)) == (400, {"code": 1, "message": "Session ID unknown"})
        status, body = await asyncio.to_thread(request, polling(server, protocol, sid), b"1", Cookie=other.cookie)
        assert (status, json.loads(body)["code"]) == (400, 1)
        headers = {"Cookie": other.cookie}
        refused = await refused_websocket(websocket(server, protocol, sid), additional_headers=headers)
        assert 400 <= refused < 500


@both_protocols
def test_a_stolen_sid_leaves_its_owner_undisturbed(server, users, protocol):
    ada, bob, _ = users
    sid = shake_hands(server, protocol, Cookie=ada.cookie)
    assert request(polling(server, protocol, sid), b"1", Cookie=bob.cookie)[0] == 400
    message = b"40" if protocol == 4 else b'6:42["a"]'
    assert request(polling(server, protocol, sid), message, Cookie=ada.cookie) == (200, "ok")
    assert request(polling(server, protocol, sid), Cookie=ada.cookie)[0] == 200
