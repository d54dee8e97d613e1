"""What is said to who is sent out can be read, whatever was open."""

from playwright.async_api import expect

from tests.browser.looking import until

PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True}
ON_TOP = """() => {
  const { left, top, width, height } = document.getElementById("ended-title").getBoundingClientRect();
  return document.getElementById("ended").contains(document.elementFromPoint(left + width / 2, top + height / 2));
}"""


async def test_who_is_sent_out_while_the_chat_covers_a_phone_reads_why(visit, new_room):
    room = new_room("ended")
    alice, bob = await visit("alice"), await visit("bob", **PHONE)
    for page in (alice, bob):
        await page.goto(f"/rooms/{room}/")
        await page.locator("#check-join").click()
        await expect(page.locator("#check")).to_be_hidden()
    await bob.locator("#chat-button").click()
    await expect(bob.locator("#side")).to_be_visible()
    await alice.goto(f"/rooms/{room}/close/")
    await alice.locator("main form button").click()
    await expect(bob.get_by_role("heading", name="This room is closed")).to_be_visible()
    await until(bob, ON_TOP)
