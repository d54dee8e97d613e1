"""Two processes on one Redis: a client comes back to the other one, whatever has happened to the first, or to Redis."""

import contextlib
import itertools
import os
import pickle
import re
import signal
import subprocess
import sys
import time
from hashlib import blake2b

import pytest
import redis as redis_client

from realtime.recovery.entry import Entry
from realtime.recovery.sealed import Sealer, entry_record
from tests.clients.fixtures import environment_of
from tests.faults.cluster import eventually
from tests.harness.processes import ROOT, RedisServer
from tests.recovery.conftest import Living, lives, recovering_server, redis_layer
from tests.recovery.test_memory import MISSED, TRANSPORTS

pytestmark = [pytest.mark.node, pytest.mark.redis]
AWAY = "the log in Redis is away"
serial = itertools.count()


@pytest.fixture
def own_redis():
    """A Redis that the test may kill."""
    with RedisServer() as server:
        yield server


@contextlib.contextmanager
def two(database, redis, servers=2, **socketio):
    layer = redis_layer(redis.url, f"recovery{next(serial)}")
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(recovering_server(database, layer=layer, **socketio)) for _ in range(servers)]


@pytest.fixture(scope="module")
def pair(client_database, redis_server):
    with two(client_database, redis_server, recovery={"PREFIX": "pair"}) as servers:
        yield servers


def urls(servers):
    return [server.url for server in servers]


# -- another process ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_it_is_the_same_socket_in_another_process(pair, transport):
    told = lives("missed", transport, *urls(pair))
    assert told["recovered"] is True
    assert told["connects"] == [{"id": told["id"], "recovered": False}, {"id": told["id"], "recovered": True}]
    assert told["heard"] == MISSED
    assert (told["whoami"]["rooms"], told["whoami"]["data"]) == (["lobby", "red"], {"seat": {"row": 7}})
    assert told["lived"] == [["connect", told["id"], True, ["lobby", "red"], {"seat": {"row": 7}}]]


def test_with_messagepack(client_database, redis_server):
    with two(client_database, redis_server, parser="msgpack") as servers:
        told = lives("missed", "websocket", *urls(servers), parser="socket.io-msgpack-parser")
        assert (told["recovered"], told["heard"]) == (True, MISSED)


def test_to_and_fro_nothing_is_missing_or_twice(pair):
    told = lives("often", "websocket", *urls(pair))
    assert (told["recovered"], told["numbers"]) == ([True] * 5, list(range(50)))
    assert len(set(told["id"])) == 1


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_at_whatever_moment(pair, transport):
    told = lives("stream", transport, *urls(pair))
    assert told["recovered"] == [4] * 10
    assert told["wrong"] == 0 and told["counts"] == [told["said"]] * 10


def test_rooms_rechecks_strings_and_silence(pair):
    assert lives("rooms", "websocket", *urls(pair)) == {
        "recovered": True, "heard": [["said", "in red"], ["said", "in blue"]]
    }  # fmt: skip
    told = lives("recheck", "websocket", *urls(pair))
    words = [["said", "one"], ["said", "two"], ["said", "three"], ["welcome", "back"], ["said", "four"]]
    assert (told["recovered"], told["heard"], told["rooms"]) == (True, words, ["lobby"])
    assert (told["refused"], told["again"]) == ("not any more", False)
    assert lives("strings", "websocket", *urls(pair))["recovered"] is True
    assert lives("silent", "websocket", *urls(pair))["heard"] == [["said", "one"], ["said", "two"]]


def test_the_old_connection_ends_when_the_client_is_back_elsewhere(pair):
    told = lives("hanging", "websocket", *urls(pair))
    assert (told["recovered"], told["same"], told["cut"]) == (True, True, True)
    assert told["heard"] == [["said", "one"], ["said", "two"]] and ["said", "two"] not in told["first"]


def test_who_leaves_on_purpose_and_who_has_no_secret_begin_anew(pair):
    assert lives("purpose", "websocket", *urls(pair)) == {"left": False, "putOut": False}
    told = lives("forged", "websocket", *urls(pair))
    assert told["told"] == dict.fromkeys(["guess", "number", "long", "prototype", "namespace"], [False, False, False])
    assert told["recovered"] is True


