"""The voice room in two processes: who is here is the same from both, also when one of them dies."""

import asyncio
import os
import signal

import pytest

from tests.harness.site import Site
from tests.media.clients import Visitor


@pytest.fixture
def sites(tmp_path, redis_server):
    with Site(tmp_path / "db.sqlite3", REDIS_URL=redis_server.url) as one:
        two = Site(tmp_path / "db.sqlite3", REDIS_URL=redis_server.url)
        with two.server:
            yield one, two


async def here(visitor):
    """The users in the room, as the server tells this one."""
    state = await visitor.run("room:sync")
    return sorted({tab["person"]["id"] for tab in state["tabs"]})


async def until(look, wanted):
    async with asyncio.timeout(10):
        while await look() != wanted:
            await pause()


async def pause():
    await asyncio.sleep(0.05)


@pytest.mark.redis
async def test_the_people_of_a_room_are_those_of_both_processes(sites, new_room):
    one, two = sites
    room = new_room("both", at=one)
    alice, bob, carol = Visitor(one, "alice", room), Visitor(two, "bob", room), Visitor(two, "carol", room)
    async with alice, bob:
        await asyncio.gather(*(each.run("room:join") for each in (alice, bob)))
        everybody = sorted([alice.user, bob.user])
        assert await here(alice) == await here(bob) == everybody
        async with carol:
            await carol.run("room:join")
            assert await here(alice) == await here(carol) == sorted([*everybody, carol.user])
        await until(lambda: here(alice), everybody)
        os.kill(two.server.pid, signal.SIGKILL)
        started = asyncio.get_running_loop().time()
        assert await here(alice) == [alice.user], "a dead process leaves no ghosts behind"
        assert asyncio.get_running_loop().time() - started < 15
