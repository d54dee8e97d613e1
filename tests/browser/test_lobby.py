"""The lobby of a site with more rooms than one looks at."""

import os

from playwright.async_api import expect

MAKE = """
from voiceroom.models import Room
owner = User.objects.get(username="alice")
Room.objects.bulk_create(Room(slug=f"{stem}-{n}", name=f"{stem} no.{n}.", owner=owner) for n in range(60))
"""


async def test_rooms_come_a_page_at_a_time_and_the_search_finds_the_others(visit, site):
    stem = f"circle-{os.urandom(3).hex()}"
    site.shell(f"stem = {stem!r}\n{MAKE}")
    alice = await visit("alice")
    await alice.goto("/")
    cards, more = alice.locator(".card[data-slug]"), alice.get_by_role("button", name="Show more rooms")
    await expect(cards).to_have_count(24)
    await more.click()
    await expect(cards).to_have_count(48)
    assert await alice.evaluate("document.activeElement.closest('.card') === document.querySelectorAll('.card')[24]")
    await alice.get_by_role("searchbox").fill(f"{stem} no.7.")  # further down than what is shown
    await expect(alice.locator("#summary")).to_have_text("1 room matches")
    await expect(cards).to_have_count(1)
    await expect(more).to_be_hidden()
    await alice.get_by_role("searchbox").fill(f"{stem.upper()} ＮＯ.７.")  # as some keyboards write it
    await expect(alice.locator("#summary")).to_have_text("1 room matches")
    await expect(cards).to_have_count(1)
    await alice.get_by_role("searchbox").fill(f"{stem} none")
    await expect(alice.get_by_role("heading", name="No room matches")).to_be_visible()
    await alice.get_by_role("searchbox").fill("")
    await expect(cards).to_have_count(24)
    site.shell(f"from voiceroom.models import Room; Room.objects.filter(slug__startswith={stem!r}).delete()")
