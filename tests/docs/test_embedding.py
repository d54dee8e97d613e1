"""The pages about embedding a room and about the chat alone, followed one after the other, in a real browser."""

import os

import pytest
from playwright.async_api import async_playwright, expect

from tests.docs.tutorial import Tutorial
from tests.harness.processes import ROOT

FLAGS = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--disable-gpu"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A project as both pages build it."""
    directory = tmp_path_factory.mktemp("embedding")
    (directory / "socketio-django").symlink_to(ROOT)
    site = Tutorial("how-to/embed-a-room.md", directory)
    site.run("django-admin startproject mysite .")
    site.printed = site.follow()
    site.page = (ROOT / "docs" / "how-to" / "use-only-the-chat.md").read_text()
    site.follow()
    return site


def test_the_project_has_nothing_to_complain_of(site):
    assert "System check identified no issues" in site.printed
    site.run("python manage.py shell -c 'import mysite.rooms, mysite.chat, mysite.say'")


@pytest.fixture
async def page(site, chromium_path):
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with site.server() as server:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium_path, args=[*FLAGS, *sandbox])
            page = await (await browser.new_context(base_url=server.url, locale="en-GB")).new_page()
            page.set_default_timeout(20_000)
            await page.goto("/")
            await page.get_by_label("Username").fill("ada")
            await page.get_by_label("Password").fill("tea-time-1")
            await page.get_by_role("button", name="Log in").click()
            await expect(page.get_by_role("heading", name="Our club")).to_be_visible(timeout=20_000)
            yield page
            await browser.close()


@pytest.mark.browser
async def test_a_page_of_the_site_has_the_room_in_a_frame(page):
    room = page.frame_locator("iframe")
    await room.get_by_role("button", name="Join").click()
    await expect(room.locator("#seats li").first).to_be_visible(timeout=20_000)
    room_page = await page.request.get("/talk/rooms/tea/")
    assert room_page.headers["x-frame-options"] == "SAMEORIGIN"  # and no other site has it in a frame
    assert "frame-ancestors 'self'" in room_page.headers["content-security-policy"]


@pytest.mark.browser
async def test_the_chat_works_alone(page):
    await page.goto("/chat/tea/")
    await page.get_by_label("Your message").fill("Good morning")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("Good morning", timeout=20_000)
    await page.reload()
    await expect(page.get_by_role("log")).to_contain_text("Good morning", timeout=20_000)
