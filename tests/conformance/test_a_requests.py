"""A: which requests are refused, and how. Behaviour ids as in behaviours.py."""

import pytest

from tests.conformance.raw import TEXT, Answer, Closed, WebSocket
from tests.conformance.sessions import assert_error, is_dead

ENGINE = "/engine.io/"


def assert_page(answer, message):
    """A refused websocket, where the server lets an application answer: 400 and the bare message."""
    assert isinstance(answer, Answer), answer
    assert answer.status == 400, answer
    assert answer.header("content-type").startswith("text/html")
    assert answer.text == message


@pytest.mark.parametrize("transport", ["tobi", "constructor", "__proto__", "webtransport"])
async def test_a1_unknown_transport_is_code_0(server, transport):
    assert_error(await server.get(f"{ENGINE}?EIO=4&transport={transport}"), 0)


async def test_a2_missing_transport_is_code_0(server):
    assert_error(await server.get(f"{ENGINE}?EIO=4"), 0)


@pytest.mark.parametrize("sid", ["test", "__proto__", "constructor"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a3_a4_unknown_sid_is_code_1(server, sid, method):
    body = b"4x" if method == "POST" else None
    assert_error(await server.request(method, f"{ENGINE}?EIO=4&transport=polling&sid={sid}", body=body), 1)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_a5_a_handshake_by_another_method_is_code_2(server, method):
    assert_error(await server.request(method, f"{ENGINE}?EIO=4&transport=polling", body=b""), 2)


async def test_a6_websocket_transport_by_a_plain_get_is_code_3(server):
    assert_error(await server.get(f"{ENGINE}?EIO=4&transport=websocket"), 3)


async def test_a7_plain_get_of_a_polling_session_as_websocket_is_code_3_and_the_session_goes_on(server):
    session = await server.polling()
    assert_error(await server.get(session.upgrade), 3)
    await session.alive()


async def test_a8_put_on_a_session_is_500_empty_and_the_session_goes_on(server):
    session = await server.polling()
    answer = await server.request("PUT", session.target, body=b"4x")
    assert (answer.status, answer.body) == (500, b"")
    await session.alive()


@pytest.mark.parametrize("version", ["EIO=3&", "", "EIO=abc&", "EIO=5&"])
async def test_a9_other_revisions_than_4_are_code_5_where_3_is_off(server, version):
    assert_error(await server.get(f"/v4only/?{version}transport=polling"), 5)


async def test_a10_a_websocket_of_revision_3_is_refused_or_closed_where_3_is_off(server):
    assert is_dead(await server.refused("/v4only/?EIO=3&transport=websocket"))


@pytest.mark.parametrize("version", ["", "EIO=abc&", "EIO=5&", "EIO=&", "EIO=04&", "EIO=4.0&"])
async def test_a11_revisions_other_than_3_and_4_are_code_5_where_3_is_on_too(server, version):
    assert_error(await server.get(f"{ENGINE}?{version}transport=polling"), 5)
    assert is_dead(await server.refused(f"{ENGINE}?{version}transport=websocket"))


async def test_a12_allow_request_refuses_with_its_message_as_code_4_and_403(server):
    answer = await server.get("/refusing/?EIO=4&transport=polling")
    assert_error(answer, 4, "Thou shall not pass", status=403)


async def test_a13_allow_request_refuses_without_a_message_as_forbidden(server):
    assert_error(await server.get("/refusing-mutely/?EIO=4&transport=polling"), 4, status=403)


async def test_a14_allow_request_refuses_a_websocket_with_its_message_as_the_page(uvicorn):
    assert_page(await uvicorn.refused("/refusing/?EIO=4&transport=websocket"), "Thou shall not pass")


async def test_a14_allow_request_refuses_a_websocket_with_403_where_the_server_takes_no_page(daphne):
    answer = await daphne.refused("/refusing/?EIO=4&transport=websocket")
    assert answer.status == 403


async def test_a15_a_websocket_for_polling_is_closed_without_a_frame(server):
    assert is_dead(await server.refused(f"{ENGINE}?EIO=4&transport=polling"))


@pytest.mark.parametrize("transport", ["tobi", "__proto__"])
async def test_a16_a_websocket_for_an_unknown_transport_gets_the_page_transport_unknown(uvicorn, transport):
    assert_page(await uvicorn.refused(f"{ENGINE}?EIO=4&transport={transport}"), "Transport unknown")


async def test_a17_a_websocket_with_an_unknown_sid_gets_the_page_session_id_unknown(uvicorn):
    assert_page(await uvicorn.refused(f"{ENGINE}?EIO=4&transport=websocket&sid=test"), "Session ID unknown")


@pytest.mark.parametrize("query", ["EIO=4&transport=tobi", "EIO=4&transport=websocket&sid=test", ""])
async def test_a16_a17_a18_a_bad_websocket_is_a_client_error_on_every_server(server, query):
    assert 400 <= (await server.refused(f"{ENGINE}?{query}")).status < 500


async def test_a18_a_websocket_without_a_query_gets_the_page_transport_unknown(uvicorn):
    assert_page(await uvicorn.refused(ENGINE), "Transport unknown")


async def test_a19_a_websocket_without_a_key_is_400(server):
    connection = await server.connection()
    asked = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")]
    connection.ask("GET", f"{ENGINE}?EIO=4&transport=websocket", asked)
    assert (await connection.answer()).status == 400


async def test_a20_garbage_behind_the_websocket_handshake_kills_that_connection_only(server):
    bystander = await server.polling()
    websocket = await server.websocket(f"{ENGINE}?EIO=4&transport=websocket")
    websocket.write(b"\xff" * 500)
    assert isinstance((await websocket.until_closed())[-1], Closed)
    await bystander.alive()
    await server.serves()


async def test_a21_a_control_character_in_origin_is_400(server):
    answer = await server.get(f"{ENGINE}?EIO=4&transport=polling", [("Origin", "http://a\x01b")])
    assert answer.status == 400


async def test_a22_the_path_is_a_prefix(server):
    assert (await server.get(f"{ENGINE}foo/bar/?EIO=4&transport=polling")).status == 200


async def test_a23_the_path_without_its_slash_is_404(server):
    assert (await server.get("/engine.io?EIO=4&transport=polling")).status == 404


async def test_a24_the_path_without_its_slash_is_served_where_the_option_says_so(server):
    assert (await server.get("/no-slash?EIO=4&transport=polling")).status == 200


async def test_a20_a_reserved_bit_before_the_session_is_known_closes_that_connection_only(server):
    websocket = await server.connection(WebSocket)
    await websocket.shake(f"{ENGINE}?EIO=4&transport=websocket")
    websocket.frame(TEXT, b"2probe", rsv=3)
    assert isinstance((await websocket.until_closed())[-1], Closed)
    await server.serves()
