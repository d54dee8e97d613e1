"""What engines send each other is sealed, and what comes out is what went in, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.engine.forwarding.events import (
    FIELDS,
    TO_THE_APPLICATION,
    TO_THE_SERVER,
    BadEvent,
    pack_event,
    pack_scope,
    unpack_event,
    unpack_scope,
)
from realtime.engine.forwarding.wire import VERSION, Envelope, Kind, OtherVersion, Record, seal, unseal
from realtime.sids import is_sid, new_sid, tag_of

SECRET, TAG, OTHER = b"the deployment's", b"engine", b"others"
ENVELOPE = Envelope(TAG, OTHER, 7, 3, 5, 2, (Record(Kind.EVENT, 9, b"data"), Record(Kind.END, 9)))
numbers = st.integers(0, 2**64 - 1)
records = st.builds(Record, st.sampled_from(Kind), numbers, st.binary(max_size=300))


@given(numbers, numbers, numbers, numbers, st.lists(records, max_size=5))
def test_an_envelope_comes_out_as_it_went_in(life, number, acked_life, acked, inside):
    envelope = Envelope(TAG, OTHER, life, number, acked_life, acked, tuple(inside))
    assert unseal(seal(envelope, SECRET), SECRET) == envelope


@given(st.data())
def test_an_envelope_in_which_anything_was_changed_is_refused(data):
    sealed = bytearray(seal(ENVELOPE, SECRET))
    where = data.draw(st.integers(0, len(sealed) - 1))
    sealed[where] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError):
        unseal(bytes(sealed), SECRET)


@pytest.mark.parametrize("cut", range(len(seal(ENVELOPE, SECRET))))
def test_an_envelope_that_was_cut_is_refused(cut):
    with pytest.raises(ValueError):
        unseal(seal(ENVELOPE, SECRET)[:cut], SECRET)


@pytest.mark.parametrize("garbage", [None, 1, "text", [], {}, b"", b"\x01", b"\x01" * 1000])
def test_what_is_no_envelope_is_refused(garbage):
    with pytest.raises(ValueError):
        unseal(garbage, SECRET)


def test_an_envelope_of_another_deployment_is_refused():
    with pytest.raises(ValueError, match="seal"):
        unseal(seal(ENVELOPE, b"another"), SECRET)


def test_another_version_is_told_apart():
    with pytest.raises(OtherVersion) as caught:
        unseal(bytes([VERSION + 1]) + seal(ENVELOPE, SECRET)[1:], SECRET)
    assert caught.value.args == (VERSION + 1,)


EVENTS = [
    {"type": "http.request", "body": b"\x00\xff", "more_body": True},
    {"type": "http.disconnect"},
    {"type": "http.response.start", "status": 200, "headers": [(b"set-cookie", b"io=\xff"), (b"vary", b"Origin")]},
    {"type": "http.response.body", "body": b"ok", "more_body": False},
    {"type": "websocket.receive", "text": "a\ud83db 日本"},
    {"type": "websocket.receive", "bytes": b""},
    {"type": "websocket.disconnect", "code": 1001, "reason": "gone"},
    {"type": "websocket.accept", "headers": [(b"a", b"b")]},
    {"type": "websocket.send", "text": ""},
    {"type": "websocket.close", "code": 1000},
    {"type": "websocket.http.response.start", "status": 400, "headers": []},
    {"type": "websocket.http.response.body", "body": b"no", "more_body": False},
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["type"])
def test_an_event_comes_out_as_it_went_in(event):
    assert unpack_event(pack_event(event), FIELDS) == event


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["type"])
def test_an_event_travels_one_way_only(event):
    wrong = TO_THE_SERVER if event["type"] in TO_THE_APPLICATION else TO_THE_APPLICATION
    with pytest.raises(BadEvent):
        unpack_event(pack_event(event), wrong)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "http.response.start", "status": 99, "headers": []},
        {"type": "http.response.start", "status": "200", "headers": []},
        {"type": "http.response.start", "headers": []},
        {"type": "websocket.close", "code": "1000"},
        {"type": "websocket.close", "reason": 1},
    ],
)
def test_an_event_with_odd_fields_is_refused(event):
    with pytest.raises(BadEvent):
        unpack_event(pack_event(event), FIELDS)


@given(st.binary(max_size=100))
def test_garbage_is_no_event_and_no_scope(data):
    for unpack in (lambda: unpack_event(data, FIELDS), lambda: unpack_scope(data)):
        try:
            unpack()
        except BadEvent:
            continue


SCOPE = {
    "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
    "scheme": "https", "path": "/socket.io/", "raw_path": b"/socket.io/", "query_string": b"EIO=4&\xff",
    "root_path": "", "headers": [(b"cookie", b"sessionid=\xff"), (b"cookie", b"b")], "client": ["127.0.0.1", 1],
    "server": ["::1", None], "extensions": {},
}  # fmt: skip


def test_a_scope_comes_out_as_it_went_in():
    assert unpack_scope(pack_scope(SCOPE)) == SCOPE
    websocket = {**SCOPE, "type": "websocket", "extensions": {"websocket.http.response": {}}}
    assert unpack_scope(pack_scope(websocket)) == websocket


def test_what_only_its_own_process_could_use_does_not_travel():
    scope = {**SCOPE, "extensions": {"http.response.push": {}}, "state": object(), "app": object(), "user": object()}
    assert unpack_scope(pack_scope(scope)) == SCOPE


@pytest.mark.parametrize("change", [{"path": 1}, {"headers": [["a"]]}, {"headers": [[1, 2]]}, {"client": "me"}])
def test_an_odd_scope_is_refused(change):
    import json

    with pytest.raises(BadEvent):
        unpack_scope(json.dumps({**json.loads(pack_scope(SCOPE)), **change}).encode())


def test_a_session_id_says_whose_it_is_to_those_who_know_the_secret():
    sid = new_sid(SECRET, TAG)
    assert (len(sid), tag_of(sid, SECRET), is_sid(sid, SECRET), is_sid(f"/chat#{sid}", SECRET)) == (28, TAG, True, True)
    assert tag_of(sid, b"another") is tag_of(new_sid(SECRET), SECRET) is tag_of("x" * 28, SECRET) is None
    assert tag_of(sid[:-1] + ("A" if sid[-1] != "A" else "B"), SECRET) is None
