"""Two daphne processes on one Redis are one server: what is said in one is heard in both, once, by the right ones."""

import asyncio
import contextlib
import itertools
import os
import subprocess
import sys

import pytest
import socketio

from tests.clients.fixtures import client_server, environment_of
from tests.harness.processes import ROOT

pytestmark = pytest.mark.redis

LAYERS = {
    "pubsub": ("realtime.layers.RedisPubSubChannelLayer", {}),
    "channels-redis": ("channels_redis.pubsub.RedisPubSubChannelLayer", {}),
    "lists": ("channels_redis.core.RedisChannelLayer", {"capacity": 10_000}),  # as the check W002 says
}
serial = itertools.count()


@pytest.fixture(scope="module", params=LAYERS)
def layer(request, redis_server):
    backend, config = LAYERS[request.param]
    return {"BACKEND": backend, "CONFIG": {"hosts": [redis_server.url], "prefix": request.param, **config}}


@pytest.fixture(scope="module")
def pair(client_database, layer):
    """Two servers that know each other through Redis alone."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(client_server(client_database, layer=layer)) for _ in range(2)]


class Member:
    """A client, and all that it has heard."""

    def __init__(self, namespace):
        self.namespace = namespace
        self.heard = []
        self.fences = asyncio.Queue()
        self.client = socketio.AsyncClient(reconnection=False)
        self.client.on("*", self.hear, namespace=namespace)

    async def hear(self, event, *args):
        if event == "fence":
            await self.fences.put(args)
        else:
            self.heard.append((event, *args))

    async def call(self, event, *args):
        return await self.client.call(event, args, namespace=self.namespace, timeout=20)

    @property
    def sid(self):
        return self.client.get_sid(self.namespace)


@pytest.fixture
async def member(pair):
    """``await member(0, *rooms)``: a member of these rooms, connected to the first or second server."""
    members = []

    async def member(which, *rooms, namespace="/"):
        members.append(Member(namespace))
        url = pair[which].url
        client = members[-1].client
        await client.connect(url, namespaces=[namespace], transports=["websocket"], wait_timeout=10)
        for room in ("fence", *rooms):
            await members[-1].call("join", room)
        return members[-1]

    yield member
    for each in members:
        await each.client.disconnect()


def name(word="room"):
    return f"{word}-{next(serial)}"


async def fence(sender, *members):
    """Whatever the sender's server had to say before now, these have heard."""
    number = next(serial)
    await sender.call("everyone in", ["fence"], "fence", number)
    for each in members:
        async with asyncio.timeout(20):
            while await each.fences.get() != (number,):
                pass


def heard(*members):
    return [each.heard for each in members]


async def test_a_room_hears_in_both_processes_once_and_the_sender_does_not(member):
    room = name()
    sender, near, far, outside = (
        await member(0, room), await member(0, room), await member(1, room), await member(1)
    )  # fmt: skip
    await sender.call("to", [room], "news", 1, b"\x00\xff")
    await fence(sender, near, far, outside)
    assert heard(sender, near, far, outside) == [[], [("news", 1, b"\x00\xff")], [("news", 1, b"\x00\xff")], []]


async def test_the_whole_namespace_hears_in_both_processes(member):
    sender, near, far = await member(0), await member(0), await member(1)
    await sender.call("broadcast", "news")
    await fence(sender, near, far)
    assert heard(sender, near, far) == [[], [("news",)], [("news",)]]


async def test_the_server_operator_leaves_nobody_out(member):
    room = name()
    sender, far = await member(0, room), await member(1, room)
    await sender.call("everyone in", [room], "news")
    await fence(sender, sender, far)
    assert heard(sender, far) == [[("news",)], [("news",)]]


async def test_who_is_in_several_rooms_hears_once(member):
    one, two = name("one"), name("two")
    sender, both, second = await member(0, one, two), await member(1, one, two), await member(1, two)
    await sender.call("to", [one, two], "news")
    await fence(sender, both, second)
    assert heard(sender, both, second) == [[], [("news",)], [("news",)]]


