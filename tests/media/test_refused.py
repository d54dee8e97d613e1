"""Safari lets no element play that comes long after the click, though the page may make sound: it is heard anyhow."""

import asyncio
import time

from playwright.async_api import expect

from tests.media.people import AUDIBLE, CLEAR, NEAR, PATIENCE

REFUSES = """
HTMLMediaElement.prototype.play = async () => { throw new DOMException("a click is needed", "NotAllowedError"); };
Object.defineProperty(HTMLMediaElement.prototype, "autoplay", { set() {} });
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...more) { // what goes to the speaker past the elements
  if (to === to.context.destination) {
    to.context.out ??= new AnalyserNode(to.context, { fftSize: 8192, smoothingTimeConstant: 0 });
    connect.call(this, to.context.out);
  }
  return connect.call(this, to, ...more);
};
"""
OUT = """() => {
  const { out } = __voice.engine.sound();
  if (!out) return null;
  const bins = new Float32Array(out.frequencyBinCount);
  out.getFloatFrequencyData(bins);
  const peak = bins.indexOf(Math.max(...bins));
  const median = [...bins].sort((a, b) => a - b)[bins.length >> 1];
  return [(peak * 48000) / out.fftSize, Math.max(-200, bins[peak]), Math.max(-200, median)];
}"""


async def plays(page, hertz):
    """This tone, or silence where it is None, past the elements and before the patience ends."""
    deadline = time.monotonic() + PATIENCE
    while not is_so(found := await page.evaluate(OUT), hertz):
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.1)


def is_so(found, hertz):
    if found is None:
        return False
    at, peak, median = found
    return peak < AUDIBLE if hertz is None else abs(at - hertz) < NEAR and peak > AUDIBLE and peak - median > CLEAR


async def test_a_voice_that_comes_late_is_heard_without_another_click(person, new_room):
    room = new_room("refused")
    bob = await (await person("bob", 880, script=REFUSES)).join(room, "?debug=1")
    await (await person("alice", 440)).talk(room)
    await plays(bob.page, 440)
    await expect(bob.page.get_by_role("button", name="Click to hear the room")).to_have_count(0)
    await bob.page.locator("#deafen-button").click()
    await plays(bob.page, None)
    await bob.page.locator("#deafen-button").click()
    await plays(bob.page, 440)
