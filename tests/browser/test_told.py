"""What hosts do to somebody is said to them, and what is not so any more is taken back."""

from playwright.async_api import expect

from tests.browser.test_chat import enter, write
from tests.browser.test_order import menu_of


async def test_a_host_mutes_and_asks_to_unmute_and_each_is_said_until_the_next(visit, new_room):
    room = new_room("told")
    alice, bob = await visit("alice"), await visit("bob", permissions=["microphone"])
    await enter(alice, room)
    await enter(bob, room)
    toasts = bob.locator("#toasts p")
    await bob.locator('[data-seat="2"] .seat').click()
    await expect(bob.get_by_role("button", name="Mute", exact=True)).to_be_visible()
    await (await menu_of(alice, "Bob Okafor")).get_by_role("button", name="Mute for everybody").click()
    await expect(toasts).to_have_text(["A host muted you. Wait until a host asks you to unmute, or write in the chat."])
    await bob.locator("#mic-button").click()  # it does not help, and is not said twice
    await (await menu_of(alice, "Bob Okafor")).get_by_role("button", name="Ask to unmute").click()
    await bob.get_by_role("dialog", name="Alice Moreau asks you to unmute").get_by_role("button", name="Unmute").click()
    await expect(bob.get_by_role("button", name="Muted by a host")).to_have_count(0)
    assert await toasts.all_inner_texts() == []  # by itself it would stay for six seconds
    await (await menu_of(alice, "Bob Okafor")).get_by_role("button", name="Remove from the seat").click()
    await expect(toasts).to_have_text(["Alice Moreau moved you from your seat to the listeners."])


async def test_a_raised_hand_is_forgotten_when_it_is_answered(visit, new_room):
    room = new_room("hand")
    alice, bob = await visit("alice"), await visit("bob")
    await enter(alice, room)
    await enter(bob, room)
    await bob.locator("#hand-button").click()
    await expect(bob.get_by_text("Your hand is up. A host will see it.")).to_be_visible()
    await alice.get_by_role("button", name="Decline the hand of Bob Okafor").click()
    answer = bob.get_by_text("Alice Moreau cannot give you a seat now. You can raise your hand again later.")
    await expect(answer).to_be_visible()
    assert await bob.locator("#toasts p").count() == 1


async def test_who_gets_a_role_and_loses_it_reads_so(visit, new_room):
    room = new_room("roles")
    alice, bob = await visit("alice"), await visit("bob")
    await enter(alice, room)
    await enter(bob, room)
    for click, said in (
        ("Make moderator", "You are a moderator of this room now."),
        ("Make host", "You are a host of this room now."),
        ("Take the role away", "You keep order in this room no more."),
    ):
        await (await menu_of(alice, "Bob Okafor")).get_by_role("button", name=click).click()
        await expect(bob.locator("#toasts p")).to_have_text([said])


async def test_the_controls_stay_beside_the_chat_in_a_narrow_window(visit, new_room):
    room = new_room("narrow")
    alice, bob = await visit("alice"), await visit("bob", viewport={"width": 840, "height": 700})
    await enter(alice, room)
    await enter(bob, room)
    assert await fits(bob)
    await bob.locator("#seat-button").click()
    await (await menu_of(alice, "Bob Okafor")).get_by_role("button", name="Mute for everybody").click()
    await expect(bob.locator("#mic-button")).to_have_text("Muted by a host")
    assert await fits(bob)


async def fits(page):
    return await page.evaluate("""() => {
      const [bar, stage] = ["controls", "stage"].map((id) => document.getElementById(id).getBoundingClientRect());
      return stage.left <= bar.left && bar.right <= stage.right;
    }""")


async def test_how_many_are_here_stands_beside_the_chat(visit, new_room):
    room = new_room("count")
    alice = await visit("alice")
    await enter(alice, room)
    people = alice.get_by_role("tab", name="People")
    await expect(people).to_have_text("People 1")
    bob = await visit("bob")
    await enter(bob, room)
    await expect(people).to_have_text("People 2")


async def test_a_room_with_a_password_asks_for_it_at_once_and_only_who_needs_it(visit, new_room, site):
    room = new_room("password")
    site.shell(f"from voiceroom.models import Room; Room.objects.get(slug={room!r}).change_door(password='tulip')")
    alice, bob = await visit("alice"), await visit("bob")
    for page in (alice, bob):
        await page.goto(f"/rooms/{room}/")
        await expect(page.get_by_role("button", name="Join", exact=True)).to_be_enabled()
    await expect(alice.get_by_label("Password of this room")).to_be_hidden()
    await expect(bob.get_by_label("Password of this room")).to_be_focused()
    await bob.keyboard.type("tulip")
    await bob.keyboard.press("Enter")
    await expect(bob.locator("#check")).to_be_hidden()


HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


async def test_what_came_while_one_looked_elsewhere_is_counted_until_one_is_back(visit, new_room):
    room = new_room("elsewhere")
    alice, bob = await visit("alice"), await visit("bob")
    await enter(alice, room)
    await enter(bob, room)
    dot = bob.locator("#chat-dot")
    await bob.evaluate(HIDE, True)
    await write(alice, "are you there?")
    await expect(dot).to_have_text("1")
    await bob.evaluate(HIDE, False)
    await expect(dot).to_be_hidden()
    await bob.set_viewport_size({"width": 360, "height": 740})  # the chat is a sheet now, and closed
    await write(alice, "and now?")
    await expect(dot).to_have_text("1")
    await bob.set_viewport_size({"width": 1280, "height": 740})
    await expect(dot).to_be_hidden()