def test_of_many_who_claim_at_once_one_is_it(pair):
    assert lives("race", "websocket", *urls(pair))["connected"] == 1


def test_the_secret_of_another_identity_opens_nothing(pair):
    assert lives("identity", "websocket", *urls(pair)) == {"stolen": 0, "recovered": True}


def test_what_a_process_without_clients_says_is_in_the_log_too(client_database, redis_server):
    layer = redis_layer(redis_server.url, "outside")
    with recovering_server(client_database, layer=layer, recovery={"PREFIX": "outside"}) as server:
        with Living("outside", "websocket", server.url) as ada:
            for number in (1, 2):
                assert ada.ready() == number
                announce(client_database, layer, f"news {number}")
                ada.go_on()
            assert ada.told() == {"recovered": True, "heard": [["said", "news 1"], ["said", "news 2"]]}


def announce(database, layer, word):
    saying = f"from realtime import namespace; namespace('/').to('lobby').emit('said', {word!r})"
    environment = environment_of(database, layer=layer, connection_state_recovery={"PREFIX": "outside"})
    subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {saying}"],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        timeout=60,
    )


# -- faults -------------------------------------------------------------------------------------------------------


def test_a_process_is_killed_and_everybody_goes_on_in_the_other(client_database, own_redis):
    with (
        two(client_database, own_redis) as (victim, other),
        Living("fault", "websocket", victim.url, other.url) as fleet,
    ):
        assert fleet.ready() == 20
        time.sleep(1)
        victim.kill()
        time.sleep(3)
        fleet.go_on()
        told = fleet.told()
        print(told)
        assert (told["lost"], told["twice"], told["disordered"], told["local"]) == (0, 0, 0, 0)
        assert told["cut"] == told["recovered"] == 10
        assert told["slowest"] < 3000


def test_processes_are_stopped_and_started_one_after_the_other(client_database, own_redis):
    with two(client_database, own_redis, 3) as servers, Living("fault", "websocket", *urls(servers)) as fleet:
        assert fleet.ready() == 20
        for server in servers[:2]:  # the speaker is on the third: what is not acknowledged it would say again
            time.sleep(1)
            server.restart()
        time.sleep(3)
        fleet.go_on()
        told = fleet.told()
        print(told)
        assert (told["lost"], told["twice"], told["disordered"]) == (0, 0, 0)
        assert told["cut"] == told["recovered"] >= 10
        assert told["slowest"] < 3000


def test_redis_hangs_and_whoever_speaks_is_told_so_within_a_second(client_database, own_redis):
    with two(client_database, own_redis) as servers, Living("fault", "websocket", *urls(servers)) as fleet:
        assert fleet.ready() == 20
        time.sleep(1)
        os.kill(own_redis.pid, signal.SIGSTOP)
        time.sleep(3)
        os.kill(own_redis.pid, signal.SIGCONT)
        time.sleep(3)
        fleet.go_on()
        told = fleet.told()
        print(told)
        assert (told["lost"], told["twice"], told["disordered"], told["cut"]) == (0, 0, 0, 0)
        assert told["local"] > 20 and told["longest"] < 1300


def test_where_more_was_said_than_can_be_kept_the_others_begin_anew(client_database, own_redis):
    recovery = {"MAX_BACKLOG": 10}
    with two(client_database, own_redis, recovery=recovery) as servers:
        with Living("fault", "websocket", *urls(servers)) as fleet:
            assert fleet.ready() == 20
            time.sleep(1)
            os.kill(own_redis.pid, signal.SIGSTOP)
            time.sleep(3)
            os.kill(own_redis.pid, signal.SIGCONT)
            time.sleep(3)
            fleet.go_on()
            told = fleet.told()
            print(told)
            assert told["lost"] > 0
            assert (told["cut"], told["recovered"]) == (10, 0)  # those who have heard all stay


def test_what_was_heard_ahead_of_the_log_is_not_heard_again_elsewhere(client_database, own_redis):
    with two(client_database, own_redis) as servers, Living("ahead", "websocket", *urls(servers)) as people:
        assert people.ready() == 1
        os.kill(own_redis.pid, signal.SIGSTOP)
        people.go_on()
        assert people.ready() == 2
        os.kill(own_redis.pid, signal.SIGCONT)
        time.sleep(1)
        people.go_on()
        told = people.told()
        assert told == {"recovered": True, "local": [False, True, False], "heard": list(range(15))}


