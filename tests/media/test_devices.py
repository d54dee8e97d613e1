"""Before the door: the microphone is asked for after a click, and what is wrong with it is said in a sentence."""

import pytest
from playwright.async_api import expect

from tests.media import tones
from tests.media.people import Person

BUSY = """
navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("in use", "NotReadableError"); };
"""

NO_SPEAKER = """
AudioContext.prototype.resume = () => new Promise(() => {}); // as in Firefox
Object.defineProperty(BaseAudioContext.prototype, "state", { get: () => "suspended" });
"""


async def check(page, room):
    """The part of the door that tests microphone and speaker, open."""
    await page.goto(f"/rooms/{room}/")
    panel = page.locator("#devices-fold")
    await expect(panel).to_have_attribute("open", "")  # on a phone, where there is less room, it is folded
    return panel


async def test_the_microphone_is_asked_for_only_after_a_click(windows, site, new_room, tone_files):
    page = await windows(tones.with_tone(tone_files[440]), "bob", site)
    panel = await check(page, new_room("click"))
    await page.wait_for_load_state("networkidle")
    assert await page.evaluate("probe.asked") == 0
    await panel.get_by_role("button", name="Test my microphone").click()
    await expect(panel).to_contain_text("Your microphone works.")
    assert await page.evaluate("probe.asked") == 1
    bars = page.locator("#meter .on")
    await expect(bars).not_to_have_count(0)
    choice = panel.locator("#mic-choice")
    assert await choice.locator("option").count() > 2  # Chromium makes three of them up
    await choice.select_option(index=1)
    await expect(bars).not_to_have_count(0)
    await panel.get_by_role("button", name="Play a sound").click()
    await expect(panel).to_contain_text("You should have heard two notes.")


async def test_who_only_listens_is_never_asked_for_a_microphone(windows, site, new_room):
    page = await windows(tones.ASKING, "bob", site, permissions=[])
    bob = Person(page, site)
    await bob.visit(new_room("listen"))
    await page.get_by_label("Only listen").check()
    await bob.join()
    await bob.sit()
    await expect(page.get_by_role("button", name="Unmute")).to_be_visible()
    assert await page.evaluate("probe.asked") == 0


async def test_a_denied_microphone_is_explained_and_one_can_sit_and_listen(windows, site, new_room):
    page = await windows(tones.ASKING, "bob", site, permissions=[])
    room = new_room("denied")
    panel = await check(page, room)
    await panel.get_by_role("button", name="Test my microphone").click()
    sentence = "The microphone is blocked for this site."
    await expect(panel.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
    bob = Person(page, site)
    await bob.join()
    await bob.sit()
    await expect(page.locator("#toasts")).to_contain_text(sentence)
    await expect(page.get_by_role("button", name="Unmute")).to_be_visible()


@pytest.mark.parametrize(
    "arguments, script, sentence",
    [
        (tones.WITHOUT, "", "No microphone was found."),
        (tones.ASKING, BUSY, "Another program is using the microphone."),
    ],
    ids=["none", "busy"],
)
async def test_what_is_wrong_with_the_microphone_is_said(windows, site, new_room, arguments, script, sentence):
    page = await windows(arguments, "bob", site, permissions=["microphone"], script=script)
    panel = await check(page, new_room("wrong"))
    await panel.get_by_role("button", name="Test my microphone").click()
    await expect(panel.get_by_role("alert").filter(has_text=sentence)).to_be_visible()


async def test_a_machine_without_a_speaker_is_told_so(windows, site, new_room, tone_files):
    page = await windows(tones.with_tone(tone_files[440]), "bob", site, script=NO_SPEAKER)
    panel = await check(page, new_room("speaker"))
    await panel.get_by_role("button", name="Play a sound").click()
    await expect(panel).to_contain_text("Plug in a speaker")
