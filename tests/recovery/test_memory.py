"""One process: the official JavaScript client loses its connection, comes back and goes on where it was."""

import pytest

from tests.recovery.conftest import lives, recovering_server

pytestmark = pytest.mark.node
TRANSPORTS = ["polling", "websocket", "upgrade"]
MISSED = [
    ["said", "before"], ["said", "one"], ["said", "two"], ["said", "three"], ["said", "four", {"five": [6, "seven"]}],
    ["said", {"type": "Buffer", "data": [1, 2, 3]}], ["said", "after"],
]  # fmt: skip


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_it_is_the_same_socket_again_and_gets_what_it_missed_in_order_and_once(recovering, transport):
    told = lives("missed", transport, recovering.url)
    assert told["recovered"] is True
    assert told["connects"] == [{"id": told["id"], "recovered": False}, {"id": told["id"], "recovered": True}]
    assert told["heard"] == MISSED
    assert told["whoami"]["rooms"] == ["lobby", "red"]
    assert told["whoami"]["data"] == {"seat": {"row": 7}}


def test_the_application_hears_of_the_loss_and_of_the_return(recovering):
    told = lives("missed", "websocket", recovering.url)
    first, gone, second = told["lived"]
    assert first == ["connect", told["id"], False, [], {}]
    assert gone[0] == "disconnect" and gone[2].startswith("transport")
    assert second == ["connect", told["id"], True, ["lobby", "red"], {"seat": {"row": 7}}]


def test_it_speaks_messagepack_as_well(client_database):
    with recovering_server(client_database, parser="msgpack") as server:
        told = lives("missed", "websocket", server.url, parser="socket.io-msgpack-parser")
        assert (told["recovered"], told["heard"]) == (True, MISSED)
        assert lives("strings", "websocket", server.url, parser="socket.io-msgpack-parser")["recovered"] is True


def test_a_client_that_has_got_nothing_yet_misses_nothing_either(recovering):
    assert lives("silent", "websocket", recovering.url) == {
        "recovered": True, "heard": [["said", "one"], ["said", "two"]]
    }  # fmt: skip


def test_it_may_be_lost_again_and_again(recovering):
    told = lives("often", "websocket", recovering.url)
    assert told["recovered"] == [True] * 5
    assert told["numbers"] == list(range(50))
    assert len(set(told["id"])) == 1


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_at_whatever_moment_it_is_lost_nothing_is_missing_or_twice(recovering, transport):
    told = lives("stream", transport, recovering.url)
    assert told["recovered"] == [4] * 10
    assert told["wrong"] == 0 and told["counts"] == [told["said"]] * 10


def test_strings_of_events_that_are_not_in_the_log_are_no_offsets(recovering):
    told = lives("strings", "websocket", recovering.url)
    assert told["recovered"] is True
    assert told["heard"] == [["said", "a word"], ["said", "a word"], ["said"], ["said", "one"]]


def test_what_went_to_a_room_before_and_after_it_was_there_is_not_for_it(recovering):
    told = lives("rooms", "websocket", recovering.url)
    assert told == {"recovered": True, "heard": [["said", "in red"], ["said", "in blue"]]}


def test_the_application_asks_again_who_may_be_where(recovering):
    told = lives("recheck", "websocket", recovering.url)
    assert told["recovered"] is True
    words = [["said", "one"], ["said", "two"], ["said", "three"], ["welcome", "back"], ["said", "four"]]
    assert told["heard"] == words  # nothing of what was said in the room that it may not be in any more
    assert told["rooms"] == ["lobby"]
    assert told["auth"] == {"rooms": ["lobby"], "unjoin": "secret", "slow": 0.1, "greet": True}
    assert (told["refused"], told["again"]) == ("not any more", False)
    assert True in told["doors"]


def test_the_middleware_of_consumers_can_be_skipped_for_who_comes_back(client_database):
    with recovering_server(client_database, recovery={"SKIP_MIDDLEWARES": True}) as server:
        told = lives("recheck", "websocket", server.url)
        assert told["recovered"] is True and True not in told["doors"]


def test_who_leaves_on_purpose_or_is_put_out_is_not_kept(recovering):
    assert lives("purpose", "websocket", recovering.url) == {"left": False, "putOut": False}


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_a_client_may_be_back_before_the_server_knows_that_it_was_gone(recovering, transport):
    told = lives("hanging", transport, recovering.url)
    assert told["recovered"] is True and told["same"] is True and told["cut"] is True
    assert told["heard"] == [["said", "one"], ["said", "two"]]
    assert ["said", "two"] not in told["first"]
    assert [each[0] for each in told["lived"]] == ["connect", "disconnect", "connect"]


def test_no_secret_but_the_right_one_opens_anything(recovering):
    told = lives("forged", "websocket", recovering.url)
    assert told["told"] == dict.fromkeys(["guess", "number", "long", "prototype", "namespace"], [False, False, False])
    assert told["recovered"] is True


def test_with_an_offset_that_is_none_it_starts_anew(recovering):
    told = lives("offsets", "websocket", recovering.url)
    earlier = told.pop("epoch")  # a client keeps it from its connection to an earlier server
    assert told == dict.fromkeys(["word", "future", "list", "long", "text"], [False, ["one"]])
    assert earlier == [True, ["one", "one"]]


def test_who_stays_away_too_long_starts_anew(client_database):
    with recovering_server(client_database, recovery={"MAX_DISCONNECTION_DURATION": 1}) as server:
        assert lives("late", "websocket", server.url) == {"recovered": False, "same": False, "rooms": ["lobby"]}


def test_what_the_log_does_not_hold_any_more_is_not_recovered(client_database):
    with recovering_server(client_database, recovery={"MAX_LENGTH": 20}) as server:
        assert lives("overflow", "websocket", server.url) == {"recovered": False, "heard": [["said", "one"]]}


def test_without_the_setting_there_is_no_recovery_and_no_offset(client_database):
    with recovering_server(client_database, recovery=None) as server:
        told = lives("plain", "websocket", server.url)
        assert told == {"raw": [["said", "one"]], "recovered": False, "pid": None}


def test_the_secret_of_another_identity_opens_nothing(recovering):
    assert lives("identity", "websocket", recovering.url) == {"stolen": 0, "recovered": True}
