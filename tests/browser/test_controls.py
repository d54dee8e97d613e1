"""What people do with their voice and their ears, on the page: hold to talk, volumes, devices, signs of joy."""

import json

from playwright.async_api import expect

from tests.browser.looking import until
from tests.browser.test_chat import enter, write

ASKED = """
window.asked = [];
const open = MediaDevices.prototype.getUserMedia;
MediaDevices.prototype.getUserMedia = function (wanted) { asked.push(wanted.audio); return open.call(this, wanted); };
"""


async def remembered(page):
    return json.loads(await page.evaluate("localStorage.voice"))


async def test_who_holds_the_key_talks_and_who_looks_away_lets_it_go(visit, new_room):
    page = await visit("alice")
    await enter(page, new_room("push"))
    await page.locator("#seat-button").click()
    mic = page.locator("#mic-button")
    await expect(mic).to_have_attribute("aria-pressed", "true")  # on a seat, and heard
    await page.locator("#more-button").click()
    await page.get_by_role("button", name="Microphone and speaker").click()
    await page.get_by_role("switch", name="Push to talk").check()
    await page.keyboard.press("Escape")
    await expect(mic).to_have_attribute("aria-pressed", "false")
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.down(" ")
    await expect(mic).to_have_attribute("aria-pressed", "true")
    await page.keyboard.up(" ")
    await expect(mic).to_have_attribute("aria-pressed", "false")
    await page.keyboard.down(" ")
    await expect(mic).to_have_attribute("aria-pressed", "true")
    await page.evaluate("window.dispatchEvent(new Event('blur'))")
    await expect(mic).to_have_attribute("aria-pressed", "false")


async def test_everybody_has_a_volume_for_everybody_else(visit, new_room, site):
    room = new_room("volume")
    alice, bob = await visit("alice"), await visit("bob")
    await enter(alice, room)
    await enter(bob, room)
    await alice.locator("#seat-button").click()
    seat = bob.locator('[data-seat="0"] .seat')
    await expect(seat).to_contain_text("Alice Moreau")
    await seat.click()
    await bob.get_by_role("slider", name="Volume, for you only").fill("30")
    await bob.get_by_role("button", name="Mute for me").click()
    pk = site.shell("print(User.objects.get(username='alice').pk)").strip()
    kept = await remembered(bob)
    assert (kept["volumes"][pk], kept["silenced"]) == (0.3, [int(pk)])
    await seat.click()
    await bob.get_by_role("button", name="Hear again").click()
    assert (await remembered(bob))["silenced"] == []


async def test_the_microphone_that_was_chosen_is_asked_for_as_it_was_wanted(visit, new_room):
    page = await visit("alice")
    await page.add_init_script(ASKED)
    await page.goto(f"/rooms/{new_room('devices')}/")
    await page.get_by_role("button", name="Test my microphone").click()
    choice = page.locator("#mic-choice")
    await expect(choice.locator("option")).not_to_have_count(1)
    second = await choice.locator("option").nth(1).get_attribute("value")
    await choice.select_option(second)
    await page.get_by_role("switch", name="Cancel echo").uncheck()
    await until(page, "asked.at(-1).echoCancellation === false")
    wanted = (await page.evaluate("asked")).pop()
    assert second in json.dumps(wanted["deviceId"])
    await expect(page.locator("#mic-open")).to_be_visible()
    kept = await remembered(page)
    assert (kept["input"], kept["echo"], kept["noise"]) == (second, False, True)
    await page.get_by_role("button", name="Play a sound").click()
    await expect(page.get_by_text("You should have heard two notes.")).to_be_visible()


async def test_a_weak_connection_is_seen_on_the_seat(visit, new_room):
    room = new_room("weak")
    alice, bob = await visit("alice"), await visit("bob")
    await enter(alice, room)
    await enter(bob, room, debug=True)
    await bob.locator("#seat-button").click()
    seat = alice.locator('[data-seat="0"] .seat')
    await expect(seat).to_contain_text("Bob Okafor")
    await bob.evaluate("__voice.link.ask('media:quality', 1)")
    await expect(seat).to_contain_text("Weak connection")
    await expect(seat.locator(".bars")).to_have_attribute("data-level", "1")


# A reaction is there for less than three seconds: who looks now and then may miss it.
RISEN = """() => {
  window.risen = [];
  const note = (changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) risen.push(node.textContent);
  };
  new MutationObserver(note).observe(document.querySelector("#reactions"), { childList: true });
}"""


async def test_a_sign_of_joy_rises_for_everybody(visit, new_room):
    room = new_room("joy")
    alice, bob = await visit("alice"), await visit("bob")
    await enter(alice, room)
    await enter(bob, room)
    for page in (alice, bob):
        await page.evaluate(RISEN)
    await bob.evaluate("document.activeElement.blur()")
    await bob.keyboard.press("5")
    for page in (alice, bob):
        await until(page, "risen[0] === '🎉Bob Okafor'")
        await expect(page.locator(".reaction")).to_have_count(0)  # and is gone


async def test_the_lobby_counts_what_somebody_has_not_read(visit, new_room):
    room = new_room("unread")
    alice, bob = await visit("alice"), await visit("bob")
    await enter(bob, room)
    await bob.locator("#leave-button").click()
    card = bob.locator(f'.card[data-slug="{room}"]')
    await expect(card).to_be_visible()
    await enter(alice, room)
    await write(alice, "Where is everybody?")
    await expect(card.locator(".badge")).to_contain_text("1 unread message")
    await expect(card).to_contain_text("Alice Moreau: Where is everybody?")
    await expect(card).to_contain_text("1 here")
