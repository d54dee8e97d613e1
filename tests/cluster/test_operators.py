"""Every operator over two daphne processes and one Redis: from consumers, from a shell and from a command."""

import asyncio
import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time

import pytest
import redis
import socketio

from tests.clients.fixtures import environment_of
from tests.harness import RedisServer, ServerProcess
from tests.harness.processes import ROOT

pytestmark = pytest.mark.redis

LAYERS = {
    "pubsub": ("realtime.layers.RedisPubSubChannelLayer", {}),
    "lists": ("channels_redis.core.RedisChannelLayer", {"capacity": 10_000}),
}
SHELL = """
import django; django.setup()
import json
from realtime import namespace, AckTimeout
from tests.cluster.deeds import Deeds
{code}
"""
serial = itertools.count()


def environment(client_database, kind, url, **socketio):
    backend, config = LAYERS[kind]
    layer = {"BACKEND": backend, "CONFIG": {"hosts": [url], "prefix": kind, **config}}
    return {
        **environment_of(client_database, layer=layer, **socketio),
        "DJANGO_SETTINGS_MODULE": "tests.cluster.deeds_settings",
    }


def daphne(env):
    return ServerProcess("tests.cluster.deeds:application", server="daphne", env=env)


@pytest.fixture(scope="module", params=LAYERS)
def env(request, client_database, redis_server):
    return environment(client_database, request.param, redis_server.url)


@pytest.fixture(scope="module")
def pair(env):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(daphne(env)) for _ in range(2)]


class Client:
    """A client that acknowledges ``ask`` with its seat, and keeps what it hears."""

    def __init__(self, namespace="/"):
        self.heard, self.namespace = [], namespace
        self.client = socketio.AsyncClient(reconnection=False)
        self.client.on("*", self.hear, namespace=namespace)
        self.client.on("ask", self.answer, namespace=namespace)
        self.client.on("never", self.never, namespace=namespace)

    async def connect(self, url, seat, *rooms):
        self.seat = seat
        await self.client.connect(
            url, namespaces=[self.namespace], transports=["websocket"], wait_timeout=20,
            auth={"seat": seat, "rooms": list(rooms)},
        )  # fmt: skip
        return self

    async def hear(self, event, *args):
        self.heard.append((event, *args))

    async def answer(self, *args):
        return self.seat

    async def never(self, *args):
        await asyncio.sleep(3600)

    async def call(self, event, *args):
        return await self.client.call(event, args, namespace=self.namespace, timeout=30)

    @property
    def sid(self):
        return self.client.get_sid(self.namespace)


@pytest.fixture
async def crowd():
    """``await crowd(url, seat, *rooms)``: a client, which leaves at the end."""
    clients = []

    async def come(url, seat, *rooms, namespace="/"):
        clients.append(Client(namespace))
        return await clients[-1].connect(url, seat, *rooms)

    yield come
    for each in clients:
        await each.client.disconnect()


async def pause():
    await asyncio.sleep(0.05)


async def until(check, seconds=15):
    """Waits for an awaited check to be true."""
    async with asyncio.timeout(seconds):
        while not await check():
            await pause()


async def acquainted(*clients):
    async def all_know():
        return all([await each.call("peers") == len(clients) - 1 for each in clients])

    await until(all_know)


