"""Keeping order on the page: what people see and click, in a real browser, and what becomes of it."""

import re

from playwright.async_api import expect

from tests.browser.looking import until
from tests.browser.test_chat import enter


async def menu_of(page, name):
    """The menu of somebody who is here, from the list of people."""
    await page.get_by_role("tab", name="People").click()
    await page.get_by_role("button", name=f"{name}: volume and more").last.click()
    return page.get_by_role("dialog", name=name)


async def test_somebody_is_reported_with_a_reason_and_learns_nothing(visit, new_room, site):
    room = new_room("reports")
    alice, bob = await visit("alice"), await visit("bob")
    await enter(alice, room)
    await enter(bob, room)
    menu = await menu_of(bob, "Alice Moreau")
    await menu.get_by_role("button", name="Report…").click()
    form = bob.get_by_role("dialog", name="Report Alice Moreau?")
    await form.get_by_role("button", name="Report").click()
    await expect(form).to_be_visible()  # a reason is wanted
    await form.get_by_label("What is it about").select_option("sound")
    await form.get_by_label("What happened").fill("A drum")
    await form.get_by_role("button", name="Report").click()
    await expect(bob.get_by_text("Thank you. Somebody will look at it.")).to_be_visible()
    found = site.shell("from voiceroom.models import Report; print(*Report.objects.values_list('by__username',"
                       f" 'user__username', 'reason', 'text').get(room__slug={room!r}))")  # fmt: skip
    assert found.strip() == "bob alice sound A drum"
    await expect(alice.locator("#toasts p, dialog[open]")).to_have_count(0)
    menu = await menu_of(bob, "Alice Moreau")
    await menu.get_by_role("button", name="Report…").click()
    await form.get_by_label("What is it about").select_option("spam")
    await form.get_by_role("button", name="Report").click()
    await expect(bob.get_by_text("You have reported them already.")).to_be_visible()


async def test_a_message_is_reported_with_its_author(visit, new_room, site):
    room = new_room("said", messages=1)
    bob = await visit("bob")
    await enter(bob, room)
    await bob.locator(".msg").hover()
    await bob.get_by_role("button", name="Report this message").click()
    form = bob.get_by_role("dialog", name="Report Alice Moreau?")
    await form.get_by_label("What is it about").select_option("hate")
    await form.get_by_role("button", name="Report").click()
    await expect(bob.get_by_text("Thank you. Somebody will look at it.")).to_be_visible()
    found = site.shell(
        f"from voiceroom.models import Report; print(Report.objects.get(room__slug={room!r}).message.text)"
    )
    assert found.strip() == "message 0"


async def test_a_ban_is_lifted_in_the_room(visit, new_room):
    room = new_room("bans")
    alice, bob = await visit("alice"), await visit("bob")
    await enter(alice, room)
    await enter(bob, room)
    menu = await menu_of(alice, "Bob Okafor")
    await menu.get_by_role("button", name="Ban…").click()
    await alice.get_by_role("dialog", name="Ban Bob Okafor?").get_by_label("Reason").fill("Drums at night")
    await alice.get_by_role("dialog").get_by_role("button", name="Ban", exact=True).click()
    await expect(bob.get_by_role("heading", name="You were banned from this room")).to_be_visible()
    await expect(bob.locator("#ended-reason")).to_contain_text("Drums at night")
    await expect(bob.locator("#ended-reason")).to_contain_text("Until ")
    await alice.get_by_role("button", name="This room").click()
    await alice.get_by_role("button", name="Banned people…").click()
    bans = alice.get_by_role("dialog", name="Banned people")
    await expect(bans).to_contain_text("Drums at night")
    await bans.get_by_role("button", name="Lift the ban of Bob Okafor").click()
    await expect(alice.get_by_text("Bob Okafor may come back in.")).to_be_visible()
    await expect(bans).to_contain_text("Nobody is banned from this room.")
    await expect(bans.get_by_role("button", name="Close")).to_be_focused()
    await enter(bob, room)


async def test_who_may_not_write_sees_it_where_they_would(visit, new_room):
    room = new_room("quiet")
    alice, bob = await visit("alice"), await visit("bob")
    await enter(alice, room, debug=True)
    await enter(bob, room)
    menu = await menu_of(alice, "Bob Okafor")
    await menu.get_by_role("button", name="Stop them writing in the chat").click()
    text = bob.get_by_label("Your message")
    await expect(text).to_be_disabled()
    await expect(text).to_have_attribute("placeholder", "A host does not let you write here at the moment.")
    await until(alice, "__voice.state.room.chat_muted.length")  # the menu says what her page knows
    menu = await menu_of(alice, "Bob Okafor")
    await menu.get_by_role("button", name="Let them write in the chat again").click()
    await expect(text).to_be_enabled()


async def test_a_host_takes_seats_away_and_the_page_has_as_many(visit, new_room):
    room = new_room("seats")
    alice, bob = await visit("alice"), await visit("bob")
    await enter(alice, room)
    await enter(bob, room)
    await bob.locator('[data-seat="7"] .seat').click()
    await expect(alice.locator('[data-seat="7"]')).to_contain_text("Bob Okafor")
    await alice.get_by_role("button", name="This room").click()
    await alice.get_by_role("button", name="Name, topic, seats…").click()
    await alice.get_by_label("How many seats").fill("3")
    await alice.get_by_role("button", name="Save").click()
    for page in (alice, bob):
        await expect(page.locator("#seats > li")).to_have_count(3)
        await expect(page.locator('[data-seat="0"]')).to_contain_text("Bob Okafor")


async def test_an_invite_link_is_taken_back_in_the_room(visit, new_room):
    alice = await visit("alice")
    await enter(alice, new_room("links"))
    await alice.get_by_role("button", name="Invite", exact=True).click()
    await alice.get_by_role("button", name="Make a link").click()
    await expect(alice.get_by_role("textbox", name="Link")).to_have_value(re.compile("invite="))
    await alice.keyboard.press("Escape")
    await alice.get_by_role("button", name="This room").click()
    await alice.get_by_role("button", name="Invite links…").click()
    links = alice.get_by_role("dialog", name="Invite links")
    await expect(links).to_contain_text("Used 0 of 10 times.")
    await links.get_by_role("button", name="Revoke the link of Alice Moreau").click()
    await expect(alice.get_by_text("The link lets nobody in any more.")).to_be_visible()
    await expect(links.get_by_role("button", name="Revoke")).to_have_count(0)
    await expect(links).to_contain_text("No link lets anybody in at the moment.")
