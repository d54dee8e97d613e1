"""A Redis that goes away at every moment: who waits is told, who listens hears again, and the log has a line of it."""

import asyncio
import signal
import time

import pytest
import redis
from redis.exceptions import ConnectionError, ResponseError

from realtime.layers import RedisPubSubChannelLayer, shard, wire
from realtime.metrics import counters
from tests.harness import RedisServer
from tests.layers.conftest import made, shard_of, strangers, until

pytestmark = pytest.mark.redis


@pytest.fixture
def server():
    with RedisServer() as server:
        yield server


async def member(layer, group="group"):
    channel, messages = await layer.new_channel(), []
    await layer.group_add(group, channel)
    layer.listen(channel, messages.append)
    return messages


async def mark(layer, messages, group="group"):
    """Returns when what is sent to the group comes."""
    async with asyncio.timeout(60):
        while {"type": "mark"} not in messages:
            try:
                await layer.group_send(group, {"type": "mark"})
            except (ConnectionError, ResponseError):
                pass
            await asyncio.sleep(0.02)


async def test_a_killed_connection_is_made_again_with_two_lines_and_told(redis_server, raw, lines):
    told = []
    config = {"on_disconnect": lambda: told.append("gone"), "on_reconnect": lambda: told.append("back")}
    async with made(redis_server.url, **config) as layer:
        messages = await member(layer)
        for turn in range(1, 4):
            before = counters["layer_connections_lost"]
            raw.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
            await until(lambda turn=turn: told == ["gone", "back"] * turn)
            await layer.group_send("group", {"type": "x", "turn": turn})
            await until(lambda turn=turn: len(messages) == turn)
            assert counters["layer_connections_lost"] == before + 1 and len(lines) == 2 * turn
        assert len(strangers(raw)) == 2
        raw.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await until(lambda: not shard_of(layer)._speaker.wire.alive)
        await layer.group_send("group", {"type": "x"})
        await until(lambda: len(messages) == 4)
        assert told == ["gone", "back"] * 3  # nothing that was sent to us is lost with that one


async def test_consumers_are_told_in_the_words_of_channels_redis(redis_server, raw):
    async with made(redis_server.url, on_disconnect="redis.gone", on_reconnect="redis.back") as layer:
        channel, messages = await layer.new_channel(), await member(layer)
        raw.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        for word in ("redis.gone", "redis.back"):
            assert await asyncio.wait_for(layer.receive(channel), 60) == {"type": word}
        await mark(layer, messages)
        assert messages[0] == {"type": "mark"}  # who is called and does not receive asks the layer in another way


async def test_a_hook_that_fails_holds_nothing_up(redis_server, raw, lines):
    async with made(redis_server.url, on_disconnect=lambda: 1 / 0, on_reconnect=lambda: 1 / 0) as layer:
        messages = await member(layer)
        raw.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await mark(layer, messages)
        await until(lambda: len(lines) == 4)
        assert len([line for line in lines if "ZeroDivisionError" in line]) == 2


async def test_a_restart_under_load_loses_nothing_that_is_sent_after_it_and_says_two_lines(server, lines):
    async with made(server.url) as layer:
        messages = await member(layer)
        rooms = [f"room{number}" for number in range(2500)]
        channel = await layer.new_channel()
        await asyncio.gather(*(layer.group_add(room, channel) for room in rooms))
        failures, stop = [], False

        async def send():
            while not stop:
                try:
                    await layer.group_send("group", {"type": "x"})
                except ConnectionError as error:
                    failures.append(error)
                await asyncio.sleep(0.005)

        sending = asyncio.create_task(send())
        for _ in range(2):
            await asyncio.to_thread(server.kill)
            await asyncio.sleep(0.3)  # the outage
            await asyncio.to_thread(server.start)
            messages.clear()
            await mark(layer, messages)
            with redis.Redis.from_url(server.url) as raw:
                await until(lambda raw=raw: len(raw.pubsub_channels("*")) == 2503)
                assert len(strangers(raw)) == 2
            await until(lambda: shard_of(layer)._return is None)
        stop = True
        await sending
        assert failures and len(lines) == 4


async def test_a_redis_that_hangs_fails_all_who_wait_together(server, monkeypatch, lines):
    monkeypatch.setattr(wire, "CONNECT_TIMEOUT", 2.0)
    monkeypatch.setattr(shard, "LOOK", 0.5)
    async with made(server.url) as layer:
        messages = await member(layer)
        await layer.group_send("group", {"type": "x"})
        server.popen.send_signal(signal.SIGSTOP)
        try:
            started = time.monotonic()
            waiting = [layer.group_send("group", {"type": "lost"}) for _ in range(50)]
            done = await asyncio.gather(*waiting, return_exceptions=True)
            assert {type(each) for each in done} == {ConnectionError}
            waiting = [layer.group_send("group", {"type": "x"}) for _ in range(50)]  # none of which gets through
            waiting += [layer.new_channel() for _ in range(50)]
            done = await asyncio.gather(*waiting, return_exceptions=True)
            assert {type(each) for each in done} == {ConnectionError}
            assert time.monotonic() - started < 50  # and not 2 seconds for each of them
        finally:
            server.popen.send_signal(signal.SIGCONT)
        await mark(layer, messages)
        with redis.Redis.from_url(server.url) as raw:
            await until(lambda: len(strangers(raw)) == 2)
        assert "was lost" in lines[0]


