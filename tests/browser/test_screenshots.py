"""The pictures of the docs, taken of the pages as they are: SCREENSHOTS=docs/screenshots manage.py test -- -k pictures

Without SCREENSHOTS they go to the test's own folder, and show that every page can be drawn in each appearance.
"""

import os
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.harness.processes import ROOT
from tests.harness.site import log_in

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True, "device_scale_factor": 1.5}
EN, ZH = {"locale": "en-GB"}, {"locale": "zh-CN"}
LIGHT, DARK = {"color_scheme": "light"}, {"color_scheme": "dark"}
SMALL = {**PHONE, "viewport": {"width": 360, "height": 740}}
ROOM = "kitchen-table"


@pytest.fixture
def folder(tmp_path):
    folder = Path(ROOT, os.environ["SCREENSHOTS"]) if os.environ.get("SCREENSHOTS") else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest_asyncio.fixture(loop_scope="session")
async def window(site, browser):
    """``page = await window("alice", PHONE, ZH, DARK)``"""
    contexts = []

    async def window(name, *options, **more):
        merged = {key: value for each in options for key, value in each.items()} | more
        context = await browser.new_context(base_url=site.url, reduced_motion="reduce", **merged)
        contexts.append(context)
        context.set_default_timeout(120_000)
        await log_in(context, name)
        return await context.new_page()

    yield window
    for context in contexts:
        await context.close()


@pytest.fixture
def shoot(folder):
    async def shoot(page, name):
        await page.wait_for_load_state("networkidle")
        picture = await page.screenshot(path=folder / f"{name}.png", animations="disabled", caret="hide")
        assert len(picture) > 10_000, "an empty page"

    return shoot


async def enter(page, sit=False):
    await page.goto(f"/rooms/{ROOM}/")
    await page.locator("#check-join").click()
    await expect(page.locator("#check")).to_be_hidden()
    if sit and not await page.locator("#seats .seat.own").is_visible():  # a seat is kept for a while
        await page.locator("#seat-button").click()
        await expect(page.locator("#seats .seat.own")).to_be_visible()


async def react(message, emoji):
    await message.hover()
    await message.get_by_role("button", name="React to this message").click()
    await message.locator(".choice").nth(emoji).click()


async def test_pictures_of_a_lively_room(window, shoot):
    alice, bob, carol = [await window(name, DESKTOP, EN, LIGHT) for name in ("alice", "bob", "carol")]
    for page in (alice, bob, carol):
        await enter(page, sit=page is not carol)
    await carol.locator("#hand-button").click()
    await expect(alice.locator("#hands")).to_be_visible()
    for page, emoji in ((bob, 0), (alice, 0), (alice, 3)):
        await react(page.locator(".msg", has_text="a spoon of starter"), emoji)
    await expect(alice.locator(".chip")).to_have_text(["👍2", "👏1"])
    await expect(alice.locator(".seat.speaking")).not_to_have_count(0)
    await shoot(alice, "room-desktop-light-en")
    await alice.emulate_media(color_scheme="dark")
    await alice.locator(".seat.taken:not(.own)").click()
    await shoot(alice, "host-desktop-dark-en")
    ada = await window("admin", DESKTOP, ZH, DARK)
    await enter(ada)
    await shoot(ada, "room-desktop-dark-zh")
    await ada.context.close()  # what is drawn all the time takes time of the others
    for language, theme, name in ((EN, LIGHT, "light-en"), (ZH, DARK, "dark-zh")):
        phone = await window("admin", PHONE, language, theme)
        await enter(phone)
        await shoot(phone, f"room-phone-{name}")
        await phone.locator("#chat-button").click()
        await shoot(phone, f"chat-phone-{name}")
        await phone.context.close()
    for name, options in (("desktop-light-en", (DESKTOP, EN, LIGHT)), ("phone-dark-zh", (PHONE, ZH, DARK))):
        lobby = await window("admin", *options)
        await lobby.goto("/")
        await expect(lobby.locator(".card[data-slug]").first).to_be_visible()
        await shoot(lobby, f"lobby-{name}")
        await lobby.context.close()


