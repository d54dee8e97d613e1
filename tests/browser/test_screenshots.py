"""The pictures of the docs, taken of the pages as they are: SCREENSHOTS=docs/screenshots manage.py test -- -k pictures

Without SCREENSHOTS they go to the test's own folder, and show that every page can be drawn in each appearance.
"""

import os
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.harness.processes import ROOT
from tests.media.conftest import log_in

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True, "device_scale_factor": 1.5}
EN, ZH = {"locale": "en-GB"}, {"locale": "zh-CN"}
LIGHT, DARK = {"color_scheme": "light"}, {"color_scheme": "dark"}
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
    if sit:
        await page.locator("#seat-button").click()
        await expect(page.locator("#seats .seat.own")).to_be_visible()


async def test_pictures_of_a_lively_room(window, shoot):
    alice, bob, carol = [await window(name, DESKTOP, EN, LIGHT) for name in ("alice", "bob", "carol")]
    for page in (alice, bob, carol):
        await enter(page, sit=page is not carol)
    await carol.locator("#hand-button").click()
    await expect(alice.locator("#hands")).to_be_visible()
    await expect(alice.locator(".seat.speaking")).not_to_have_count(0)
    await shoot(alice, "room-desktop-light-en")
    await alice.emulate_media(color_scheme="dark")
    await alice.locator(".seat.taken:not(.own)").click()
    await shoot(alice, "host-desktop-dark-en")
    ada = await window("admin", DESKTOP, ZH, DARK)
    await enter(ada)
    await shoot(ada, "room-desktop-dark-zh")
    phone = await window("admin", PHONE, EN, LIGHT)
    await enter(phone)
    await shoot(phone, "room-phone-light-en")
    await phone.locator("#chat-button").click()
    await shoot(phone, "chat-phone-light-en")
    chinese = await window("admin", PHONE, ZH, DARK)
    await enter(chinese)
    await shoot(chinese, "room-phone-dark-zh")
    await chinese.locator("#chat-button").click()
    await shoot(chinese, "chat-phone-dark-zh")
    lobby = await window("admin", DESKTOP, EN, LIGHT)
    await lobby.goto("/")
    await expect(lobby.locator(".card[data-slug]").first).to_be_visible()
    await shoot(lobby, "lobby-desktop-light-en")
    lobby = await window("admin", PHONE, ZH, DARK)
    await lobby.goto("/")
    await expect(lobby.locator(".card[data-slug]").first).to_be_visible()
    await shoot(lobby, "lobby-phone-dark-zh")


async def test_pictures_of_the_door_and_of_what_may_go_wrong(window, shoot, site):
    bob = await window("bob", DESKTOP, EN, DARK)
    await bob.goto(f"/rooms/{ROOM}/")
    await bob.locator("#mic-test").click()
    await expect(bob.locator("#meter .on")).not_to_have_count(0)
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


DENIED = "MediaDevices.prototype.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };"
BAN = """
from voiceroom.models import Ban, Room
room = Room.objects.get(slug="build-log")
Ban.objects.create(room=room, user=User.objects.get(username="carol"), by=room.owner, reason="Too many spoilers")
"""


async def test_pictures_of_the_admin(window, shoot):
    ada = await window("admin", DESKTOP, EN, LIGHT)
    await ada.goto("/admin/voiceroom/room/")
    await expect(ada.locator("#result_list")).to_be_visible()
    await shoot(ada, "admin-desktop-light-en")
