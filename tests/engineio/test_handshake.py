"""What a query asks for, and which error a wrong one gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.engineio.handshake import (
    Query,
    check_opening,
    check_revision,
    check_session,
    check_transport,
    parse_query,
)
from realtime.engineio.session import Session
from realtime.exceptions import HandshakeError

BOTH = ("polling", "websocket")


def code(check, *args):
    with pytest.raises(HandshakeError) as refused:
        check(*args)
    return refused.value.code


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (b"EIO=4&transport=polling", Query("polling", 4)),
        (b"EIO=3&transport=polling&t=N8hyd6w", Query("polling", 3)),
        (b"EIO=4&transport=websocket&sid=lv_VI97HAXpY6yYWAAAC", Query("websocket", 4, "lv_VI97HAXpY6yYWAAAC")),
        (b"EIO=3&transport=polling&b64=1", Query("polling", 3, base64=True)),
        (b"EIO=3&transport=polling&b64=0", Query("polling", 3)),
        (b"EIO=3&transport=polling&j=7", Query("polling", 3, jsonp="7")),
        (b"EIO=3&transport=polling&j=7);alert(1", Query("polling", 3, jsonp="71")),
        (b"EIO=3&transport=polling&j=", Query("polling", 3, jsonp="")),
        ("EIO=3&transport=polling&j=٣".encode(), Query("polling", 3, jsonp="")),
        (b"transport=polling", Query("polling")),
        (b"EIO=5&transport=polling", Query("polling")),
        (b"EIO=abc&transport=polling", Query("polling")),
        (b"EIO=04&transport=polling", Query("polling")),
        (b"EIO=4&transport=polling&sid=", Query("polling", 4, "")),
        (b"EIO=4&transport=polling&token=x%20y&a[]=1", Query("polling", 4)),
        (b"", Query()),
        (b"\xff\xfe", Query()),
        (b"&" * 100_000, Query()),
        (b"a&" * 2000 + b"EIO=4&transport=polling", Query()),
    ],
)
def test_a_query_is_read(query, expected):
    assert parse_query(query) == expected


@given(st.binary())
def test_any_query_is_a_query(query):
    assert isinstance(parse_query(query), Query)


@pytest.mark.parametrize("transport", ["", "tobi", "constructor", "__proto__", "webtransport", "POLLING"])
def test_an_unknown_transport_is_code_0(transport):
    assert code(check_transport, Query(transport, 4), BOTH) == 0


def test_a_transport_that_is_switched_off_is_code_0():
    check_transport(Query("polling", 4), ["polling"])
    assert code(check_transport, Query("websocket", 4), ["polling"]) == 0
    assert code(check_transport, Query("polling", 4), ["websocket"]) == 0
    assert code(check_transport, Query("webtransport", 4), ["webtransport"]) == 0


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_opening_with_another_method_than_get_is_code_2(method):
    assert code(check_opening, Query("polling", 4), method, False) == 2


def test_a_plain_get_for_a_websocket_is_code_3():
    assert code(check_opening, Query("websocket", 4), "GET", False) == 3
    check_opening(Query("websocket", 4), "GET", True)
    check_opening(Query("polling", 4), "GET", False)


def test_exactly_the_revisions_3_and_4_are_served():
    check_revision(Query("polling", 4), False)
    check_revision(Query("polling", 3), True)
    assert code(check_revision, Query("polling", 3), False) == 5
    assert code(check_revision, Query("polling", None), True) == 5


@pytest.mark.parametrize(
    ("of_session", "query", "is_websocket", "passes"),
    [
        ("polling", Query("polling", 4), False, True),
        ("polling", Query("polling", None), False, True),
        ("polling", Query("websocket", 4), True, True),
        ("websocket", Query("websocket", 4), True, True),
        ("polling", Query("polling", 3), False, False),
        ("polling", Query("websocket", 3), True, False),
        ("polling", Query("websocket", 4), False, False),
        ("websocket", Query("polling", 4), False, False),
        ("websocket", Query("websocket", 4), False, False),
    ],
)
def test_a_request_must_fit_its_session(of_session, query, is_websocket, passes):
    session = Session(4, of_session, 25, 20, 0)
    if passes:
        check_session(query, session, is_websocket)
    else:
        assert code(check_session, query, session, is_websocket) == 3


def test_the_errors_say_what_nodes_say():
    assert [HandshakeError(number).message for number in range(6)] == [
        "Transport unknown",
        "Session ID unknown",
        "Bad handshake method",
        "Bad request",
        "Forbidden",
        "Unsupported protocol version",
    ]
    assert HandshakeError(4, "Thou shall not pass").message == "Thou shall not pass"
