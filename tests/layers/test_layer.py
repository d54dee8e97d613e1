"""What a layer does that its callers see: who hears what, and that nothing is left of those who have gone."""

import asyncio
import gc

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer as StockLayer
from redis.exceptions import ConnectionError

from realtime.layers import RedisPubSubChannelLayer, inboxes
from realtime.metrics import counters
from tests.layers.conftest import made, shard_of, until

pytestmark = pytest.mark.redis
ODD = ["", " ", "é日本🎉", "a\r\nPUBLISH x y\r\n", "\0", "*", "a" * 5000, "__group__", "{x}[a-z]?"]
CONFIGS = {
    "msgpack": {},
    "json": {"serializer_format": "json"},
    "encrypted": {"symmetric_encryption_keys": ["new", "old"]},
}


async def heard(layer, channel):
    return await asyncio.wait_for(layer.receive(channel), 60)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize("ours_first", [True, False], ids=["ours-to-stock", "stock-to-ours"])
async def test_layers_of_both_kinds_hear_each_other(redis_server, raw, config, ours_first):
    options = {"hosts": [redis_server.url], "prefix": "both", **config}
    layers = [RedisPubSubChannelLayer(**options), StockLayer(**options)]
    sender, hearer = layers if ours_first else layers[::-1]
    channel = await hearer.new_channel()
    await hearer.group_add("group", channel)
    for number in range(3):
        await sender.send(channel, {"type": "one", "number": number, "text": "é"})
        await sender.group_send("group", {"type": "all", "number": number})
    messages = [await heard(hearer, channel) for _ in range(6)]
    assert [(each["type"], each["number"]) for each in messages] == [
        *[(kind, number) for number in range(3) for kind in ("one", "all")]
    ]
    await hearer.group_discard("group", channel)
    await sender.group_send("group", {"type": "nobody"})
    await sender.send(channel, {"type": "last"})
    assert (await heard(hearer, channel))["type"] == "last"
    for layer in layers:
        await layer.flush()


@pytest.mark.parametrize("name", ODD, ids=ascii)
async def test_names_of_every_kind(layer, name):
    channels = [await layer.new_channel(), await layer.new_channel(name)]
    for channel in channels:
        await layer.group_add(name, channel)
    await layer.group_add(name + "!", channels[0])
    await layer.group_send(name, {"type": "x"})
    await layer.send(channels[1], {"type": "y"})
    assert [await heard(layer, each) for each in channels] == [{"type": "x"}] * 2
    assert await heard(layer, channels[1]) == {"type": "y"}


async def test_a_name_that_is_no_text_reaches_nobody_and_breaks_nothing(layer):
    channel = await layer.new_channel()
    with pytest.raises(UnicodeEncodeError):
        await layer.group_send("\ud800", {"type": "x"})
    with pytest.raises(UnicodeEncodeError):
        await layer.group_add("\ud800", channel)
    await layer.group_add("fine", channel)
    await layer.group_send("fine", {"type": "y"})
    assert await heard(layer, channel) == {"type": "y"}
    assert list(layer._get_layer().groups) == [layer._get_layer()._name_of("fine")]


async def test_a_member_whose_join_is_cancelled_takes_nobody_elses_away(layer, raw):
    first, second = await layer.new_channel(), await layer.new_channel()
    joins = [asyncio.create_task(layer.group_add("group", channel)) for channel in (first, second)]
    await asyncio.sleep(0)  # both wait for the same reply of Redis
    joins[0].cancel()
    await joins[1]
    raw.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    name = layer._get_layer()._name_of("group")
    await until(lambda: raw.pubsub_numsub(name)[0][1] == 1 and shard_of(layer)._return is None)
    await layer.group_send("group", {"type": "x"})
    assert await heard(layer, second) == {"type": "x"}
    assert layer._get_layer().groups == {name: {second}}


@pytest.mark.parametrize("steps", range(6))
async def test_a_join_that_is_cancelled_at_any_moment_leaves_nothing(layer, raw, steps):
    channel = await layer.new_channel()
    join = asyncio.create_task(layer.group_add("group", channel))
    for _ in range(steps):
        await asyncio.sleep(0)
    join.cancel()
    done = await asyncio.gather(join, return_exceptions=True)
    if done == [None]:
        await layer.group_discard("group", channel)
    name = layer._get_layer()._name_of("group")
    other = await layer.new_channel()  # what was sent before has been done
    assert raw.pubsub_numsub(name)[0][1] == 0
    assert layer._get_layer().groups == {} and list(shard_of(layer)._channels) == [channel, other]


async def test_a_channel_whose_opening_is_cancelled_leaves_nothing(layer, raw):
    opening = asyncio.create_task(layer.new_channel())
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert layer._get_layer().channels == {}
    await layer.new_channel()
    await until(lambda: len(raw.pubsub_channels("*")) == 1)


