"""Without a mouse: in, onto a seat, muted, a hand up, a line in the chat, and out."""

from playwright.async_api import expect


async def test_the_whole_visit_with_the_keyboard_alone(person, new_room):
    room = new_room("keys")
    alice = await (await person("alice", 440)).join(room)
    bob = await person("bob", 880)
    page, press = bob.page, bob.page.keyboard.press
    await page.goto("/")
    await tab_to(page, page.locator(f'.card[data-slug="{room}"]').get_by_role("link"))
    await press("Enter")
    await expect(page.get_by_role("button", name="Join", exact=True)).to_be_focused()
    await press("Enter")
    await expect(page.get_by_role("button", name="Take a seat")).to_be_focused()
    await press("Enter")
    await expect(alice.seat_of("Bob")).to_be_visible()
    await alice.hears(880)
    await press("m")
    await expect(alice.seat_of("Bob")).to_have_accessible_name("Seat 1: Bob Okafor. Microphone off")
    await alice.hears_nothing()
    await press("c")
    await expect(page.get_by_label("Your message")).to_be_focused()
    await page.keyboard.type("mhl")  # keys are letters here
    await press("Enter")
    await expect(alice.page.locator(".msg .bubble")).to_have_text("mhl")
    await tab_to(page, bob.own_seat, back=True)
    await press("Enter")
    await tab_to(page, page.get_by_role("dialog").get_by_role("button", name="Leave the seat"))
    await press("Enter")
    await expect(alice.page.locator("#seats .seat.taken")).to_have_count(0)
    await expect(page.locator("#hand-button")).to_have_attribute("aria-pressed", "false")
    await expect(page.locator("#hand-button")).to_be_visible()  # his own page knows that he stands
    await press("h")
    await expect(alice.page.locator("#hands-list")).to_contain_text("Bob Okafor")
    await expect(page.locator("#hand-button")).to_have_attribute("aria-pressed", "true")
    await press("h")
    await expect(alice.page.locator("#hands")).to_be_hidden()
    await press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    await press("Escape")
    await press("l")
    await expect(page.get_by_role("heading", name="Rooms")).to_be_visible()
    await expect(alice.page.locator("#people-list li")).to_have_count(1)


async def tab_to(page, target, back=False):
    """Press Tab until it is there; on the way, the focus is always seen."""
    for _ in range(80):
        if await target.evaluate("node => node === document.activeElement"):
            return
        await page.keyboard.press("Shift+Tab" if back else "Tab")
        assert await page.evaluate(SEEN), await page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    raise AssertionError(f"Tab never comes to {target}")


SEEN = """() => {
  const node = document.activeElement;
  if (node === document.body) return true;
  const { width, height } = node.getBoundingClientRect();
  return node.matches(":focus-visible") && width > 0 && height > 0;
}"""
