"""Everybody can use the pages: axe-core finds nothing serious, in light and dark, on a desktop and on a phone."""

import pytest
from playwright.async_api import expect

from tests.browser.test_chat import enter
from tests.harness.node import PACKAGES

AXE = PACKAGES / "axe-core" / "axe.min.js"
RUN = """async () => {
  const animations = document.getAnimations().filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime));
  await Promise.all(animations.map((one) => one.finished.catch(() => {})));  // what fades in has no contrast yet
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  const short = ({ html }) => html.slice(0, 160);
  return violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(short) }));
}"""
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}

pytestmark = pytest.mark.node


async def serious(page):
    """What axe-core finds that keeps people out."""
    return [one for one in await page.evaluate(RUN) if one["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_serious(visit, new_room, theme, screen):
    room = new_room("axe", messages=3)
    page = await visit(script=AXE, color_scheme=theme, **screen)
    found = {"login": await serious(page)}
    await page.get_by_label("Username").fill("alice")
    await page.get_by_label("Password").fill("alice-demo")
    await page.keyboard.press("Enter")
    await expect(page.locator(".card[data-slug]").first).to_be_visible()
    found["lobby"] = await serious(page)
    await page.goto(f"/rooms/{room}/")
    await expect(page.get_by_role("button", name="Join", exact=True)).to_be_visible()
    if not await page.locator("#devices").is_visible():
        await page.locator("#devices-fold summary").click()
    await page.get_by_role("button", name="Test my microphone").click()
    await expect(page.locator("#mic-open")).to_be_visible()
    found["device check"] = await serious(page)
    await enter(page, room)
    await page.get_by_role("button", name="Take a seat").click()
    await expect(page.locator("#seats .seat.own")).to_be_visible()
    found["room"] = await serious(page)
    await page.locator("#seats .seat.own").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    found["menu"] = await serious(page)
    await page.keyboard.press("Escape")
    await page.locator("#more-button").click()
    await page.get_by_role("button", name="Keys", exact=True).click()
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    found["keys"] = await serious(page)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Chat", exact=True).click()
    await expect(page.get_by_label("Your message")).to_be_visible()
    await page.locator(".msg .bubble").last.click()
    react = page.locator(".msg").last.get_by_role("button", name="React to this message")
    await react.click()
    await page.locator(".choice").first.click()
    await expect(page.locator(".chip")).to_have_count(1)
    await react.press("Enter")
    found["chat"] = await serious(page)
    assert found == dict.fromkeys(found, [])
