"""One frame of a client must not keep the loop busy for longer than its size deserves."""

import time

import pytest

from realtime.exceptions import PacketError
from realtime.socketio.parser import JSONParser

OPEN = "[" * 65  # one more than MAX_JSON_DEPTH, so that the depth is looked at


def seconds(frame):
    """Processor time until the frame is refused."""
    start = time.process_time()
    with pytest.raises(PacketError):
        JSONParser().decoder().add(frame)
    return time.process_time() - start


@pytest.mark.parametrize(
    "text",
    [OPEN + '"' + '\\"' * 450_000, OPEN + '"' + "\\" * 900_001, OPEN + '"' + "a" * 900_000],
    ids=["escaped quotes in a string without end", "backslashes", "a string without end"],
)
def test_looking_at_the_depth_of_a_megabyte_takes_less_than_a_second(text):
    assert seconds("2" + text) < 1  # 0.02 to 0.1 s; half an hour with an expression that tries every quote anew


@pytest.mark.parametrize("text", ['["\\"[[[', '["[[[[', '["[\\'])
def test_brackets_in_a_string_without_end_are_no_depth(text):
    with pytest.raises(PacketError, match="invalid JSON"):
        JSONParser(max_depth=1).decoder().add("2" + text)
