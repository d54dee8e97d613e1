"""D: requests across origins. Behaviour ids as in behaviours.py; D4 and D9 differ on purpose, see DEVIATIONS.md."""

import pytest

from tests.conformance.raw import Answer
from tests.conformance.sessions import assert_error, query

GOOD = "http://good.example"
BAD = "http://bad.example"


def words(value):
    return {word.strip() for word in value.split(",")}


async def preflight(server, path, origin, asked="content-type"):
    headers = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", asked),
    ]
    return await server.request("OPTIONS", f"{path}?EIO=4&transport=polling", headers)


def cors_headers(answer):
    return {name: value for name, value in answer.headers if name.startswith("access-control-")}


async def test_d1_a_preflight_of_an_allowed_origin_is_204_with_all_that_it_asks(server):
    answer = await preflight(server, "/cors/", GOOD)
    assert answer.status == 204
    found = cors_headers(answer)
    assert found.pop("access-control-allow-origin") == GOOD
    assert found.pop("access-control-allow-credentials") == "true"
    assert words(found.pop("access-control-allow-methods")) == {"GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"}
    assert "content-type" in words(found.pop("access-control-allow-headers"))
    assert found == {}
    assert "origin" in words(answer.header("vary").lower())


async def test_d2_a_get_of_an_allowed_origin_carries_origin_and_credentials_only(server):
    answer = await server.get("/cors/?EIO=4&transport=polling", [("Origin", GOOD)])
    assert answer.status == 200
    assert cors_headers(answer) == {
        "access-control-allow-origin": GOOD,
        "access-control-allow-credentials": "true",
    }
    assert "origin" in words(answer.header("vary").lower())


async def test_d3_a_preflight_of_another_origin_is_not_allowed(server):
    answer = await preflight(server, "/cors/", BAD)
    assert answer.status in (204, 403)
    assert "access-control-allow-origin" not in cors_headers(answer)


async def test_d4_a_get_of_another_origin_is_refused(server):
    answer = await server.get("/cors/?EIO=4&transport=polling", [("Origin", BAD)])
    assert_error(answer, 4, status=403)
    assert "access-control-allow-origin" not in cors_headers(answer)


async def test_d5_every_cors_option_shows(server):
    answer = await preflight(server, "/cors-full/", GOOD)
    assert answer.status == 200
    found = cors_headers(answer)
    assert found["access-control-allow-origin"] == GOOD
    assert words(found["access-control-allow-methods"]) == {"GET", "POST"}
    assert words(found["access-control-allow-headers"].lower()) == {"x-asked"}
    assert found["access-control-max-age"] == "123"
    assert found["access-control-allow-credentials"] == "true"
    answer = await server.get("/cors-full/?EIO=4&transport=polling", [("Origin", GOOD)])
    assert cors_headers(answer)["access-control-expose-headers"] == "X-Shown"


async def test_d6_any_origin_gets_a_star_and_the_headers_it_asked_for(server):
    answer = await preflight(server, "/cors-any/", BAD, asked="x-one,x-two")
    assert answer.status == 204
    found = cors_headers(answer)
    assert found["access-control-allow-origin"] == "*"
    assert words(found["access-control-allow-headers"]) == {"x-one", "x-two"}
    assert "access-control-allow-credentials" not in found


async def test_d7_an_error_carries_the_same_headers(server):
    answer = await server.get("/cors/?EIO=4&transport=websocket", [("Origin", GOOD)])
    assert_error(answer, 3)
    assert cors_headers(answer)["access-control-allow-origin"] == GOOD
    assert cors_headers(answer)["access-control-allow-credentials"] == "true"


async def test_d8_no_headers_without_the_option(server):
    own = [("Origin", server.origin)]
    answer = await server.get("/engine.io/?EIO=4&transport=polling", own)
    assert answer.status == 200
    assert cors_headers(answer) == {}


async def test_d9_a_websocket_of_another_origin_is_refused(server):
    answer = await server.refused("/engine.io/?EIO=4&transport=websocket", [("Origin", BAD)])
    assert isinstance(answer, Answer)
    assert 400 <= answer.status < 500


@pytest.mark.parametrize(
    "origin",
    ["null", "http://", "http://[", "http://127.0.0.1", "https://{host}", "http://{host}.bad.example", "nonsense"],
)
async def test_d4_an_origin_that_is_nearly_ours_null_or_malformed_is_refused_everywhere(server, origin):
    origin = origin.format(host=f"{server.host}:{server.port}")
    headers = [("Origin", origin)]
    answer = await server.get("/engine.io/?EIO=4&transport=polling", headers)
    assert answer.status in (400, 403)
    session = await server.polling()
    answer = await server.request("POST", session.target, headers, b"4x")
    assert answer.status in (400, 403)
    assert isinstance(await server.refused(session.upgrade, headers), Answer)
    assert isinstance(await server.refused("/engine.io/?EIO=4&transport=websocket", headers), Answer)
    await session.alive()


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
async def test_d4_without_an_origin_the_browser_says_where_the_request_comes_from(server, site, status):
    fields = query(EIO=4, transport="polling")
    answer = await server.get(f"/engine.io/?{fields}", [("Sec-Fetch-Site", site)])
    assert answer.status == status


async def test_d9_our_own_origin_may_open_a_websocket(server):
    websocket = await server.direct(headers=[("Origin", server.origin)])
    websocket.send("4hello")
    assert await websocket.receive() == "4hello"


async def test_d2_an_allowed_origin_may_post_upgrade_and_open_a_websocket(server):
    headers = [("Origin", GOOD)]
    session = await server.polling("/cors/", headers=headers)
    assert (await session.post("4hello", headers)).text == "ok"
    websocket = await server.websocket(session.upgrade, headers)
    websocket.send("2probe")
    assert await websocket.receive() == "3probe"
    assert (await server.direct("/cors/", headers=headers)).handshake["sid"]