def shell(env, code, *command):
    """What a process without any server prints."""
    ran = subprocess.run(
        [sys.executable, *(command or ("-c", SHELL.format(code=code)))], cwd=ROOT, env={**os.environ, **env},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


async def test_sockets_of_both_processes_are_fetched(pair, crowd):
    room = f"r{next(serial)}"
    one, two = await crowd(pair[0].url, "one", room), await crowd(pair[1].url, "two", room, "more")
    await acquainted(one, two)
    for asker in (one, two):
        found = {each[0]: each[1:] for each in await asker.call("fetch", room)}
        assert found == {
            one.sid: [sorted([one.sid, room]), {"seat": "one"}, "websocket"],
            two.sid: [sorted([two.sid, room, "more"]), {"seat": "two"}, "websocket"],
        }


async def test_clients_of_both_processes_acknowledge_and_the_late_are_named(pair, crowd):
    room = f"r{next(serial)}"
    one, two = await crowd(pair[0].url, "one", room), await crowd(pair[1].url, "two", room)
    await acquainted(one, two)
    assert sorted((await one.call("do", "call", [room], [], "ask"))["done"]) == ["one", "two"]
    assert await one.call("do", "call", [two.sid], [], "ask") == {"done": ["two"]}
    assert sorted(await one.call("speak to all", "ask")) == ["one", "two"]


async def test_sockets_of_the_other_process_join_leave_and_go(pair, crowd):
    room = f"r{next(serial)}"
    one, two = await crowd(pair[0].url, "one"), await crowd(pair[1].url, "two", room)
    await acquainted(one, two)
    await one.call("do", "sockets_join", [room], [], "new")
    await one.call("do", "sockets_leave", ["new"], [], room)

    async def moved():
        return [each[1] for each in await one.call("fetch", "new")] == [sorted([two.sid, "new"])]

    await until(moved)
    await one.call("do", "disconnect_sockets", ["new"], [])

    async def gone():
        return not two.client.connected

    await until(gone)


async def test_servers_ask_each_other(pair, crowd):
    one, two = await crowd(pair[0].url, "one"), await crowd(pair[1].url, "two")
    await acquainted(one, two)
    (answer,) = (await one.call("do", "server_side_call", [], [], "who", 1))["done"]
    (other,) = (await two.call("do", "server_side_call", [], [], "who"))["done"]
    assert answer["asked"] == [1] and answer["pid"] != other["pid"]
    late = await one.call("do", "server_side_call", [], [], "raise")
    assert late["late"].startswith("0 of 1 other processes answered in time")


async def test_all_namespaces_of_a_class_are_reached(pair, crowd):
    main, child, far = (
        await crowd(pair[0].url, "main"), await crowd(pair[0].url, "near", namespace="/child-a"),
        await crowd(pair[1].url, "far", namespace="/child-b"),
    )  # fmt: skip
    await acquainted(main, far)
    assert await main.call("fetch class") == [["/", "main"], ["/child-a", "near"], ["/child-b", "far"]]
    assert sorted((await main.call("do for class", "call", [], "ask"))["done"]) == ["far", "main", "near"]
    await far.call("do for class", "emit", [], "hi")

    async def heard():
        return main.heard == child.heard == far.heard == [("hi",)]

    await until(heard)


async def test_a_process_without_a_server_fetches_and_calls(pair, crowd, env):
    room = f"r{next(serial)}"
    one, two = await crowd(pair[0].url, "one", room), await crowd(pair[1].url, "two", room)
    await acquainted(one, two)
    code = f"""
target = namespace("/").to({room!r})
found = target.fetch_sockets()
print(json.dumps(sorted(each.data["seat"] for each in found)))
print(json.dumps(sorted(target.call("ask"))))
print(json.dumps(sorted(each.call("ask") for each in found)))
print(len(target.server_side_call("who")))
print(json.dumps(sorted(each.namespace for each in namespace(Deeds).fetch_sockets())))
found[0].emit("bye")
"""
    said = (await asyncio.to_thread(shell, env, code)).splitlines()
    assert [json.loads(line) for line in said] == [["one", "two"]] * 3 + [2, ["/", "/"]]

    async def heard():
        return sorted(one.heard + two.heard) == [("bye",)]

    await until(heard)


async def test_the_command_emits_and_calls(pair, crowd, env):
    room = f"r{next(serial)}"
    one, two = await crowd(pair[0].url, "one", room, "out"), await crowd(pair[1].url, "two", room)
    await acquainted(one, two)
    command = "manage.py", "socketio_emit"
    await asyncio.to_thread(shell, env, "", *command, "/", "news", '{"a": [1]}', "7", "--to", room, "--except", "out")
    await asyncio.to_thread(shell, env, "", *command, "/", "news", "plain", "--text", "--to", room)
    said = await asyncio.to_thread(shell, env, "", *command, "/", "ask", "--to", room, "--call")
    assert sorted(said.split()) == ['"one"', '"two"']

    async def heard():
        return one.heard == [("news", "plain")] and two.heard == [("news", {"a": [1]}, 7), ("news", "plain")]

    await until(heard)


async def test_a_killed_process_is_named_with_how_many_answered(client_database, redis_server, crowd):
    env = environment(client_database, "pubsub", redis_server.url, cluster_timeout=1.0)
    env["CLIENTS_LAYER"] = env["CLIENTS_LAYER"].replace('"pubsub"', '"killed"')
    with daphne(env) as first, daphne(env) as second:
        one, two = await crowd(first.url, "one"), await crowd(second.url, "two")
        await acquainted(one, two)
        os.kill(second.pid, signal.SIGKILL)
        late = await one.call("fetch")
        assert late["late"].startswith("0 of 1 other processes answered in time; silent: ") and late["found"] == ["one"]
        late = await one.call("do", "call", [], [], "ask")
        assert late["answers"] == ["one"] and "0 of 1 other processes" in late["late"]


async def test_nobody_waits_for_a_process_that_was_stopped(client_database, redis_server, crowd):
    env = environment(client_database, "pubsub", redis_server.url)
    env["CLIENTS_LAYER"] = env["CLIENTS_LAYER"].replace('"pubsub"', '"stopped"')
    with daphne(env) as first, daphne(env) as second:
        one, two = await crowd(first.url, "one"), await crowd(second.url, "two")
        await acquainted(one, two)
        (name,) = await one.call("processes")
        assert name.endswith(f":{second.pid}")
        os.kill(second.pid, signal.SIGTERM)

        async def stopped():
            return second.popen.poll() is not None

        await until(stopped, 30)
        started = time.monotonic()
        assert len(await one.call("fetch")) == 1 and await one.call("processes") == []
        assert time.monotonic() - started < 1


@pytest.mark.parametrize("kind", LAYERS)
async def test_redis_forgets_everything_and_then_goes_away(client_database, kind, crowd):
    """FLUSHALL, then an outage: rooms within a process go on, an emit that cannot reach the others says so at once."""
    with RedisServer() as server:
        env = environment(client_database, kind, server.url)
        with daphne(env) as first, daphne(env) as second:
            one, two = await crowd(first.url, "one", "x"), await crowd(second.url, "two", "x")
            near = await crowd(first.url, "near", "x")
            await acquainted(one, two)
            redis.Redis.from_url(server.url).flushall()
            started = time.monotonic()

            async def heard_again():
                await one.call("do", "emit", ["x"], [], "hi")
                return bool(two.heard)

            await until(heard_again, 10)
            assert time.monotonic() - started < 5
            server.stop()
            near.heard.clear()
            started = time.monotonic()
            said = await one.call("do", "emit", ["x"], [], "alone")
            assert time.monotonic() - started < 1.5 and said["local"] == 2, said
            await until(lambda: asyncio.sleep(0, near.heard == [("alone",)]))
            assert one.client.connected and two.client.connected


HOSTILE = [b"", b"\xc1\xff", b"\x80\x04\x95pickle", b"\x07", b"\x91\x01", b"\x81\xa4type\xa1x", b"{" * 100_000]


async def test_garbage_in_redis_is_counted_and_nobody_is_harmed(pair, crowd, env, redis_server):
    one, two = await crowd(pair[0].url, "one", "x"), await crowd(pair[1].url, "two", "x")
    await acquainted(one, two)
    before = (await two.call("counters")).get("layer_messages_refused", 0)
    client = redis.Redis.from_url(redis_server.url)
    if "pubsub" in env["CLIENTS_LAYER"]:
        channels = [channel for channel in client.pubsub_channels("pubsub*") if b"socketio" in channel]
        for channel in channels:
            for garbage in HOSTILE:
                client.publish(channel, garbage)
    else:
        groups = [key for key in client.keys("lists*") if b"group" in key]
        channels = {name.split(b"!")[0] + b"!" for key in groups for name in client.zrange(key, 0, -1)}
        for channel in channels:
            for number, garbage in enumerate(HOSTILE):
                client.zadd(b"lists" + channel, {b"%012d" % number + garbage: time.time()})
    started = time.monotonic()
    await one.call("do", "emit", ["x"], [], "hi")

    async def heard():
        return two.heard == [("hi",)]

    await until(heard, 10)
    assert time.monotonic() - started < 3
    # With lists two of them end inside of channels_redis.
    assert (await two.call("counters"))["layer_messages_refused"] >= before + len(HOSTILE) - 2


@pytest.mark.parametrize(
    "words, said",
    [
        (["/", "news", "hi"], "not JSON: hi (text needs quotes of its own: '\"hi\"', or --text)"),
        (["*", "news"], "the namespace * is for one --user"),
        (["*", "news", "--user", "1", "--to", "x"], "the namespace * is for one --user"),
        (["/", "connect"], "reserved"),
        (["/", "news", "--call", "--timeout", "0.2"], "does a server run on this channel layer?"),
    ],
)
def test_the_command_says_what_was_wrong(client_database, redis_server, words, said):
    env = environment(client_database, "pubsub", redis_server.url)
    env["CLIENTS_LAYER"] = env["CLIENTS_LAYER"].replace('"pubsub"', '"nobody"')
    command = [sys.executable, "manage.py", "socketio_emit", *words]
    ran = subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 1 and said in ran.stderr and "Traceback" not in ran.stderr, ran.stderr
