"""B: the handshake. Behaviour ids as in behaviours.py."""

import json
import re
import time

import pytest

from tests.conformance.sessions import assert_error, is_dead

HANDSHAKE = "?EIO=4&transport=polling"


def text_packets(answer):
    return answer.text.split("\x1e")


async def test_b1_polling_answers_the_open_packet(server):
    answer = await server.get("/engine.io/" + HANDSHAKE)
    assert answer.status == 200
    assert answer.text[0] == "0"
    shake = json.loads(answer.text[1:])
    assert re.fullmatch(r"[A-Za-z0-9_-]{20}", shake.pop("sid"))
    assert shake == {
        "upgrades": ["websocket"],
        "pingInterval": 25000,
        "pingTimeout": 20000,
        "maxPayload": 1000000,
    }


async def test_b1_the_handshake_is_uncached_text_with_a_length(server):
    answer = await server.get("/engine.io/" + HANDSHAKE)
    assert answer.header("content-type").lower() == "text/plain; charset=utf-8"
    assert answer.header("cache-control") == "no-store"
    assert int(answer.header("content-length")) == len(answer.body)


async def test_b1_every_session_has_another_sid(server):
    sids = {(await server.polling()).sid for _ in range(20)}
    assert len(sids) == 20


async def test_b2_a_websocket_has_nothing_to_upgrade_to(server):
    shake = (await server.direct()).handshake
    assert shake["upgrades"] == []
    assert shake["maxPayload"] == 1000000


async def test_b3_a_polling_only_server_offers_no_upgrade_and_takes_no_websocket(server):
    assert (await server.polling("/polling-only/")).handshake["upgrades"] == []
    assert is_dead(await server.refused("/polling-only/?EIO=4&transport=websocket"))


async def test_b4_no_upgrade_is_offered_where_upgrades_are_off(server):
    assert (await server.polling("/no-upgrades/")).handshake["upgrades"] == []


async def test_b5_a_websocket_only_server_answers_polling_with_code_0(server):
    assert_error(await server.get("/websocket-only/" + HANDSHAKE), 0)
    assert (await server.direct("/websocket-only/")).handshake["upgrades"] == []


async def test_b6_the_initial_packet_follows_the_handshake_in_its_payload(server):
    answer = await server.get("/hello/" + HANDSHAKE)
    opened, hello = text_packets(answer)
    assert opened[0] == "0"
    assert hello == "4faster!"


async def test_b7_the_initial_packet_is_the_second_frame_of_a_websocket(server):
    assert await (await server.direct("/hello/")).receive() == "4faster!"


async def test_b8_the_initial_packet_in_a_payload_of_revision_3(server):
    session = await server.polling("/hello/", eio=3)
    assert session.opened.text == f"{len(session.packet)}:{session.packet}8:4faster!"


async def test_b9_the_cookie_carries_the_sid_and_is_closed_to_scripts(server):
    session = await server.polling("/cookie/")
    value, *attributes = session.opened.header("set-cookie").split("; ")
    assert value == f"io={session.sid}"
    assert {each.lower() for each in attributes} == {"path=/", "httponly", "samesite=lax"}


@pytest.mark.parametrize(
    ("path", "name", "attributes"),
    [
        ("/cookie-name/", "sticky", {"path=/", "httponly", "samesite=lax"}),
        ("/cookie-path/", "io", {"path=/custom", "httponly", "samesite=strict"}),
        ("/cookie-bare/", "io", {"samesite=lax"}),
    ],
)
async def test_b9_the_cookie_has_the_name_and_attributes_of_the_option(server, path, name, attributes):
    session = await server.polling(path)
    value, *found = session.opened.header("set-cookie").split("; ")
    assert value == f"{name}={session.sid}"
    assert {each.lower() for each in found} == attributes


async def test_b9_no_cookie_unless_asked_for(server):
    assert (await server.polling()).opened.header("set-cookie") is None


async def test_b10_the_cookie_comes_with_the_handshake_only(server):
    session = await server.polling("/cookie/")
    posted = await session.post("4x")
    polled = await session.poll()
    assert posted.header("set-cookie") is None
    assert polled.header("set-cookie") is None


async def test_b11_a_websocket_handshake_sets_no_cookie(server):
    assert (await server.direct("/cookie/")).accepted.header("set-cookie") is None


async def handshake_seen_by_the_application(session):
    """Join "/", and ask the namespace for its handshake."""
    await session.post('40{"token":"abc"}\x1e420["handshake"]')
    packets = await session.packets(3)
    return json.loads(packets[2].removeprefix("430"))[0]


async def test_b12_the_query_reaches_the_application(server):
    session = await server.polling("/socket.io/", token="é 1", a="b")
    seen = await handshake_seen_by_the_application(session)
    assert seen["query"]["token"] == ["é 1"]
    assert seen["query"]["a"] == ["b"]
    assert seen["query"]["EIO"] == ["4"]
    assert seen["url"].startswith("/socket.io/?")
    assert seen["transport"] == "polling"
    assert seen["auth"] == {"token": "abc"}


