"""A real Firefox and a real Chromium in one room. Without a sound card Firefox plays nothing; what comes, it counts."""

import asyncio
import time

import pytest
from playwright.async_api import expect

from tests.harness.firefox import firefox
from tests.media.clients import log_in
from tests.media.conftest import PLAIN, PROBE
from tests.media.people import PATIENCE

pytestmark = pytest.mark.firefox
TONE = 656  # near a bin of the spectrum, and a whole number, as Firefox wants it
LOUDNESS = """probe.stats().then((all) => {
  const heard = all.filter(({ state }) => state[2] === "connected").flatMap(({ stats }) => stats);
  return Math.max(0, ...heard.filter(({ type }) => type === "inbound-rtp").map(({ audioLevel }) => audioLevel ?? 0));
})"""
PACKETS = """probe.stats().then((all) => all.flatMap(({ stats }) => stats)
  .reduce((sum, one) => sum + (one.type === "inbound-rtp" ? one.packetsReceived : 0), 0))"""


async def come_in(window, site, name, slug):
    session = await asyncio.to_thread(log_in, site, name)
    await window.cookie("sessionid", session)
    await window.goto(site.url)
    await window.evaluate(PLAIN)
    await window.before(PROBE.read_text())
    await window.goto(f"{site.url}/rooms/{slug}/")
    await window.click("#check-join")
    await window.until("document.querySelector('#check').hidden")


async def no_packets(window):
    """Nothing comes any more."""
    deadline, before = time.monotonic() + PATIENCE, None
    while before != (before := await window.evaluate(PACKETS)):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.5)


async def test_firefox_and_chromium_hear_each_other(person, site, new_room):
    room = new_room("firefox")
    alice = await (await person("alice", 440)).talk(room)
    async with firefox(TONE) as bob:
        await come_in(bob, site, "bob", room)
        await bob.until(f"{LOUDNESS}.then((loud) => loud > 0.1)")  # a listener
        await bob.click("#seat-button")
        await bob.until("document.querySelector('#mic-button').getAttribute('aria-pressed') === 'true'")
        await alice.hears(TONE)
        await bob.click("#mic-button")
        await alice.hears_nothing()
        await bob.click("#mic-button")
        await alice.hears(TONE)
        await alice.mic.click()
        await no_packets(bob)
        await bob.click("#text")
        await bob.type("hello from Firefox")
        await bob.click(".send")
        await expect(alice.page.locator(".msg .bubble")).to_have_text("hello from Firefox")
        assert (
            await bob.evaluate("document.querySelector('#notes').textContent.includes('through the server')") is False
        )
        assert bob.problems == []
