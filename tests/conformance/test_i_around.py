"""I: the engine among other applications. Behaviour ids as in behaviours.py."""

import pytest

from tests.conformance.raw import Answer


async def test_it1_requests_outside_the_path_go_to_the_other_application(server):
    assert (await server.get("/somewhere/else?EIO=4&transport=polling")).text == "outside /somewhere/else"
    assert (await server.get("/")).text == "outside /"
    assert (await server.get("/socket.iox/")).text == "outside /socket.iox/"


async def test_it2_websockets_outside_the_path_go_to_the_other_application(server):
    websocket = await server.websocket("/somewhere/else")
    assert await websocket.receive() == "outside"


async def test_it3_a_middleware_may_set_headers_on_every_answer(server):
    session = await server.polling("/wrapped/")
    assert session.opened.header("x-middleware") == "yes"
    assert (await session.post("4hello")).header("x-middleware") == "yes"
    assert (await session.poll()).header("x-middleware") == "yes"


async def test_it3_a_middleware_may_end_a_request(server):
    answer = await server.get("/wrapped/?EIO=4&transport=polling&stop=1")
    assert (answer.status, answer.text) == (503, "stopped")
    assert isinstance(await server.refused("/wrapped/?EIO=4&transport=websocket&stop=1"), Answer)


async def test_it4_a_middleware_may_set_headers_on_a_websocket(uvicorn):
    assert (await uvicorn.direct("/wrapped/")).accepted.header("x-middleware") == "yes"


async def test_it5_the_limit_of_a_body_holds_behind_a_middleware(server):
    session = await server.polling("/wrapped/")
    assert (await session.post("4" + "x" * 1000)).status == 413


async def test_it3_the_option_headers_reaches_every_answer_and_initial_headers_the_first(server):
    session = await server.polling("/headers/")
    posted = await session.post("4x")
    polled = await session.poll()
    assert [each.header("x-first") for each in (session.opened, posted, polled)] == ["yes", None, None]
    assert [each.header("x-every") for each in (session.opened, posted, polled)] == ["yes", "yes", "yes"]


async def test_it4_the_options_headers_and_initial_headers_reach_a_websocket(uvicorn):
    accepted = (await uvicorn.direct("/headers/")).accepted
    assert accepted.header("x-first") == "yes"
    assert accepted.header("x-every") == "yes"


@pytest.mark.parametrize("path", ["/engine.io/../engine.io/", "/engine.io/%2e%2e/secret"])
async def test_it1_dots_in_a_path_reach_no_file(server, path):
    answer = await server.get(path)
    assert answer.status in (400, 404)