async def test_a_redis_that_hangs_while_all_is_joined_again_is_given_up(server, monkeypatch):
    monkeypatch.setattr(shard, "LOOK", 0.5)
    async with made(server.url) as layer:
        messages = await member(layer)
        dialled = shard.dial
        stops = []

        async def stopped(*args):
            made = await dialled(*args)
            if not stops:
                stops.append(server.popen.send_signal(signal.SIGSTOP))
            return made

        monkeypatch.setattr(shard, "dial", stopped)
        shard_of(layer)._listener.wire.close()
        await until(lambda: stops)
        joining = next(iter(shard_of(layer)._wires))
        try:
            await until(lambda: not joining.alive)
        finally:
            server.popen.send_signal(signal.SIGCONT)
        await mark(layer, messages)
        with redis.Redis.from_url(server.url) as raw:
            await until(lambda: len(strangers(raw)) == 2)


async def test_one_who_gives_up_early_does_not_keep_the_connection_from_being_made(server):
    async with made(server.url) as layer:
        for _ in range(200):  # each for less time than it takes
            sending = asyncio.create_task(layer.group_send("group", {"type": "x"}))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            sending.cancel()
            if shard_of(layer)._speaker.wire:
                break
            await asyncio.sleep(0.01)
        await until(lambda: shard_of(layer)._speaker.wire)
        with redis.Redis.from_url(server.url) as raw:
            assert len(strangers(raw)) == 1


async def test_a_process_that_stood_still_and_was_cut_hears_again(server):
    async with made(server.url) as layer, made(server.url) as other:
        messages = await member(layer)
        with redis.Redis.from_url(server.url) as raw:
            raw.config_set("client-output-buffer-limit", "pubsub 1000000 1000000 1")
            channel = layer._get_layer()._name_of("group")
            for _ in range(200):  # this loop reads nothing meanwhile
                raw.publish(channel, bytes(200_000))
        await mark(other, messages)
        assert counters["layer_connections_lost"]


async def test_what_is_left_while_all_is_joined_again_stays_left(redis_server, raw, monkeypatch):
    async with made(redis_server.url) as layer:
        messages, channel = await member(layer), await layer.new_channel()
        await layer.group_add("left", channel)
        join = shard.Shard._join

        async def late(self, wire, channels):
            await layer.group_discard("left", channel)
            await join(self, wire, channels)

        monkeypatch.setattr(shard.Shard, "_join", late)
        raw.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await mark(layer, messages)
        await until(lambda: raw.pubsub_numsub(layer._get_layer()._name_of("left"))[0][1] == 0)


async def test_a_join_that_redis_refuses_is_tried_again_and_leaves_no_connection(redis_server, raw, monkeypatch):
    async with made(redis_server.url) as layer:
        messages, join, refusals = await member(layer), shard.Shard._join, []

        async def busy(self, wire, channels):
            if len(refusals) < 2:
                refusals.append(wire)
                raise ResponseError("BUSY Redis is busy running a script")
            await join(self, wire, channels)

        monkeypatch.setattr(shard.Shard, "_join", busy)
        raw.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await mark(layer, messages)
        await until(lambda: len(strangers(raw)) == 2)
        assert len(refusals) == 2


async def test_a_channel_that_is_not_permitted_any_more_takes_no_other_with_it(server, lines):
    with redis.Redis.from_url(server.url) as raw:
        raw.execute_command("ACL", "SETUSER", "app", "on", ">secret", "+@all", "allchannels")
        url = server.url.replace("redis://", "redis://app:secret@")
        async with made(url) as layer:
            messages, lost = await member(layer), await member(layer, "forbidden")
            mine = [name for name in shard_of(layer)._channels if "forbidden" not in name]
            allowed = [f"&{name}" for name in mine]
            raw.execute_command("ACL", "SETUSER", "app", "resetchannels", *allowed)  # which ends what heard too much
            await mark(layer, messages)
            await until(lambda: shard_of(layer)._return is None)
            assert not lost and len(strangers(raw)) == 2
            with pytest.raises(ResponseError, match="NOPERM"):
                await layer.group_send("forbidden", {"type": "x"})
            with pytest.raises(ResponseError, match="NOPERM"):
                await layer.group_add("other", next(iter(layer._get_layer().channels)))
            assert layer._get_layer().groups.keys() == {layer._get_layer()._name_of(x) for x in ("group", "forbidden")}
    assert len(lines) == 3 and "1 channels of 4" in lines[1]


async def test_a_changed_password_is_one_line_without_it(server, lines):
    with redis.Redis.from_url(server.url) as raw:
        raw.config_set("requirepass", "secret")
        async with made(server.url.replace("redis://", "redis://:secret@")) as layer:
            messages = await member(layer)
            raw.config_set("requirepass", "another")
            raw.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
            await until(lambda: len(lines) == 2)
            await asyncio.sleep(0.5)  # more tries
            assert len(lines) == 2 and "secret" not in "".join(lines) and "Authentication" in lines[1]
            raw.config_set("requirepass", "secret")
            await mark(layer, messages)
            await until(lambda: len(lines) == 3)


async def test_flush_at_any_moment_leaves_no_connection(redis_server, raw):
    for steps in range(0, 40, 2):
        layer = RedisPubSubChannelLayer(hosts=[redis_server.url])
        deeds = [asyncio.create_task(each) for each in (layer.new_channel(), layer.group_send("x", {"type": "x"}))]
        for _ in range(steps):
            await asyncio.sleep(0)
        await layer.flush()
        done = await asyncio.gather(*deeds, return_exceptions=True)
        assert not any(isinstance(each, asyncio.CancelledError) for each in done), done
        await layer.flush()  # of what was made by a deed that came after
        await until(lambda: strangers(raw) == [])
