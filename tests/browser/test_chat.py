"""People in front of real browsers: they log in, talk, lose the connection, and come back."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.looking import until

TRANSPORTS = ["polling", "websocket", "polling,websocket"]


async def enter(page, slug, transports="polling,websocket", debug=False):
    """Into a room, from anywhere. With ``debug``, the page tells what it knows: ``__voice``."""
    await page.goto(f"/rooms/{slug}/?transports={transports}{'&debug=1' if debug else ''}")
    if debug:
        await until(page, "!!window.__voice")
    join = page.get_by_role("button", name="Join", exact=True)
    await join.click()
    await expect(join).to_be_hidden()
    await expect(page.locator("#people-list li")).not_to_have_count(0)


async def write(page, text):
    await page.get_by_label("Your message").fill(text)
    await page.keyboard.press("Enter")


def bubble(page, text):
    return page.locator(".msg .bubble").get_by_text(text, exact=True)


async def test_an_empty_room_says_so_until_something_is_said(visit, new_room):
    room = new_room("first")
    alice, bob = await visit("alice"), await visit("bob")
    for page in (alice, bob):
        await enter(page, room)
        await expect(page.get_by_role("heading", name="Nothing said yet")).to_be_visible()
    await write(alice, "the first word")
    for page in (alice, bob):
        await expect(bubble(page, "the first word")).to_be_visible()
        await expect(page.locator("#nothing")).to_be_hidden()
        await expect(page.get_by_text("This is where the conversation begins.")).to_be_visible()


async def test_a_deleted_message_can_be_read_as_such(visit, new_room):
    alice = await visit("alice")
    await enter(alice, new_room("gone", messages=1))
    await alice.locator(".msg").hover()
    await alice.get_by_role("button", name="Delete this message").click()
    await alice.get_by_role("button", name="Delete", exact=True).click()
    gone = alice.locator(".msg.deleted .bubble")
    await expect(gone).to_have_text("This message was deleted.")
    await expect(gone).to_have_css("background-color", "rgba(0, 0, 0, 0)")  # not that of one's own words


async def test_the_lobby_shows_the_rooms_after_the_login(visit):
    page = await visit()
    await page.get_by_label("Username").fill("carol")
    await page.get_by_label("Password").fill("carol-demo")
    await page.get_by_role("button", name="Log in").click()
    await expect(page.locator(".card", has_text="Kitchen table")).to_contain_text("Bob Okafor")
    await expect(page.locator(".card", has_text="Organisers")).to_have_count(0)  # private
    await page.get_by_role("searchbox").fill("音乐")
    await expect(page.locator(".card")).to_have_count(1)


async def test_a_wrong_password_is_told_on_the_page(visit):
    page = await visit()
    await page.get_by_label("Username").fill("alice")
    await page.get_by_label("Password").fill("wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_be_visible()


async def test_a_phone_shows_words_of_ones_own_below_the_seats_too(visit, new_room):
    phone = await visit("bob", viewport={"width": 360, "height": 740})
    await enter(phone, new_room("first"))
    await phone.get_by_role("button", name="Chat").click()
    await write(phone, "is anybody here?")
    await expect(phone.locator("#peek-lines")).to_contain_text("is anybody here?")


@pytest.mark.parametrize("transports", TRANSPORTS)
async def test_two_people_talk(visit, new_room, transports):
    room = new_room("talk")
    alice, bob = await visit("alice"), await visit("bob")
    requests, sockets = [], []
    alice.on("request", lambda request: "transport=" in request.url and requests.append(request.url))
    alice.on("websocket", lambda socket: sockets.append(socket.url))
    await enter(alice, room, transports)
    await enter(bob, room, transports)
    await expect(alice.locator("#people-list")).to_contain_text("Bob Okafor")
    text, seen = bob.get_by_label("Your message"), alice.get_by_text("Bob Okafor is typing…")
    for letter in "Hello to everybody at this table":  # volatile: one may be lost between two polls, the next comes
        await text.press_sequentially(letter, delay=300)
        if await seen.is_visible():
            break
    await expect(seen).to_be_visible()
    await text.fill("Hello")
    await text.press("Enter")
    await expect(bubble(alice, "Hello")).to_have_count(1)
    await expect(alice.locator("#typing")).to_have_text("")
    await write(alice, "Good to see you\U0001f44b")
    await expect(bubble(bob, "Good to see you\U0001f44b")).to_have_count(1)
    await expect(alice.locator(".pending")).to_have_count(0)
    assert bool(requests) == ("polling" in transports)
    assert bool(sockets) == ("websocket" in transports)


async def test_a_reload_keeps_the_history_and_the_draft(visit, new_room):
    page = await visit("alice")
    await enter(page, new_room("reload"))
    await write(page, "kept")
    await expect(page.locator(".msg:not(.pending) .bubble")).to_have_text("kept")
    await page.get_by_label("Your message").fill("not sent yet")
    await page.reload()
    await expect(bubble(page, "kept")).to_have_count(1)
    await expect(page.get_by_label("Your message")).to_have_value("not sent yet")
    await expect(page.locator("#people-list li")).to_have_count(1)


async def test_what_was_written_while_the_server_was_away_is_said_once(visit, new_room, site):
    room = new_room("restart")
    alice, bob = await visit("alice"), await visit("bob")
    await enter(alice, room)
    await enter(bob, room)
    await expect(alice.locator("#people-list li")).to_have_count(2)
    site.server.stop()
    await expect(alice.locator("#banner")).to_contain_text("The connection is gone.")
    await write(alice, "first")
    await write(alice, "second")
    await expect(alice.locator(".pending")).to_have_count(2)
    await expect(alice.locator(".state").first).to_have_text("Waiting for the connection…")
    await alice.get_by_role("button", name="Try now").click()
    await expect(alice.locator("#banner")).to_contain_text("The connection is gone.")  # it found nobody
    site.server.start()
    for page in (alice, bob):
        await page.evaluate("dispatchEvent(new Event('online'))")  # as when a network comes back: nobody waits longer
        await expect(page.locator(".msg:not(.pending) .bubble")).to_have_text(["first", "second"], timeout=60_000)
        await expect(page.locator("#people-list li")).to_have_count(2)
        await expect(page.locator("#banner")).to_be_hidden()


async def test_more_than_may_be_sent_at_once_goes_out_by_itself_and_in_order(visit, new_room):
    room = new_room("outbox")
    alice = await visit("alice")
    await enter(alice, room)
    texts = [f"line {n}" for n in range(11)]
    for text in texts:
        await write(alice, text)
    await expect(alice.locator(".msg:not(.pending) .bubble")).to_have_text(texts, timeout=60_000)
    await expect(alice.locator(".msg.failed")).to_have_count(0)


async def test_text_and_names_never_become_markup(visit, new_room):
    room = new_room("hostile")
    evil = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"
    alice, mallory = await visit("alice"), await visit()
    await mallory.get_by_role("link", name="Create an account").click()
    await mallory.get_by_label("Username").fill(f"m{room[-6:]}")
    await mallory.get_by_label("Your name").fill("<b onclick=1>M\u202e</b>")
    await mallory.get_by_label("Password", exact=True).fill("a-long-one-9")
    await mallory.get_by_label("Password confirmation").fill("a-long-one-9")
    await mallory.get_by_role("button", name="Create an account").click()
    await expect(mallory.get_by_role("heading", name="Rooms")).to_be_visible()
    await enter(alice, room)
    await enter(mallory, room)
    await expect(alice.locator("#people-list")).to_contain_text("<b onclick=1>M</b>")
    for text in (evil, "javascript:alert(1)", "\u202eright to left", "x" * 3000):
        await write(mallory, text)
        await expect(bubble(alice, text)).to_have_count(1)
    await write(mallory, "see https://example.org/?a=1&b=<2>.")
    link = alice.locator(".bubble a")
    await expect(link).to_have_attribute("href", "https://example.org/?a=1&b=")
    assert await alice.locator("#log img, #log script, #log b[onclick], #people b[onclick]").count() == 0
    assert "hacked" not in await alice.title()
    await mallory.goto("/")
    await expect(mallory.locator(".card", has_text=room)).to_contain_text("see https://example.org")
    for page in (alice, mallory):
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_person_with_two_tabs_is_here_once_and_leaves_with_the_last(visit, new_room):
    room = new_room("tabs")
    alice, bob = await visit("alice"), await visit("bob")
    await enter(alice, room)
    await enter(bob, room)
    second = await bob.context.new_page()
    await enter(second, room)
    await expect(alice.locator("#people-list li")).to_have_count(2)
    await bob.close()
    await write(second, "still here")
    await expect(bubble(alice, "still here")).to_have_count(1)
    await expect(alice.locator("#people-list li")).to_have_count(2)
    await second.goto("/")
    await expect(alice.locator("#people-list li")).to_have_count(1)
    await expect(second.locator(".card", has_text=room)).to_contain_text("1 here")
    await alice.close()
    await expect(second.locator(".card", has_text=room)).to_contain_text("Nobody inside right now")


async def test_a_moderator_deletes_a_message_for_everybody(visit, new_room):
    room = new_room("delete")
    alice, bob = await visit("alice"), await visit("bob")
    await enter(alice, room)
    await enter(bob, room)
    await write(bob, "regretted")
    await expect(bubble(alice, "regretted")).to_have_count(1)
    await alice.get_by_role("button", name="Delete this message").focus()
    await alice.keyboard.press("Enter")
    await alice.get_by_role("button", name="Delete", exact=True).click()
    for page in (alice, bob):
        await expect(page.locator(".msg.deleted .bubble")).to_have_text("This message was deleted.")
        await expect(bubble(page, "regretted")).to_have_count(0)


async def test_older_messages_come_when_somebody_scrolls_up_and_new_ones_wait(visit, new_room):
    room = new_room("long", messages=120)
    alice, bob = await visit("alice"), await visit("bob")
    await enter(alice, room)
    await enter(bob, room)
    await expect(bubble(bob, "message 119")).to_be_in_viewport()
    await expect(bob.locator(".msg")).to_have_count(50)
    for count in (100, 120):
        await bob.locator("#scroller").evaluate("node => node.scrollTop = 0")
        await expect(bob.locator(".msg")).to_have_count(count)
    await expect(bob.locator("#beginning")).to_be_visible()
    await bob.locator("#scroller").evaluate("node => node.scrollTop = 0")
    await write(alice, "news")
    await expect(bob.locator("#pill")).to_have_text("1 new message")
    await bob.locator("#pill").click()
    await expect(bubble(bob, "news")).to_be_in_viewport()
    await expect(bob.locator("#pill")).to_be_hidden()
    assert await bob.locator(".msg .bubble").all_inner_texts() == [*(f"message {n}" for n in range(120)), "news"]


async def test_closing_a_room_in_the_admin_sends_its_people_out(visit, new_room):
    room = new_room("closed")
    bob, admin = await visit("bob"), await visit("admin")
    await enter(bob, room)
    await admin.goto(f"/admin/voiceroom/room/?q={room}")
    await admin.locator("#action-toggle").check()
    await admin.locator("select[name=action]").select_option("close")
    await admin.get_by_role("button", name="Run").or_(admin.get_by_role("button", name="Go")).click()
    await admin.get_by_role("button", name="Yes, do it").click()
    await expect(bob.get_by_role("heading", name="This room is closed")).to_be_visible()
    await bob.reload()
    await expect(bob.get_by_role("heading", name="This room is closed")).to_be_visible()


async def test_logging_out_in_one_tab_ends_the_room_in_the_other(visit, new_room):
    room = new_room("logout")
    page = await visit("carol")
    await enter(page, room)
    other = await page.context.new_page()
    await other.goto("/")
    await other.locator("summary").click()
    await other.get_by_role("button", name="Log out").click()
    await expect(other.get_by_role("heading", name="Welcome back")).to_be_visible()
    await expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()


async def test_on_a_phone_everything_fits_and_can_be_touched(visit, new_room):
    room = new_room("phone", messages=20)
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    page = await visit("alice", **phone)
    await page.goto("/")
    await expect(page.locator(".card[data-slug]").first).to_be_visible()
    await small_and_wide(page)
    await enter(page, room)
    await small_and_wide(page)
    await page.get_by_role("button", name="people here").click()
    await expect(page.get_by_role("heading", name="Here now")).to_be_in_viewport()
    await page.keyboard.press("Escape")
    await expect(page.locator("#people")).to_be_hidden()


async def small_and_wide(page):
    """Nothing is wider than the screen, and no control smaller than 44 pixels."""
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    small = await page.evaluate(
        """() => [...document.querySelectorAll("button, input, textarea, summary, a.button, a.round, a.brand")]
            .filter(node => node.checkVisibility() && node.getBoundingClientRect().height < 44)
            .map(node => node.outerHTML.slice(0, 80))"""
    )
    assert small == []


async def test_everything_works_with_the_keyboard_alone(visit, new_room):
    page = await visit()
    await expect(page.get_by_label("Username")).to_be_focused()
    await page.keyboard.type("alice")
    await page.keyboard.press("Tab")
    await page.keyboard.type("alice-demo")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Rooms")).to_be_visible()
    room = new_room("keys")
    await page.reload()
    await page.locator(".card", has_text=room).get_by_role("link").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Join", exact=True)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Take a seat")).to_be_focused()
    await page.keyboard.press("c")
    await expect(page.get_by_label("Your message")).to_be_focused()
    await page.keyboard.type("two")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("lines")
    await page.keyboard.press("Enter")
    await expect(page.locator(".msg:not(.pending) .bubble")).to_have_text("two\nlines", use_inner_text=True)


async def test_the_appearance_follows_the_system_until_somebody_chooses(visit):
    page = await visit("alice", color_scheme="dark")
    await page.goto("/")
    root = page.locator("html")
    await expect(root).to_have_attribute("data-theme", "dark")
    await page.locator("summary").click()
    await page.get_by_role("button", name="Light").click()
    await expect(root).to_have_attribute("data-theme", "light")
    await page.reload()
    await expect(root).to_have_attribute("data-theme", "light")
    await page.locator("summary").click()
    await page.get_by_role("button", name="Auto").click()
    await page.emulate_media(color_scheme="light")
    await page.emulate_media(color_scheme="dark")
    await expect(root).to_have_attribute("data-theme", "dark")


async def test_the_page_and_its_scripts_change_the_language(visit, new_room):
    page = await visit("alice")
    await enter(page, new_room("language"))
    await page.locator(".menu summary").click()
    await page.get_by_role("button", name="简体中文").click()
    await expect(page.locator("#people-list")).to_contain_text("你 · 房主")
    await expect(page.get_by_label("你的消息")).to_be_visible()
    await page.goto("/")
    await expect(page.get_by_role("heading", name="房间", exact=True)).to_be_visible()
    await expect(page.locator("#summary")).to_contain_text("个房间")


class Held:
    """What a page hears over its websocket, kept back from ``begin()`` to ``end()``."""

    def __init__(self):
        self.kept, self.hear = None, None

    def route(self, socket):
        self.hear = socket.send
        server = socket.connect_to_server()
        server.on_message(lambda message: self.hear(message) if self.kept is None else self.kept.append(message))

    def begin(self):
        self.kept = []

    def end(self):
        kept, self.kept = self.kept, None
        for message in kept:
            self.hear(message)


async def test_a_message_of_ones_own_is_changed(visit, new_room):
    room = new_room("change")
    alice, bob = await visit("alice"), await visit("bob")
    held = Held()
    await alice.route_web_socket(re.compile("/socket.io/"), held.route)
    await enter(alice, room, "websocket")
    await enter(bob, room)
    await write(alice, "Put it on")
    await expect(alice.locator(".msg:not(.pending)")).to_have_count(1)
    held.begin()
    await write(alice, "Teh kettle")
    await expect(bubble(bob, "Teh kettle")).to_have_count(1)
    await expect(bob.get_by_role("button", name="Change this message")).to_have_count(0)
    text = alice.get_by_label("Your message")
    await text.press("ArrowUp")  # she does not know yet that it has arrived, and means no other
    await expect(alice.locator(".msg.pending")).to_have_count(1)
    assert await text.input_value() == ""
    held.end()
    await expect(text).to_have_value("Teh kettle")
    await text.press("Escape")
    await expect(text).to_have_value("")
    await text.fill("a draft")
    await alice.locator(".msg.own").last.hover()
    await alice.locator(".msg.own").last.get_by_role("button", name="Change this message").click()
    await text.fill("The kettle")
    await text.press("Enter")
    for page in (alice, bob):
        await expect(page.locator(".msg .bubble")).to_have_text(["Put it on", "The kettle (changed)"])
    await expect(text).to_have_value("a draft")  # what was being written before comes back
    await expect(alice.locator("#editing")).to_be_hidden()
