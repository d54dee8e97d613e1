"""Names, topics and messages that want to run, to turn the page around, or to break it."""

import pytest
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
user = User.objects.create_user(f"h{room.pk}", first_name=text, password="hostile-demo")
Membership.objects.create(room=room, user=user, role="moderator")
Seat.objects.fit(room)
Seat.objects.filter(room=room, index=1).update(user=user)
print(user.username)
"""


async def sound(page):
    """Nothing ran, and nothing is wider than the screen."""
    assert await page.evaluate("window.ran") is None
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{wide} pixels too wide"
    top = await page.evaluate("document.documentElement.getAttribute('dir')")
    assert top in (None, "ltr")


@pytest.mark.parametrize("kind", TEXTS)
async def test_nothing_runs_and_nothing_breaks_the_layout(visit, new_room, site, kind):
    room, text = new_room("hostile"), TEXTS[kind]
    username = site.shell(f"slug, text = {room!r}, {text!r}\n{PUT}").strip()
    small = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    hostile, reader = await visit(username, password="hostile-demo"), await visit("alice", **small)
    await reader.goto("/")
    await expect(reader.locator(f'.card[data-slug="{room}"]')).to_be_visible()
    await sound(reader)
    await reader.goto(f"/rooms/{room}/")
    await sound(reader)
    for page in (hostile, reader):
        await enter(page, room)
    await sound(reader)
    await expect(reader.locator("#seats .seat.taken")).to_have_count(1)
    for control in ("#mic-button, #seat-button", "#leave-button"):
        await expect(reader.locator(control).locator("visible=true")).to_be_in_viewport(ratio=1)
    await hostile.get_by_label("Your message").fill(text)
    limit = int(await hostile.get_by_label("Your message").get_attribute("maxlength"))
    await hostile.get_by_role("button", name="Send").click()
    if len(text) <= limit:
        await reader.get_by_role("button", name="Chat", exact=True).or_(reader.locator("#chat-button")).first.click()
        await expect(reader.locator(".msg .bubble")).to_have_count(1)
    else:
        await expect(hostile.locator("#hint, .msg .bubble").locator("visible=true").first).to_be_visible()
        await reader.locator("#chat-button").click()
    await sound(reader)
    await reader.get_by_role("tab", name="People").click()
    await expect(reader.locator("#people-list li")).to_have_count(2)
    await sound(reader)
    await sound(hostile)
    await expect(reader.locator("#log img, #log script, #people-list b, #seats img, h1 img")).to_have_count(0)
