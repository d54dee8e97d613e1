"""Signs under messages, as people in front of real browsers put them there."""

from playwright.async_api import expect

from tests.browser.test_chat import enter, small_and_wide

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def chip(page, name):
    return page.locator(".chips").get_by_role("button", name=name, exact=True)


async def test_a_reaction_is_seen_by_the_others_and_taken_away_again(visit, new_room):
    room = new_room("signs", messages=2)
    alice, bob = await visit("alice"), await visit("bob")
    await enter(alice, room)
    await enter(bob, room)
    await bob.locator(".msg").last.hover()
    await bob.locator(".msg").last.get_by_role("button", name="React to this message").click()
    await bob.get_by_role("group", name="React to this message").get_by_role("button", name="❤️").click()
    await expect(chip(alice, "❤️ from 1 person")).to_have_attribute("aria-pressed", "false")
    await chip(alice, "❤️ from 1 person").click()
    for page in (alice, bob):
        await expect(chip(page, "❤️ from 2 people")).to_have_attribute("aria-pressed", "true")
    await alice.reload()
    await expect(chip(alice, "❤️ from 2 people")).to_have_attribute("aria-pressed", "true")
    for page in (bob, alice):
        await page.locator(".chip").click()
    await expect(bob.locator(".chip")).to_have_count(0)


async def test_on_a_phone_and_by_keys_a_message_is_picked_and_gets_a_reaction(visit, new_room):
    room = new_room("touch", messages=1)
    page = await visit("bob", **PHONE)
    await enter(page, room)
    await page.locator("#chat-button").click()
    await page.locator(".msg .bubble").tap()
    await page.get_by_role("button", name="React to this message").tap()
    await small_and_wide(page)
    await page.keyboard.press("Escape")
    await expect(page.locator(".choice")).to_have_count(0)
    await expect(page.locator("#side")).to_be_in_viewport()  # the chat stays
    await page.get_by_role("button", name="React to this message").press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(chip(page, "❤️ from 1 person")).to_be_visible()
    await small_and_wide(page)
