"""Somebody in front of a room's page, with a microphone and ears."""

import asyncio
import json
import time

from playwright.async_api import expect

PATIENCE = 30  # seconds until a tone has to be there
QUIET = 0.8  # seconds for which silence has to last
NEAR = 8  # Hz
CLEAR = 40  # decibels above the median of the spectrum
AUDIBLE = -70  # decibels: below it, what is left of a tone is no sound


class Person:
    """A page of a room. ``await person.hears(440, 880)``: these tones and no other, each from a voice of its own."""

    def __init__(self, page, site):
        self.page, self.site = page, site

    async def visit(self, slug, query=""):
        """To the door of a room."""
        await self.page.goto(f"/rooms/{slug}/{query}")
        await expect(self.page.get_by_role("button", name="Join", exact=True)).to_be_visible()

    async def join(self, slug=None, query=""):
        """Into the room, as a listener."""
        if slug:
            await self.visit(slug, query)
        await self.page.get_by_role("button", name="Join", exact=True).click()
        await expect(self.page.locator("#check")).to_be_hidden()
        return self

    async def sit(self):
        """Take a seat; the microphone opens with it."""
        await self.page.get_by_role("button", name="Take a seat").click()
        await expect(self.own_seat).to_be_visible()
        return self

    async def talk(self, slug):
        await self.join(slug)
        await self.sit()
        await expect(self.mic).to_have_attribute("aria-pressed", "true")
        return self

    @property
    def mic(self):
        return self.page.locator("#mic-button")

    @property
    def own_seat(self):
        return self.page.locator("#seats .seat.own")

    def seat_of(self, name):
        return self.page.locator("#seats .seat.taken", has_text=name)

    async def voices(self):
        """What its <audio> elements play: hertz, peak, median, off."""
        return await self.page.evaluate("probe.listen()")

    async def tones(self):
        """The tones that are heard, each from a voice of its own."""
        return sorted(voice["hertz"] for voice in await self.voices() if is_tone(voice))

    async def hears(self, *wanted, within=PATIENCE):
        """These tones and no others, before the patience ends. Answers the seconds it took."""
        began = time.monotonic()
        while True:
            tones = await self.tones()
            if len(tones) == len(wanted) and all(abs(a - b) < NEAR for a, b in zip(tones, sorted(wanted), strict=True)):
                return time.monotonic() - began
            if time.monotonic() > began + within:
                raise AssertionError(f"heard {tones}, not {wanted}\n{await self.evidence()}")
            await asyncio.sleep(0.1)

    async def hears_nothing(self, within=PATIENCE):
        """Silence that lasts, before the patience ends."""
        deadline, silent_since = time.monotonic() + within, None
        while silent_since is None or time.monotonic() < silent_since + QUIET:
            loud = [voice for voice in await self.voices() if not voice["off"] and voice["peak"] > AUDIBLE]
            silent_since = None if loud else silent_since or time.monotonic()
            if loud and time.monotonic() > deadline:
                raise AssertionError(f"heard {loud}\n{await self.evidence()}")
            await asyncio.sleep(0.1)

    async def goes_on_hearing(self, *wanted, seconds):
        """These tones, at every look, for some seconds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await self.hears(*wanted, within=0.5)
            await asyncio.sleep(0.1)

    async def evidence(self):
        """What explains a failure: voices, peer connections with their statistics, what the server said."""
        facts = {"voices": await self.voices(), "connections": await self.page.evaluate("probe.stats()")}
        return json.dumps(facts, indent=1)[:20_000] + "\n" + self.site.server.log()[-3000:]


def is_tone(voice):
    """Whether a voice is one clear tone that is played aloud."""
    return not voice["off"] and voice["peak"] > AUDIBLE and voice["peak"] - voice["median"] > CLEAR
