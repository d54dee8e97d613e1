"""Two people on two processes whose Redis dies in the middle of their conversation, and comes back."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.harness import RedisServer
from tests.harness.site import Site
from tests.media.clients import Visitor

pytestmark = pytest.mark.redis


@pytest.fixture
def apart(tmp_path):
    """Two processes, and the Redis between them that this test may stop."""
    with RedisServer() as redis, Site(tmp_path / "db.sqlite3", REDIS_URL=redis.url) as one:
        two = Site(tmp_path / "db.sqlite3", REDIS_URL=redis.url)
        with two.server:
            yield one, two, redis


async def write(person, text):
    await person.page.get_by_label("Your message").fill(text)
    await person.page.keyboard.press("Enter")


def bubbles(person):
    return person.page.locator(".msg:not(.pending) .bubble")


GONE = """
from voiceroom.models import MeshPeer, Seat
print(*(model.objects.filter(room__slug=slug, away_since__isnull=False).count() for model in (MeshPeer, Seat)))
"""


def gone_from(site, room):
    """How many places in the mesh, and seats, of two people who talk wait for somebody to come back."""
    return site.shell(f"slug = {room!r}\n{GONE}").strip()


async def test_a_conversation_goes_on_without_redis_and_what_was_missed_comes_with_it(person, new_room, apart):
    one, two, redis = apart
    room = new_room("apart", at=one)
    alice = await (await person("alice", 440, at=one)).talk(room)
    bob = await (await person("bob", 880, at=two)).talk(room)
    await asyncio.gather(alice.hears(880), bob.hears(440))
    await write(alice, "before")
    await expect(bubbles(bob)).to_have_text(["before"])
    redis.kill()
    await write(alice, "to you alone")
    await expect(bubbles(alice)).to_have_text(["before", "to you alone"])  # sent, and not refused
    await asyncio.gather(alice.goes_on_hearing(880, seconds=2), bob.goes_on_hearing(440, seconds=2))
    async with Visitor(one, "carol", room) as carol:
        await carol.run("room:join")  # who comes meanwhile gets in, and nobody has gone of whom we cannot ask
        assert gone_from(one, room) == "0 0"
    await expect(bubbles(bob)).to_have_text(["before"])
    await asyncio.to_thread(redis.start)
    await expect(bubbles(bob)).to_have_text(["before", "to you alone"], timeout=60_000)
    for someone in (alice, bob):
        await expect(someone.page.locator("#people-list li")).to_have_count(2, timeout=60_000)
        await expect(someone.page.locator("#seats .seat.taken:not(.away)")).to_have_count(2)
    await write(bob, "after")
    await expect(bubbles(alice)).to_have_text(["before", "to you alone", "after"])
    await asyncio.gather(alice.hears(880), bob.hears(440))
