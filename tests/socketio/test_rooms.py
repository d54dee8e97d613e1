"""Groups of rooms: one each, with names that every channel layer takes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.socketio.rooms import group_name

anything = st.text(st.characters() | st.characters(categories=["Cs"]))  # lone surrogates too
places = st.tuples(anything, st.none() | anything)


@given(places)
def test_a_group_name_is_legal_for_channels(place):
    assert re.fullmatch(r"[a-zA-Z0-9\-_.]{1,99}", group_name(*place))


@given(places, places)
def test_two_places_never_share_a_group(one, other):
    assert (group_name(*one) == group_name(*other)) == (one == other)


@pytest.mark.parametrize(
    "one, other",
    [
        (("/chat", "team/a"), ("/chat", "team:a")),
        (("/chat", None), ("/chat", "")),
        (("/a", "b"), ("/ab", "")),
        (("/a", "1:b"), ("/a1:", "b")),
        (("/chat", "房间"), ("/chat", "房間")),
        (("/chat", "\u00e9"), ("/chat", "e\u0301")),
        (("/chat", "x" * 300), ("/chat", "x" * 301)),
        (("/chat", "\n"), ("/chat", "!")),
    ],
)
def test_places_that_look_alike_are_two(one, other):
    assert group_name(*one) != group_name(*other)


def test_a_room_is_a_str():
    with pytest.raises(TypeError):
        group_name("/chat", 5)