@pytest.mark.parametrize("down", [0, 2])
def test_redis_is_killed_and_comes_back_empty(client_database, own_redis, down):
    with two(client_database, own_redis) as servers, Living("fault", "websocket", *urls(servers)) as fleet:
        assert fleet.ready() == 20
        time.sleep(1)
        own_redis.kill()
        time.sleep(down)
        own_redis.start()
        time.sleep(3)
        fleet.go_on()
        told = fleet.told()
        print(told)
        assert (told["lost"], told["twice"], told["disordered"], told["cut"]) == (0, 0, 0, 0)
        assert told["local"] > 10 * down


def test_redis_forgets_everything(client_database, own_redis):
    with two(client_database, own_redis) as servers, Living("forgotten", "websocket", *urls(servers)) as people:
        assert people.ready() == 1
        redis_client.Redis.from_url(own_redis.url).flushall()
        people.go_on()
        told = people.told()
        assert told == {"first": False, "second": True, "heard": [["said", "zero"], ["said", "one"], ["said", "two"]]}


@pytest.mark.parametrize("word", [b"x" * 5_000_000, b"\xff" * 8, b"0123456789"], ids=["huge", "bytes", "long"])
def test_an_epoch_that_is_none_of_ours_is_no_word_for_clients(client_database, own_redis, word):
    with two(client_database, own_redis) as servers, Living("forgotten", "websocket", *urls(servers)) as people:
        assert people.ready() == 1
        redis = redis_client.Redis.from_url(own_redis.url)
        redis.set("socketio:epoch", word)
        people.go_on()
        told = people.told()
        assert told == {"first": False, "second": True, "heard": [["said", "zero"], ["said", "one"], ["said", "two"]]}
        assert re.fullmatch(rb"[0-9a-f]{8}", redis.get("socketio:epoch"))
        assert all("ERROR" not in server.log() for server in servers)


def test_a_log_that_is_no_log_is_told_once_in_a_while_with_the_words_of_redis(client_database, own_redis):
    with two(client_database, own_redis) as servers, Living("wait", "websocket", *urls(servers)) as people:
        assert people.ready() == 1
        redis = redis_client.Redis.from_url(own_redis.url)
        redis.set("socketio:log", "somebody else's")
        assert eventually(lambda: AWAY in servers[0].log(), 20)
        time.sleep(2)
        redis.delete("socketio:log")
        time.sleep(1)
        (line,) = [line for line in servers[0].log().splitlines() if AWAY in line]
        assert "WRONGTYPE" in line
        people.go_on()
        people.told()


# -- what is in Redis ---------------------------------------------------------------------------------------------


def test_who_comes_and_goes_leaves_no_key_and_every_key_ends(client_database, own_redis):
    with two(client_database, own_redis) as servers, Living("wait", "websocket", *urls(servers)) as people:
        assert people.ready() == 1
        redis = redis_client.Redis.from_url(own_redis.url)
        lives("many", "websocket", *urls(servers))
        sessions = redis.keys("socketio:session:*")
        assert len(sessions) == 2  # of those who are still there, or may come back
        assert all(0 < redis.ttl(key) <= 180 for key in sessions)
        assert all(0 < redis.ttl(key) < 1000 for key in ("socketio:log", "socketio:epoch"))
        people.go_on()
        assert people.told()["recovered"] is True


def test_the_log_is_bounded(client_database, own_redis):
    with two(client_database, own_redis, recovery={"MAX_LENGTH": 200}) as servers:
        lives("stream", "websocket", *urls(servers))
        lives("stream", "websocket", *urls(servers))
        assert redis_client.Redis.from_url(own_redis.url).xlen("socketio:log") < 400  # Redis drops a hundred at a time


def sealed(record, secret=b"another project"):
    return Sealer(secret).seal(record)


