"""Where no peer connection comes to be, Opus frames go through the server, and the page says so."""

import asyncio

import pytest
from playwright.async_api import expect

NO_WEBRTC = "delete window.RTCPeerConnection;"
NO_WAY = """
const Native = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Native {
  constructor(options) { super({ ...options, iceServers: [], iceTransportPolicy: "relay" }); }
};
"""
SAID = "through the server"


@pytest.mark.parametrize("script", [NO_WEBRTC, NO_WAY], ids=["without WebRTC", "without a way"])
async def test_voices_come_as_frames_and_the_page_says_so(person, new_room, script):
    room = new_room("frames")
    alice = await (await person("alice", 440)).talk(room)
    bob = await (await person("bob", 880, script=script)).talk(room)
    await asyncio.gather(alice.hears(880, within=25), bob.hears(440, within=25))
    for someone in (alice, bob):
        await expect(someone.page.locator("#notes")).to_contain_text(SAID)
    assert await connected(alice) == await connected(bob) == 0
    await bob.mic.click()
    await alice.hears_nothing()
    await bob.mic.click()
    await alice.hears(880)


async def test_a_host_silences_frames_on_the_server(person, new_room):
    """The page of the muted person goes on sending: the server drops it."""
    room = new_room("dropped")
    alice = await (await person("alice", 440)).talk(room)
    await (await person("bob", 880, script=NO_WEBRTC + LOUD)).talk(room)
    await alice.hears(880)
    await alice.page.evaluate(COUNT)
    await alice.seat_of("Bob").click()
    await alice.page.get_by_role("dialog").get_by_role("button", name="Mute for everybody").click()
    await alice.hears_nothing()
    frames = await alice.page.evaluate("framesSeen")
    await asyncio.sleep(0.5)
    assert await alice.page.evaluate("framesSeen") == frames


# Encoded sound never ends, whatever the page decides.
LOUD = "AudioEncoder.prototype.close = () => {};"
COUNT = """() => {
  window.framesSeen = 0;
  const decode = AudioDecoder.prototype.decode;
  AudioDecoder.prototype.decode = function (chunk) { window.framesSeen += 1; return decode.call(this, chunk); };
}"""


async def connected(person):
    """How many peer connections of a page are up."""
    stats = await person.page.evaluate("probe.stats()")
    return sum(one["state"][2] == "connected" for one in stats)


async def test_a_browser_that_knows_neither_way_says_so_and_people_write(person, new_room):
    bob = await person("bob", 880, script=f"{NO_WEBRTC} delete window.AudioEncoder;")
    await bob.join(new_room("neither"))
    await expect(bob.page.locator("#notes")).to_contain_text("neither connect directly nor through the server")
    await bob.page.get_by_label("Your message").fill("can you read me?")
    await bob.page.keyboard.press("Enter")
    await expect(bob.page.locator(".msg .bubble")).to_have_text("can you read me?")
