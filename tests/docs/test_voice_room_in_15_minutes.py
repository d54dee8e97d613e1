"""The tutorial, followed in an empty directory, and what it has built in two real browsers."""

import os
import wave
from array import array
from math import pi, sin

import pytest
from playwright.async_api import async_playwright, expect

from tests.docs.tutorial import Tutorial

FLAGS = [
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--disable-gpu",
]
LOUDEST = """async () => {
  const context = new AudioContext();
  for (const audio of document.querySelectorAll("audio")) {
    const analyser = new AnalyserNode(context, { fftSize: 8192 });
    context.createMediaStreamSource(audio.srcObject).connect(analyser);
    await new Promise((resolve) => setTimeout(resolve, 400));
    const levels = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(levels);
    const loudest = levels.indexOf(Math.max(...levels));
    if (levels[loudest] > -60) return (loudest * context.sampleRate) / analyser.fftSize;
  }
  return 0;
}"""


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory):
    return Tutorial("tutorial/voice-room-in-15-minutes.md", tmp_path_factory.mktemp("tutorial"))


@pytest.fixture(scope="module")
def printed(tutorial):
    return tutorial.follow()


def test_its_commands_and_its_own_test_succeed(printed):
    assert "System check identified no issues" in printed
    assert "Ran 1 test" in printed and "OK" in printed


def tone(path, hertz):
    """A WAV of ten seconds, for a fake microphone."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(array("h", (int(12_000 * sin(2 * pi * hertz * n / 48_000)) for n in range(480_000))).tobytes())
    return path


async def visitor(playwright, chromium_path, url, name, microphone):
    """A browser process of one's own (the microphone is the process's), logged in and in the room."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    flags = [*FLAGS, *sandbox, f"--use-file-for-fake-audio-capture={microphone}"]
    browser = await playwright.chromium.launch(executable_path=chromium_path, args=flags)
    page = await (await browser.new_context(permissions=["microphone"])).new_page()
    page.set_default_timeout(20_000)
    await page.goto(f"{url}/rooms/tea/")
    await page.get_by_label("Username").fill(name)
    await page.get_by_label("Password").fill("tea-time-1")
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("status")).to_have_text("You are in.", timeout=20_000)
    return page


async def hears(page, hertz):
    """Whether this page comes to hear that tone (0: nothing)."""
    for _ in range(30):
        found = await page.evaluate(LOUDEST)
        if abs(found - hertz) < 8:
            return True
    return False


@pytest.mark.browser
async def test_two_people_take_seats_and_hear_each_other(tutorial, printed, chromium_path, tmp_path):
    low, high = tone(tmp_path / "440.wav", 440), tone(tmp_path / "880.wav", 880)
    with tutorial.server() as server:
        async with async_playwright() as playwright:
            ada = await visitor(playwright, chromium_path, server.url, "ada", low)
            bo = await visitor(playwright, chromium_path, server.url, "bo", high)
            await ada.get_by_role("button", name="Take this seat").first.click()
            await expect(bo.get_by_role("button", name="ada")).to_be_disabled()
            assert await hears(bo, 440)
            await bo.get_by_role("button", name="Take this seat").first.click()
            assert await hears(ada, 880)
            await ada.get_by_role("button", name="You: leave the seat").click()
            assert await hears(bo, 0)
            await bo.context.browser.close()
            await expect(ada.get_by_role("button", name="bo")).to_have_count(0, timeout=20_000)
            await expect(ada.get_by_role("button", name="Take this seat")).to_have_count(4)
            await ada.context.browser.close()