def test_garbage_in_the_log_is_dropped_and_counted(client_database, own_redis):
    with two(client_database, own_redis) as servers, Living("wait", "websocket", *urls(servers)) as people:
        assert people.ready() == 1
        redis = redis_client.Redis.from_url(own_redis.url)
        ours = blake2b(b"realtime" + b"only for tests").digest()
        (first, *_) = redis.xrange("socketio:log")
        event = entry_record("event", Entry("/", ['42["said","forged"]'], ["lobby"], origin="x"), "json")
        garbage = [
            b"", b"garbage", pickle.dumps(print), first[1][b"e"][:-1], sealed(event), sealed(event, ours)[16:],
            *(sealed(record, ours) for record in (
                None, [], {}, 7, [1] * 11, [2, *event[1:]], [1, "event", "x", -1, *event[4:7], [], [], [], True],
                [1, "event", "x", 5, False, "no parser", "/", ["42[]"], [], [], True],
                [1, "event", "x", 6, False, "json", "/", [7], [], [], True],
                [1, "event", "x", 7, False, "json", "/", ["42"], [None], [], True],
            )),
        ]  # fmt: skip
        for each in garbage:
            redis.xadd("socketio:log", {"e": each})
        redis.xadd("socketio:log", {"another": "field"})
        redis.xadd("socketio:log", {"e": sealed([1, "no such kind", "y", 1, *event[4:]], ours)})
        people.go_on()
        told = people.told()
        assert told["heard"] == [["said", "one"], ["said", "two"], ["said", "three"]]
        assert told["recovered"] is True
        assert told["counters"]["recovery_entries_refused"] == len(garbage) + 1


@pytest.mark.parametrize("wrong", ["garbage", "another", "list", "form"])
def test_a_session_that_was_tampered_with_is_none(client_database, own_redis, wrong):
    with two(client_database, own_redis) as servers, Living("wait", "websocket", *urls(servers)) as people:
        assert people.ready() == 1
        redis = redis_client.Redis.from_url(own_redis.url)
        ours = blake2b(b"realtime" + b"only for tests").digest()
        value = {
            "garbage": b"garbage", "another": sealed({"version": 1}), "list": sealed([1], ours),
            "form": sealed({"version": 1, "owner": "x", "sid": 7}, ours),
        }[wrong]  # fmt: skip
        time.sleep(0.3)
        for key in redis.keys("socketio:session:*"):
            redis.set(key, value)
        people.go_on()
        told = people.told()
        assert (told["recovered"], told["heard"]) == (False, [["said", "one"], ["said", "three"]])


def test_a_hole_in_the_log_lets_everybody_begin_anew(client_database, own_redis):
    """Rather than that somebody believes to have had it all."""
    with two(client_database, own_redis) as servers, Living("wait", "websocket", *urls(servers)) as people:
        assert people.ready() == 1
        redis = redis_client.Redis.from_url(own_redis.url)
        ours = blake2b(b"realtime" + b"only for tests").digest()
        for number in (1, 3):
            entry = Entry("/", ['42["said","x"]'], ["nobody"], origin="other", number=number)
            redis.xadd("socketio:log", {"e": sealed(entry_record("event", entry, "json"), ours)})
        people.go_on()
        told = people.told()
        assert told["recovered"] is False
        assert told["counters"]["recovery_entries_missing"] == 1


@pytest.mark.parametrize("lost", [(), (-2,), (-1,), (-2, -1)], ids=["nothing", "in the middle", "the end", "both"])
def test_a_process_that_began_later_sees_what_a_redis_has_lost_before(client_database, own_redis, lost):
    """As after a fail-over to a replica that had not got everything: the epoch is there, the end of the log is not."""
    with two(client_database, own_redis) as servers, Living("later", "websocket", *urls(servers)) as people:
        assert people.ready() == 1
        redis = redis_client.Redis.from_url(own_redis.url)
        entries = [position for position, _ in redis.xrange("socketio:log")]
        for which in lost:
            assert redis.xdel("socketio:log", entries[which])
        servers[1].restart()
        people.go_on()
        told = people.told()
        if lost:
            assert told == {"recovered": False, "heard": ["zero", "five"]}
        else:
            assert told == {"recovered": True, "heard": ["zero", "one", "two", "three", "four", "five"]}
