import asyncio
import contextlib
import logging
import time

import pytest
import redis

from realtime.layers import RedisPubSubChannelLayer, shard, wire
from tests.harness import RedisServer


async def until(check):
    async with asyncio.timeout(60):
        while not check():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def generous(monkeypatch):
    """A busy machine is no outage."""
    monkeypatch.setattr(wire, "CONNECT_TIMEOUT", 30.0)
    monkeypatch.setattr(shard, "OF_SENTINELS", 10.0)


class Lines(logging.Handler):
    """What a logger says, as lines; a traceback would be several."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines += self.format(record).splitlines()


@pytest.fixture
def lines():
    handler = Lines()
    loggers = [logging.getLogger(name) for name in ("realtime.rooms", "asyncio")]
    for logger in loggers:
        logger.addHandler(handler)
    yield handler.lines
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.fixture(scope="module")
def redis_server():
    """One that no other test has connections to: those are counted here."""
    with RedisServer() as server:
        yield server


@pytest.fixture
def raw(redis_server):
    """Redis as the operator sees it; nothing of a layer is left when a test has ended."""
    with redis.Redis.from_url(redis_server.url) as client:
        yield client
        deadline = time.monotonic() + 60
        while strangers(client) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert strangers(client) == []


def strangers(client):
    """The connections that are not ``client``'s own."""
    own = client.client_id()
    return [each for each in client.client_list() if int(each["id"]) != own]


@pytest.fixture
async def layer(redis_server, raw, request):
    async with made(redis_server.url, prefix=request.node.name) as layer:
        yield layer


@contextlib.asynccontextmanager
async def made(url, **config):
    layer = RedisPubSubChannelLayer(hosts=[url], **config)
    try:
        yield layer
    finally:
        await layer.flush()


def shard_of(layer):
    return layer._get_layer()._shards[0]


class FakeRedis:
    """Answers a connection's greetings as Redis does, and everything else with ``answer(command)``'s bytes."""

    def __init__(self, answer=lambda command: b"+OK\r\n"):
        self.answer, self.commands, self.writers = answer, [], []

    async def __aenter__(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"redis://127.0.0.1:{self.server.sockets[0].getsockname()[1]}?protocol=2"
        return self

    async def __aexit__(self, *_):
        self.server.close()
        for writer in self.writers:
            writer.close()

    async def _serve(self, reader, writer):
        self.writers.append(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                count = int((await reader.readline())[1:] or b"0")
                if not count:
                    break
                command = []
                for _ in range(count):
                    length = int((await reader.readline())[1:])
                    command.append((await reader.readexactly(length + 2))[:-2])
                self.commands.append(command)
                writer.write(b"+OK\r\n" if command[0] == b"CLIENT" else self.answer(command))
        writer.close()