async def test_joins_and_leaves_at_once_end_as_the_last_one_says(layer, raw):
    channel = await layer.new_channel()
    for last in ("in", "out"):
        for _ in range(20):
            deeds = [layer.group_add("group", channel), layer.group_discard("group", channel)]
            await asyncio.gather(*(deeds if last == "out" else deeds[::-1]))
        name = layer._get_layer()._name_of("group")
        await layer.new_channel()  # what was sent before has been done
        wanted = last == "in"
        assert raw.pubsub_numsub(name)[0][1] == wanted and (name in layer._get_layer().groups) == wanted


async def test_what_comes_before_the_callback_is_not_lost(layer):
    channel, messages = await layer.new_channel(), []
    await layer.send(channel, {"type": "first"})
    await until(lambda: layer._get_layer().channels[channel].qsize() == 1)
    layer.listen(channel, messages.append)
    await layer.send(channel, {"type": "second"})
    await until(lambda: len(messages) == 2)
    assert [each["type"] for each in messages] == ["first", "second"]


async def test_a_callback_may_leave_its_group(layer):
    layer_here, left = layer._get_layer(), []
    channels = [await layer.new_channel() for _ in range(3)]

    def leave(message):
        left.append(message)
        for channel in channels:
            layer_here._inboxes.leave(layer_here._name_of("group"), channel)

    for channel in channels:
        await layer.group_add("group", channel)
        layer.listen(channel, leave)
    await layer.group_send("group", {"type": "x"})
    await until(lambda: left)
    assert shard_of(layer)._listener.wire.alive


async def test_garbage_reaches_no_consumer_and_ends_none(layer, raw):
    channel, messages = await layer.new_channel(), []
    listening = await layer.new_channel()
    layer.listen(listening, messages.append)
    before = counters["layer_messages_refused"]
    for each in (channel, listening):
        raw.publish(each, b"\xc1 nothing")
        raw.publish(each, b"")
        await layer.send(each, {"type": "x"})
    assert await heard(layer, channel) == {"type": "x"}
    await until(lambda: messages == [{"type": "x"}])
    assert counters["layer_messages_refused"] == before + 4


async def test_a_consumer_that_does_not_read_is_told_of_once(redis_server, lines):
    async with made(redis_server.url, prefix="slow", capacity=5) as layer:
        channel, other = await layer.new_channel(), await layer.new_channel()
        before = counters["layer_messages_dropped"]
        for _ in range(20):
            await layer.send(channel, {"type": "x"})
        await layer.send(other, {"type": "y"})
        assert await heard(layer, other) == {"type": "y"}
        assert counters["layer_messages_dropped"] == before + 15 and len(lines) == 1
        assert [await heard(layer, channel) for _ in range(5)] == [{"type": "x"}] * 5


async def test_a_consumer_that_failed_is_taken_out_of_its_groups_in_time(layer, raw, monkeypatch):
    monkeypatch.setattr(inboxes, "MOURNING", 0.3)
    stays, failed, again = [await layer.new_channel() for _ in range(3)]
    for group, members in {"both": (stays, failed), "alone": (failed,), "again": (again,)}.items():
        for member in members:
            await layer.group_add(group, member)
    for channel in (failed, again):
        receiving = asyncio.create_task(layer.receive(channel))
        await asyncio.sleep(0)
        receiving.cancel()
        await asyncio.wait([receiving])
    receiving = asyncio.create_task(layer.receive(again))  # as a loop around wait_for does
    groups, name = layer._get_layer().groups, layer._get_layer()._name_of
    await until(lambda: name("alone") not in groups)
    assert groups == {name("both"): {stays}, name("again"): {again}}
    await until(lambda: sorted(raw.pubsub_channels("*__group__*")) == sorted(map(str.encode, groups)))
    await layer.group_send("again", {"type": "x"})
    assert await receiving == {"type": "x"}


async def test_only_channels_of_this_process_join(layer):
    with pytest.raises(RuntimeError, match="group_add"):
        await layer.group_add("group", "somebody's")
    await layer.group_discard("group", "somebody's")


async def test_hosts_share_the_names_as_in_channels_redis(redis_server):
    hosts = [f"{redis_server.url}?client_name={name}" for name in "abc"]
    ours, stock = RedisPubSubChannelLayer(hosts=hosts), StockLayer(hosts=hosts)
    for name in ("x", "日本", *map(str, range(50))):
        assert ours._get_layer()._shards.index(ours._get_layer()._shard(name)) == stock._get_layer()._shards.index(
            stock._get_layer()._get_shard(name)
        )
    await ours.flush()
    await stock.flush()


async def test_a_redis_that_was_never_there_is_told_to_everybody_and_leaves_nothing(lines):
    layer = RedisPubSubChannelLayer(hosts=["redis://:secret@127.0.0.1:1"])
    deeds = [layer.group_send("x", {"type": "x"}), layer.new_channel(), layer.receive("a"), layer.send("a", {})]
    done = await asyncio.gather(*deeds, return_exceptions=True)
    assert [type(each) for each in done] == [ConnectionError] * 4
    assert layer._get_layer().channels == {} and shard_of(layer)._channels == {}
    await layer.flush()
    gc.collect()
    assert lines == [] and "secret" not in str(done)
