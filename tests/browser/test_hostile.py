"""Names, topics and messages that want to run, to turn the page around, or to break it."""

from playwright.async_api import expect

from tests.browser.test_chat import enter

RUN = "window.ran=true"
MARKUP = f"<img src=x onerror='{RUN}'><script>{RUN}</script><svg onload='{RUN}'>\"'><b onclick='{RUN}'>&lt;"
TEXTS = {
    "markup": MARKUP,
    "right to left": "\u202e\u2066evil\u202e dlrow olleh \u200f\u061c שלום مرحبا",
    "long": "W" * 5000,
    "emoji": "👨‍👩‍👧‍👦🏳️‍🌈👩🏽‍🚀" * 60,
    "combining": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘" * 20,
    "newlines": "one\ntwo\r\n\n\n\n\n\n\n\nthree\u2028four\x0bfive\tsix",
}
# Straight into the database: the forms would not take most of it, other programs do not ask them.
PUT = """
from voiceroom.models import Membership, Room, Seat
room = Room.objects.get(slug=slug)
Room.objects.filter(pk=room.pk).update(name=text, topic=text)
User.objects.filter(username="carol").update(first_name=text)
carol = User.objects.get(username="carol")
Membership.objects.create(room=room, user=carol, role="moderator")
Seat.objects.fit(room)
Seat.objects.filter(room=room, index=1).update(user=carol)
"""


async def sound(page):
    """Nothing ran, and nothing is wider than the screen."""
    assert await page.evaluate("window.ran") is None
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{wide} pixels too wide"
    top = await page.evaluate("document.documentElement.getAttribute('dir')")
    assert top in (None, "ltr")


async def test_nothing_runs_and_nothing_breaks_the_layout(visit, new_room, site):
    hostile = await visit("carol")
    reader = await visit("alice", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    for kind, text in TEXTS.items():
        try:
            await endure(hostile, reader, site, new_room("hostile"), text)
        except AssertionError as error:
            raise AssertionError(f"{kind}: {error}") from error


async def endure(hostile, reader, site, room, text):
    """Lobby, door, stage, chat and people with this text everywhere, on a narrow phone and beside it on a desktop."""
    site.shell(f"slug, text = {room!r}, {text!r}\n{PUT}")
    await reader.goto("/")
    await expect(reader.locator(f'.card[data-slug="{room}"]')).to_be_visible()
    await sound(reader)
    await reader.goto(f"/rooms/{room}/")
    await sound(reader)
    for page in (hostile, reader):
        await enter(page, room)
    await expect(reader.locator("#seats .seat.taken")).to_have_count(1)
    await sound(reader)
    for control in ("#seat-button", "#chat-button", "#back"):
        await expect(reader.locator(control)).to_be_in_viewport(ratio=1)
    box = hostile.get_by_label("Your message")
    await box.fill(text)
    await hostile.get_by_role("button", name="Send").click()
    await reader.locator("#chat-button").click()
    if len(text) <= int(await box.get_attribute("maxlength")):
        await expect(reader.locator(".msg .bubble")).to_have_count(1)
    await sound(reader)
    await reader.get_by_role("tab", name="People").click()
    await expect(reader.locator("#people-list li")).to_have_count(2)
    for page in (hostile, reader):
        await sound(page)
        await expect(page.locator(FOREIGN)).to_have_count(0)


FOREIGN = "main img, main script, main [onclick], main [onload], main [onerror]"
