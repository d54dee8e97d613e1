"""A room whose processes cannot reach each other, because Redis is away: it goes on for the people of one process."""

import asyncio

import pytest

from realtime.signals import cluster_interrupted
from tests.harness import RedisServer
from tests.voiceroom.tabs import COMINGS, code, enter, hear, hear_all, join, leave

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.redis]

WHILE_AWAY = (
    ("seat:take", 0), ("mic:state", "on"), ("media:publish",), ("media:speaking", True), ("media:quality", 2),
    ("media:frame", b"opus"), ("media:fallback", True), ("chat:send", "hello", "a-key-of-this-message"),
    ("chat:typing", True), ("reaction", "👍"), ("seat:leave",), ("hand:raise",), ("room:sync",),
)  # fmt: skip
QUIET = (*COMINGS, "media:speaking", "media:quality", "media:frame", "media:wanted", "room:reaction")


@pytest.fixture
async def redis(settings):
    with RedisServer() as server:
        config = {"hosts": [server.url]}
        layer = {"BACKEND": "realtime.layers.RedisPubSubChannelLayer", "CONFIG": config}
        settings.CHANNEL_LAYERS = {"default": layer}
        yield server


async def test_a_room_goes_on_while_redis_is_away(room, people, redis, caplog):
    interrupted = asyncio.Event()

    async def stop(**kwargs):
        interrupted.set()

    cluster_interrupted.connect(stop)
    try:
        ada, _ = await join(people["ada"])
        bo, b = await join(people["bo"])
        lobby = await enter(people["di"], "/")
        await lobby.call("lobby:join")
        redis.kill()
        for command in WHILE_AWAY:
            assert code(await ada.call(*command) or {}) is None, command
        assert (await hear(bo, "chat:message", skip=QUIET))["text"] == "hello"
        cy, c = await join(people["cy"])  # who comes meanwhile gets in
        assert c["ok"] and [message["text"] for message in c["messages"]] == ["hello"]
        assert code(await bo.call("member:kick", people["cy"].pk)) is None
        assert (await hear(cy, "room:closed", skip=QUIET))["code"] == "kicked"
        async with asyncio.timeout(30):
            await interrupted.wait()
        redis.start()
        assert await hear_all(ada, "room:stale", skip=(*QUIET, "chat:message")) == []
        assert await hear_all(lobby, "lobby:news", skip=("lobby:room", "lobby:people")) == []
        await leave(ada, bo, lobby)
    finally:
        cluster_interrupted.disconnect(stop)
    assert not [record for record in caplog.records if record.exc_info], caplog.text
