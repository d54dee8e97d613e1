"""Streams with the unmodified npm package socket.io-stream 0.9.1, on clients of both protocols, against daphne."""

import json
import re
from pathlib import Path

import pytest

from tests.harness import node

pytestmark = pytest.mark.node

SIZE = 50_000_000
MORE = "more than {} bytes, which were announced or are allowed"
MOST = 20_000_000  # bytes by which the server may grow
each_protocol = pytest.mark.parametrize("version", ["2", "4"], ids=["EIO3", "EIO4"])


@pytest.fixture
def run(server, version):
    """``run(task, argument)``: what the task found."""

    def run(task, argument="", transport="websocket"):
        said = node("tests/streams/js/streams.js", version, transport, server.url, task, argument, timeout=120)
        return json.loads(said)

    return run


def peak(server):
    """The most memory that the server has had, in bytes."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) * 1024


@each_protocol
def test_an_upload_of_50_mb_arrives_whole_at_flat_memory(run, server):
    run("upload", 1_000_000)
    before = peak(server)
    found = run("upload", SIZE)
    assert found["answer"] == {"sha256": found["sent"], "size": SIZE}
    assert peak(server) - before < MOST


@each_protocol
def test_50_mb_into_a_storage_and_out_of_it_again_are_the_same_at_flat_memory(run, server, media):
    run("saveAndLoad", 1_000_000)
    before = peak(server)
    found = run("saveAndLoad", SIZE)
    assert found["loaded"] == {"sha256": found["sent"], "size": SIZE}
    assert peak(server) - before < MOST


@each_protocol
@pytest.mark.parametrize("transport", ["polling", "upgrade"])
def test_streams_go_over_every_transport(run, transport):
    found = run("saveAndLoad", 1_000_000, transport)
    assert found["loaded"] == {"sha256": found["sent"], "size": 1_000_000}


@each_protocol
def test_chunks_in_base64_are_bytes_again(run):
    found = run("base64", 300_000)
    assert found["answer"] == {"sha256": found["sent"], "size": 300_000}


@each_protocol
def test_an_empty_stream_ends_at_once(run):
    assert run("empty")["size"] == 0
    assert run("burst") == [0] * 50


@each_protocol
def test_streams_may_be_anywhere_in_the_arguments(run):
    assert run("several") == "two|one|three"


@each_protocol
def test_a_stream_goes_out_in_an_ack_and_comes_in_in_one(run):
    assert run("inAnAck") == {"name": "answer.txt", "text": "häppchen"}
    assert run("fromAnAck") == "given"


@each_protocol
def test_a_half_open_stream_is_read_and_written(run):
    assert run("echo") == "one two three"


@each_protocol
def test_a_catch_all_gets_the_applications_event_with_its_streams_and_none_of_the_wires(run):
    assert run("unknownEvent") == {"any": "something", "streams": 2}


@each_protocol
def test_nothing_is_sent_before_it_is_asked_for(run):
    assert run("lazy") == {"early": 0, "read": 1000}


@each_protocol
@pytest.mark.parametrize("announced", [100_000, 0, 10_000_000, -1])
def test_a_stream_that_lies_about_its_size_is_an_error_that_the_client_can_read_and_is_not_kept(run, media, announced):
    found = run("lying", announced)
    error = found["answer"]["error"]
    assert error["code"] == "stream_size"
    if announced in (100_000, 0):
        assert found["failed"] == error["message"] == MORE.format(announced)
    assert not list(media.glob("lie*"))


@each_protocol
def test_a_handler_that_fails_ends_its_streams_with_an_error_that_says_nothing(run):
    found = run("fails")
    assert found == {
        "answer": {"error": {"code": "internal_error", "message": "Internal error"}},
        "failed": "Internal error",
    }


@each_protocol
def test_either_side_can_break_it_off(run):
    assert run("breaks") == "no more, please"
    assert run("error") == {"error": {"code": "stream_error", "message": "the disk is full"}}


@each_protocol
@pytest.mark.parametrize("how", ["disconnect", "vanish"])
def test_a_disconnect_leaves_nothing_behind(run, media, how):
    found = run("gone", how)
    before, after = found["before"], found["after"]
    assert before["open"] == 3
    assert (after["streams"], after["temporary"]) == (0, 0)
    assert after["ended"][len(before["ended"]) :] == ["Disconnected"] * 3
    assert not list(media.glob("half*"))
    assert found["seconds"] < 3