async def test_pictures_of_the_door_and_of_what_may_go_wrong(window, shoot, site):
    bob = await window("bob", DESKTOP, EN, DARK)
    await bob.goto(f"/rooms/{ROOM}/")
    await bob.locator("#mic-test").click()
    await bob.evaluate(LEVEL)
    await shoot(bob, "check-desktop-dark-en")
    carol = await window("carol", PHONE, EN, LIGHT)
    await carol.add_init_script(DENIED)
    await carol.goto(f"/rooms/{ROOM}/")
    if not await carol.locator("#devices").is_visible():
        await carol.locator("#devices-fold summary").click()
    await carol.locator("#mic-test").click()
    await expect(carol.locator("#mic-problem")).to_be_visible()
    await shoot(carol, "microphone-denied-phone-light-en")
    site.shell(BAN)
    await bob.goto("/rooms/build-log/")
    carol = await window("carol", PHONE, ZH, LIGHT)
    await carol.goto("/rooms/build-log/")
    await shoot(carol, "banned-phone-light-zh")


# The microphone of the test beeps each second: who looks once a second may never see it.
LEVEL = """() => new Promise((found) => {
  const look = () => (document.querySelector("#meter .on") ? found() : requestAnimationFrame(look));
  look();
})"""
DENIED = "MediaDevices.prototype.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };"
BAN = """
from voiceroom.models import Ban, Room
room = Room.objects.get(slug="build-log")
Ban.objects.create(room=room, user=User.objects.get(username="carol"), by=room.owner, reason="Too many spoilers")
"""


async def test_pictures_of_keeping_order(window, shoot):
    alice, bob = [await window(name, SMALL, ZH, LIGHT) for name in ("alice", "bob")]
    await enter(alice, sit=True)
    await enter(bob)
    await alice.locator("#people-button").click()
    await expect(alice.locator("#people-list li")).not_to_have_count(1)
    await alice.locator("#people-list button").last.click()
    await shoot(alice, "host-phone-light-zh")
    await bob.locator(".seat.taken").first.click()
    await bob.get_by_role("button", name="举报…").click()
    await bob.get_by_role("dialog").locator("select").select_option("sound")
    await shoot(bob, "report-phone-light-zh")


REPORT = """
from voiceroom.models import Report, Room
room, carol = Room.objects.get(slug="kitchen-table"), User.objects.get(username="carol")
Report.objects.create(room=room, user=carol, by=User.objects.get(username="bob"), reason="sound", text="A drum.")
"""
ADMIN = {"room/": "", "room/live/": "-live", "report/": "-reports"}
DRAWN = "#result_list tbody tr, #live-rooms tbody tr"


async def test_pictures_of_the_admin(window, shoot, site):
    site.shell(REPORT)
    alice = await window("alice", DESKTOP, EN, LIGHT)
    await enter(alice, sit=True)
    desktop, phone = await window("admin", DESKTOP, EN, LIGHT), await window("admin", SMALL, ZH, DARK)
    for address, name in ADMIN.items():
        for page, appearance in ((desktop, "desktop-light-en"), (phone, "phone-dark-zh")):
            await page.goto(f"/admin/voiceroom/{address}")
            await expect(page.locator(DRAWN).first).to_be_visible()
            await shoot(page, f"admin{name}-{appearance}")


LONG = """
from voiceroom.models import Message, Room
alice = User.objects.get(username="alice")
room = Room.objects.create(slug="long", name="The club of those who give their rooms long names", owner=alice)
Message.objects.create(room=room, author=alice, key="key-of-long", text="A sentence that people read in one look.")
"""


async def test_the_admin_leaves_room_for_what_was_said_beside_the_name_of_its_room(window, site):
    site.shell(LONG)
    ada = await window("admin", DESKTOP, EN, LIGHT)
    await ada.goto("/admin/voiceroom/message/?q=sentence")
    text = ada.locator("#result_list .field-start")
    assert (await text.bounding_box())["width"] > 150
    site.shell("from voiceroom.models import Room; Room.objects.get(slug='long').delete()")


async def test_the_admins_lists_fit_into_a_small_window(window):
    ada = await window("admin", DESKTOP, EN, LIGHT)
    await ada.goto("/admin/voiceroom/room/")
    await expect(ada.locator("#result_list tbody tr").first).to_be_visible()
    widths = await ada.locator(".results").evaluate("node => [node.scrollWidth, node.clientWidth]")
    assert widths[0] <= widths[1]
    phone = await window("admin", SMALL, ZH, DARK)
    await phone.goto("/admin/voiceroom/room/live/")
    await expect(phone.locator("#live-rooms tbody tr").first).to_be_visible()
    assert await phone.evaluate("document.documentElement.scrollWidth <= 360")
