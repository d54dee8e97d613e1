"""Small things of a room's page that somebody relies on: keys of one's own, sharing, what the page says of itself."""

import re

from playwright.async_api import expect

from tests.browser.test_chat import bubble, enter, write


async def test_somebody_uses_other_keys_and_the_browser_remembers(visit, new_room):
    page = await visit("alice")
    await enter(page, new_room("keys"))
    await page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    await keys.get_by_role("button", name="Write in the chat: c. Choose another key.").click()
    await page.keyboard.press("1")  # belongs to a reaction
    await expect(keys.locator("[data-action=chat]")).to_have_text("c")
    await keys.locator("[data-action=chat]").click()
    await page.keyboard.press("h")  # the hand's, which gets the chat's
    await expect(keys.locator("[data-action=hand]")).to_have_text("c")
    await page.keyboard.press("Escape")
    await page.reload()
    await expect(page.locator("#people-list li")).not_to_have_count(0)
    await expect(page.locator("#chat-button")).to_have_attribute("aria-keyshortcuts", "h")
    await expect(page.locator("#chat-button")).to_have_attribute("title", "Chat (h)")
    await page.keyboard.press("h")
    await expect(page.get_by_label("Your message")).to_be_focused()
    await page.locator("#more-button").click()
    await page.get_by_role("button", name="Keys", exact=True).click()
    await page.get_by_role("button", name="Back to the usual keys").click()
    await expect(keys.locator("[data-action=hand]")).to_have_text("h")
    await expect(page.locator("#chat-button")).to_have_attribute("aria-keyshortcuts", "c")


async def test_everybody_may_share_the_address_of_a_public_room(visit, new_room, site):
    room = new_room("share")
    bob = await visit("bob")
    await enter(bob, room)
    await bob.locator("#more-button").click()
    await bob.get_by_role("button", name="Share this room").click()
    share = bob.get_by_role("dialog", name="Share this room")
    await expect(share.get_by_role("textbox", name="Link")).to_have_value(f"{site.url}/rooms/{room}/")
    await expect(share.get_by_role("img")).to_be_visible()
    site.shell(f"from voiceroom.models import Room; Room.objects.filter(slug={room!r}).update(is_private=True)")
    await bob.reload()
    await expect(bob.locator("#people-list li")).not_to_have_count(0)
    await bob.locator("#more-button").click()
    await expect(bob.get_by_role("button", name="Keys", exact=True)).to_be_visible()
    await expect(bob.get_by_role("button", name="Share this room")).to_have_count(0)


async def test_a_page_of_an_older_server_asks_to_be_loaded_again(visit, new_room):
    page = await visit("alice")
    room = new_room("old")
    await enter(page, room)
    await expect(page.get_by_text("There is a newer version of this page.")).to_have_count(0)
    older = (
        "document.addEventListener('DOMContentLoaded', () => { document.querySelector('main').dataset.version = 0 })"
    )
    await page.add_init_script(older)
    await page.reload()
    await expect(page.get_by_text("There is a newer version of this page.")).to_be_visible()
    await expect(page.get_by_role("button", name="Load it")).to_be_visible()


async def test_who_was_away_for_long_hears_that_the_history_is_another(visit, new_room, site):
    room = new_room("away", messages=3)
    alice = await visit("alice")
    await enter(alice, room)
    await alice.context.set_offline(True)
    await alice.evaluate("window.dispatchEvent(new Event('offline'))")
    await expect(alice.locator("#banner")).to_be_visible(timeout=60_000)
    site.shell(f"""
from voiceroom.models import Message, Room
room, bob = Room.objects.get(slug={room!r}), User.objects.get(username="bob")
Message.objects.bulk_create(
    Message(room=room, author=bob, text=f"news {{n}}", key=f"{room}-news-{{n}}") for n in range(60)
)
""")  # fmt: skip
    await alice.context.set_offline(False)
    await expect(alice.get_by_text("the conversation was loaded anew")).to_be_visible(timeout=60_000)
    await expect(bubble(alice, "news 59")).to_have_count(1)


async def test_a_raised_hand_says_how_long_and_stands_before_who_listens(visit, new_room):
    room = new_room("hands")
    alice, bob, carol = [await visit(name) for name in ("alice", "bob", "carol")]
    for page in (alice, bob, carol):
        await enter(page, room)
    await carol.locator("#hand-button").click()
    await expect(alice.locator("#hands time")).to_have_text("just now")
    names = alice.locator("#people-list .name bdi")
    carols = re.compile("Lindqvist$")  # whatever other tests have made of her first name
    await expect(names).to_have_text(["Alice Moreau", carols, "Bob Okafor"])
    await bob.locator('[data-seat="1"] .seat').click()
    await expect(names).to_have_text(["Alice Moreau", "Bob Okafor", carols])


async def height(locator):
    return (await locator.bounding_box())["height"]


async def test_a_raised_hand_is_answered_and_moves_no_seat(visit, new_room):
    room = new_room("answers")
    alice, bob = await visit("alice"), await visit("bob")
    await enter(alice, room)
    await enter(bob, room)
    await expect(alice.locator("#people-list li")).to_have_count(2)
    seat = alice.locator('[data-seat="0"]')
    before = await seat.bounding_box()
    await bob.locator("#hand-button").click()
    await alice.get_by_role("button", name="Decline the hand of Bob").click()
    await expect(bob.get_by_text("Alice Moreau cannot give you a seat now.")).to_be_visible()
    await expect(bob.locator("#hand-button")).to_have_attribute("aria-pressed", "false")
    await bob.locator("#hand-button").click()
    await expect(alice.locator("#hands")).to_be_visible()
    assert await seat.bounding_box() == before
    await alice.set_viewport_size({"width": 360, "height": 740})
    await alice.locator("#hands .button").first.evaluate("node => node.textContent = '抱上麦'")
    assert await height(alice.locator("#hands .button").first) < 60  # pixels: one line
    await alice.locator("#hands .button").first.click()
    await expect(bob.get_by_text("Alice Moreau gave you a seat. Everybody hears you now.")).to_be_visible()


async def test_the_curious_see_what_goes_over_the_connection(visit, new_room):
    page = await visit("alice")
    await page.goto(f"/rooms/{new_room('debug')}/?debug=1")
    await page.get_by_role("button", name="Join", exact=True).click()
    panel = page.locator(".debug")
    await expect(panel).to_contain_text("websocket")
    await write(page, "look")
    await expect(panel.get_by_role("list", name="Events")).to_contain_text("chat:send")
    await panel.get_by_role("button", name="Drop the connection").click()
    await expect(page.get_by_text("You are connected again")).to_be_visible()
    await expect(panel.locator("polyline[points]")).to_have_count(1)
    source = await page.request.get("/source/")
    assert "class Chat" in await source.text()


CROWD = """() => {
  const began = performance.now();
  const enter = __voice.link.socket.listeners("room:entered");
  for (let n = 0; n < 300; n++) {
    const person = { id: 1000 + n, name: `Person ${n}`, tint: n % 10, role: "member" };
    for (const handler of enter) handler({ id: `tab-${n}`, person, at: Date.now() });
  }
  return performance.now() - began;
}"""


async def test_three_hundred_people_who_come_at_once_do_not_stop_the_page(visit, new_room):
    page = await visit("alice")
    await enter(page, new_room("crowd"), debug=True)
    assert await page.evaluate(CROWD) < 500  # milliseconds; one by one they took ten times as long
    await expect(page.locator("#people-list li")).to_have_count(301)
    await expect(page.locator("#audience-list .listener.more")).to_have_text("+277277 more")
