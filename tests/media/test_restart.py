"""The server goes away in the middle of a conversation, and comes back."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.harness.site import Site

GRACE = 12  # seconds; longer than the server is away


@pytest.fixture
def mortal(tmp_path):
    """A site of this test's own, which it may stop."""
    with Site(tmp_path / "db.sqlite3", server="socketio_serve", SEAT_GRACE=GRACE) as site:
        yield site


async def write(person, text):
    await person.page.get_by_label("Your message").fill(text)
    await person.page.keyboard.press("Enter")


@pytest.mark.parametrize(
    ("signal", "told"), [("stop", "The server is restarting."), ("kill", "The connection is gone.")]
)
async def test_the_voices_go_on_without_the_server_and_every_message_arrives_once(
    person, new_room, mortal, signal, told
):
    room = new_room("restart", at=mortal)
    alice = await (await person("alice", 440, at=mortal)).talk(room)
    bob = await (await person("bob", 880, at=mortal)).talk(room)
    await asyncio.gather(alice.hears(880), bob.hears(440))
    await write(alice, "before")
    await expect(bob.page.locator(".msg .bubble")).to_have_text(["before"])
    await asyncio.gather(write(alice, "just then"), asyncio.to_thread(getattr(mortal.server, signal)))
    await expect(alice.page.locator("#banner")).to_contain_text(told)
    await write(alice, "meanwhile")
    await write(bob, "me too")
    await asyncio.gather(alice.goes_on_hearing(880, seconds=2), bob.goes_on_hearing(440, seconds=2))
    restart = asyncio.gather(alice.goes_on_hearing(880, seconds=3), bob.goes_on_hearing(440, seconds=3))
    await asyncio.to_thread(mortal.server.start)
    for someone in (alice, bob):
        await someone.page.evaluate("dispatchEvent(new Event('online'))")  # as when a network comes back
    for someone in (alice, bob):
        await expect(someone.page.locator("#banner")).not_to_contain_text(told)
        await expect(someone.page.locator(".msg:not(.pending) .bubble")).to_have_count(4, timeout=60_000)
        texts = await someone.page.locator(".msg .bubble").all_inner_texts()
        assert sorted(texts) == ["before", "just then", "me too", "meanwhile"]
        await expect(someone.page.locator("#seats .seat.taken:not(.away)")).to_have_count(2)
    await restart
    await bob.mic.click()  # what is said now counts: the signalling is back
    await alice.hears_nothing()
    await bob.mic.click()
    await alice.hears(880)
