"""Every way to a Redis that channels-redis takes, on both kinds of event loop."""

import asyncio
import datetime
import ipaddress
import subprocess
import sys

import pytest
import redis
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from redis.asyncio.connection import _AsyncRESP2Parser, _AsyncRESP3Parser

from realtime.layers import RedisPubSubChannelLayer
from tests.harness import RedisServer, free_port
from tests.harness.sentinel import Sentinel
from tests.layers.conftest import strangers, until

pytestmark = pytest.mark.redis
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One Redis that can be reached in all ways."""
    directory = tmp_path_factory.mktemp("redis")
    _certificate(directory)
    tls = free_port()
    args = ["--unixsocket", f"{directory}/socket", "--tls-port", str(tls), "--tls-auth-clients", "no"]
    args += ["--tls-cert-file", f"{directory}/cert.pem", "--tls-key-file", f"{directory}/key.pem"]
    args += ["--tls-ca-cert-file", f"{directory}/cert.pem"]
    with RedisServer(args=args) as server, redis.Redis.from_url(server.url) as raw:
        raw.execute_command("ACL", "SETUSER", "app", "on", ">p@ss/word", "+@all", "allchannels")
        raw.close()
        server.tls, server.files = tls, directory
        yield server


def _certificate(directory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    (directory / "cert.pem").write_bytes(certificate.public_bytes(pem))
    plain = serialization.NoEncryption()
    (directory / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))


HOSTS = {
    "url": lambda server: server.url,
    "database": lambda server: server.url[:-1] + "3",
    "tuple": lambda server: ("127.0.0.1", server.port),
    "dict": lambda server: {"host": "127.0.0.1", "port": server.port, "db": 2, "client_name": "a-name"},
    "unix": lambda server: f"unix://{server.files}/socket?db=1",
    "tls": lambda server: f"rediss://127.0.0.1:{server.tls}?ssl_ca_certs={server.files}/cert.pem",
    "user": lambda server: f"redis://app:p%40ss%2Fword@127.0.0.1:{server.port}",
    "resp2": lambda server: {"address": server.url, "protocol": 2},
    "resp2 user": lambda server: {"address": f"redis://app:p%40ss%2Fword@127.0.0.1:{server.port}", "protocol": 2},
    "resp3": lambda server: {"address": server.url, "protocol": 3},
    "decoded": lambda server: {"address": server.url, "decode_responses": True},
    "without hiredis": lambda server: {"address": server.url, "parser_class": _AsyncRESP3Parser},
    "resp2 without hiredis": lambda server: {"address": server.url, "parser_class": _AsyncRESP2Parser, "protocol": 2},
}


@pytest.mark.parametrize("new_loop", LOOPS.values(), ids=LOOPS)
@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS)
def test_it_is_reached_and_left_and_found_again(server, host, new_loop):
    layer = RedisPubSubChannelLayer(hosts=[host(server)], prefix="hosts")

    async def use():
        channel, messages = await layer.new_channel(), []
        await layer.group_add("group", channel)
        layer.listen(channel, messages.append)
        await layer.group_send("group", {"type": "x", "body": b"\0\xff" * 50_000})
        await until(lambda: messages)
        raw.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await until(lambda: len(strangers(raw)) == 2 and raw.pubsub_numsub("hosts__group__group")[0][1] == 1)
        await layer.group_send("group", {"type": "y"})
        await until(lambda: len(messages) == 2)

    with redis.Redis.from_url(server.url) as raw, asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(use())
    with redis.Redis.from_url(server.url) as raw:
        asyncio.run(until(lambda: strangers(raw) == []))


@pytest.mark.parametrize("new_loop", LOOPS.values(), ids=LOOPS)
def test_a_certificate_that_is_not_trusted_is_no_way(server, new_loop):
    layer = RedisPubSubChannelLayer(hosts=[f"rediss://127.0.0.1:{server.tls}"])
    with asyncio.Runner(loop_factory=new_loop) as runner, pytest.raises(redis.exceptions.ConnectionError):
        runner.run(layer.group_send("x", {"type": "x"}))


@pytest.mark.parametrize("new_loop", LOOPS.values(), ids=LOOPS)
def test_sentinels_are_asked_even_when_the_first_is_away_and_none_is_held_on_to(server, tmp_path, new_loop):
    with Sentinel(server, tmp_path) as sentinel:
        nobody = free_port()
        sentinels = [("127.0.0.1", nobody), ("127.0.0.1", sentinel.port)]
        layer = RedisPubSubChannelLayer(hosts=[{"sentinels": sentinels, "master_name": "tests"}])

        async def use():
            with redis.Redis(port=sentinel.port) as raw:
                channel = await layer.new_channel()
                await layer.send(channel, {"type": "x"})
                assert await asyncio.wait_for(layer.receive(channel), 60) == {"type": "x"}
                await until(lambda: not [each for each in strangers(raw) if "redis-py" in each["lib-name"]])

        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(use())


LOOPS_THAT_COME_AND_GO = """
import asyncio, gc, sys, threading, uvloop
from asgiref.sync import async_to_sync
from realtime.layers import RedisPubSubChannelLayer

if sys.argv[2] == "uvloop":
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
layer = RedisPubSubChannelLayer(hosts=[sys.argv[1]])

async def use():
    channel = await layer.new_channel()
    await layer.group_add("x", channel)
    await layer.group_send("x", {"type": "x"})
    assert await layer.receive(channel) == {"type": "x"}

async def leave_in_the_middle():
    tasks = [asyncio.create_task(layer.receive("x")), asyncio.create_task(layer.group_send("x", {"type": "x"}))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)

def in_a_thread():
    for _ in range(5):
        async_to_sync(layer.group_send)("x", {"type": "x"})
        asyncio.run(layer.group_send("x", {"type": "x"}))
        asyncio.run(use())
        asyncio.run(leave_in_the_middle())

in_a_thread()
threads = [threading.Thread(target=in_a_thread) for _ in range(3)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
gc.collect()
assert layer._layers == {}, layer._layers
print("connections", len(__import__("redis").Redis.from_url(sys.argv[1]).client_list()))
"""


@pytest.mark.parametrize("loop", LOOPS)
def test_loops_that_come_and_go_leave_no_connection_and_no_warning(redis_server, loop):
    command = [sys.executable, "-W", "always", "-W", "ignore::DeprecationWarning", "-c", LOOPS_THAT_COME_AND_GO]
    done = subprocess.run([*command, redis_server.url, loop], capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "connections 1\n")  # the one that asks


FORK = """
import asyncio, os, sys
from realtime.layers import RedisPubSubChannelLayer

layer = RedisPubSubChannelLayer(hosts=[sys.argv[1]])

async def parent():
    channel = await layer.new_channel()
    await layer.group_add("x", channel)
    await layer.group_send("x", {"type": "parent"})
    child = os.fork()
    if child == 0:
        asyncio.events._set_running_loop(None)
        asyncio.run(layer.group_send("x", {"type": "child"}))
        os._exit(0)
    while not os.waitpid(child, os.WNOHANG)[0]:
        await asyncio.sleep(0.01)
    await layer.group_send("x", {"type": "parent"})
    print([(await layer.receive(channel))["type"] for _ in range(3)])

asyncio.run(parent())
"""


def test_a_fork_has_connections_of_its_own(redis_server, raw):
    command = [sys.executable, "-c", FORK, redis_server.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert (done.stdout, done.stderr) == ("['parent', 'child', 'parent']\n", "")