async def test_b12_the_query_of_a_websocket_reaches_the_application(server):
    websocket = await server.direct("/socket.io/", a="b")
    websocket.send("40")
    websocket.send('420["handshake"]')
    seen = [await websocket.receive() for _ in range(3)][2]
    seen = json.loads(seen.removeprefix("430"))[0]
    assert seen["query"]["a"] == ["b"]
    assert seen["transport"] == "websocket"


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_b13_the_request_headers_reach_the_application(server, transport):
    headers = [("X-Custom", "one"), ("User-Agent", "raw")]
    if transport == "polling":
        seen = await handshake_seen_by_the_application(await server.polling("/socket.io/", headers=headers))
    else:
        websocket = await server.direct("/socket.io/", headers=headers)
        websocket.send("40")
        websocket.send('420["handshake"]')
        last = [await websocket.receive() for _ in range(3)][2]
        seen = json.loads(last.removeprefix("430"))[0]
    assert seen["headers"]["x-custom"] == "one"
    assert seen["headers"]["user-agent"] == "raw"


async def test_b14_the_remote_address_reaches_the_application(server):
    before = time.time()
    seen = await handshake_seen_by_the_application(await server.polling("/socket.io/"))
    assert seen["address"] == "127.0.0.1"
    assert before - 1 < seen["time"] < time.time() + 1
    assert seen["secure"] is False
    assert seen["xdomain"] is False


@pytest.mark.parametrize("more", [{"b64": "1"}, {}])
async def test_b15_b16_revision_3_opens_with_a_text_payload_with_its_length_in_front(server, more):
    session = await server.polling(eio=3, **more)
    assert session.opened.text == f"{len(session.packet)}:{session.packet}"
    assert session.opened.header("content-type").lower() == "text/plain; charset=utf-8"
    assert set(session.handshake) == {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}


def script(answer, index):
    """The payload inside a JSONP answer."""
    start = f"___eio[{index}]("
    assert answer.text.startswith(start), answer
    assert answer.text.endswith(");"), answer
    return json.loads(answer.text[len(start) : -2])


async def test_b17_jsonp_of_revision_3_calls_back_with_the_payload(server):
    answer = await server.get("/jsonp/?EIO=3&transport=polling&j=7")
    assert answer.status == 200
    assert answer.header("content-type").lower().startswith(("text/plain; charset=utf-8", "text/javascript"))
    sniffed_otherwise = answer.header("x-content-type-options") is None
    assert sniffed_otherwise or "javascript" in answer.header("content-type")
    length, _, packet = script(answer, 7).partition(":")
    assert int(length) == len(packet)
    assert json.loads(packet[1:])["upgrades"] == ["websocket"]


async def test_b18_jsonp_of_revision_4_calls_back_with_the_packet(server):
    packet = script(await server.get("/jsonp/?EIO=4&transport=polling&j=0"), 0)
    assert packet[0] == "0"
    assert json.loads(packet[1:])["sid"]


async def test_b19_all_but_digits_is_stripped_from_the_index_of_jsonp(server):
    answer = await server.get("/jsonp/?EIO=4&transport=polling&j=1);alert(2)//")
    assert script(answer, 12)[0] == "0"


FORM = [("Content-Type", "application/x-www-form-urlencoded")]


async def jsonp_session(server, eio):
    payload = script(await server.get(f"/jsonp/?EIO={eio}&transport=polling&j=0"), 0)
    sid = json.loads(payload[payload.index("{") :])["sid"]
    return f"/jsonp/?EIO={eio}&transport=polling&sid={sid}&j=0"


async def test_b20_jsonp_posts_a_form_and_the_answer_escapes_line_separators(server):
    target = await jsonp_session(server, 3)
    form = "d=5%3A4a%5Cnb%E2%80%A8"  # 5:4a\nb and U+2028; the client writes a newline as \n, two characters
    answer = await server.request("POST", target, FORM, form.encode())
    assert (answer.status, answer.text) == (200, "ok")
    answer = await server.get(target)
    assert "\u2028" not in answer.text
    assert "\\u2028" in answer.text
    assert script(answer, 0) == "5:4a\nb\u2028"


async def test_b20_a_backslash_and_n_in_a_jsonp_form_stay_two_characters_when_doubled(server):
    target = await jsonp_session(server, 4)
    answer = await server.request("POST", target, FORM, b"d=4a%5C%5Cnb")  # 4a\\nb
    assert answer.text == "ok"
    assert script(await server.get(target), 0) == "4a\\nb"


async def test_b17_jsonp_is_off_unless_asked_for(server):
    answer = await server.get("/engine.io/?EIO=4&transport=polling&j=7")
    assert "___eio" not in answer.text


async def test_b20_text_that_would_end_the_script_stays_text(server):
    target = await jsonp_session(server, 4)
    await server.request("POST", target, FORM, b"d=4%22);alert(1)//%5C%5C%22")
    assert script(await server.get(target), 0) == '4");alert(1)//\\\\"'


async def test_bt1_ping_interval_and_timeout_are_told_in_exact_milliseconds(server):
    shake = (await server.polling("/fast/")).handshake
    assert (shake["pingInterval"], shake["pingTimeout"]) == (300, 700)


@pytest.mark.parametrize(("path", "prefix"), [("/ids/", "sync-"), ("/async-ids/", "async-")])
async def test_bt2_ids_may_be_made_by_the_application(server, path, prefix):
    session = await server.polling(path)
    assert session.sid.startswith(prefix)
    await session.alive()
    assert (await server.direct(path)).handshake["sid"].startswith(prefix)


async def test_bt3_a_failure_to_make_an_id_is_code_3_and_refuses_a_websocket(server):
    server.forgives = True
    assert_error(await server.get("/broken-ids/" + HANDSHAKE), 3)
    assert is_dead(await server.refused("/broken-ids/?EIO=4&transport=websocket"))