async def test_a_room_can_be_left_out_in_both_processes(member):
    room = name()
    sender, near, far, spared = await member(0), await member(0, room), await member(1, room), await member(1)
    await sender.call("except", [room], "news")
    await fence(sender, near, far, spared)
    assert heard(near, far, spared) == [[], [], [("news",)]]


async def test_odd_room_names_do_not_mix(member):
    rooms = ["team/a", "team:a", "team.a", "team a", "team-a", "TEAM/A", "x" * 300, "x" * 301, "房间", "房間", "/", "#"]
    members = [await member(1, room) for room in rooms]
    sender = await member(0)
    for room in rooms:
        await sender.call("to", [room], "for", room)
    await fence(sender, *members)
    assert heard(*members) == [[("for", room)] for room in rooms]


async def test_rooms_of_one_name_in_two_namespaces_do_not_mix(member):
    room = name()
    main, chat = await member(1, room), await member(1, room, namespace="/chat")
    sender = await member(0, namespace="/chat")
    await sender.call("to", [room], "news")
    await fence(sender, chat)
    await fence(await member(0), main)
    assert heard(main, chat) == [[], [("news",)]]


async def test_who_has_left_hears_no_more(member):
    room = name()
    sender, leaver, stayer = await member(0), await member(1, room), await member(1, room)
    await sender.call("to", [room], "news", 1)
    await fence(sender, leaver, stayer)
    await leaver.call("leave", room)
    await sender.call("to", [room], "news", 2)
    await fence(sender, leaver, stayer)
    assert heard(leaver, stayer) == [[("news", 1)], [("news", 1), ("news", 2)]]


async def test_who_joins_again_hears_again_at_once(member):
    room = name()
    sender, other = await member(0), await member(1, room)
    for i in range(30):
        await other.call("leave", room)
        await other.call("join", room)
        await sender.call("to", [room], "number", i)
        await fence(sender, other)
    assert other.heard == [("number", i) for i in range(30)]


async def test_a_private_message_finds_its_socket_in_the_other_process(member):
    sender, target, other = await member(0), await member(1), await member(1)
    await sender.call("to", [target.sid], "psst")
    await fence(sender, target, other)
    assert heard(sender, target, other) == [[], [("psst",)], []]


@pytest.mark.parametrize("where", [0, 1])
async def test_joining_a_room_named_like_anothers_sid_hears_nothing(member, where):
    target, spy, sender = await member(0), await member(where), await member(1)
    await spy.call("join", target.sid)  # whatever the answer
    await sender.call("to", [target.sid], "psst")
    await fence(sender, target, spy)
    assert heard(target, spy) == [[("psst",)], []]


async def test_300_messages_arrive_in_order_in_the_other_process(member):
    room = name()
    sender, far = await member(0), await member(1, room)
    for i in range(300):
        await sender.client.emit("to", ([room], "number", i))
    await fence(sender, far)
    assert far.heard == [("number", i) for i in range(300)]


async def test_another_process_without_a_server_speaks_to_a_room(member, client_database, layer):
    room = name()
    near, far = await member(0, room, namespace="/chat"), await member(1, room, namespace="/chat")
    outside, main = await member(0, namespace="/chat"), await member(1, room)
    await asyncio.to_thread(announce, client_database, layer, "/chat", room, "announcement", "hi")
    # Redis has taken it, and keeps the order for each server: what both say now comes behind it.
    for which in (0, 1):
        sender = await member(which, namespace="/chat")
        await fence(sender, near, far, outside)
    assert heard(near, far) == [[("announcement", "hi", b"\x00\xff")]] * 2
    assert heard(outside, main) == [[], []]


def announce(database, layer, *args):
    command = [sys.executable, "-m", "tests.cluster.announce", *args]
    environment = {**os.environ, **environment_of(database, layer=layer)}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
