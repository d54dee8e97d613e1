"""People hear each other: a mesh of real peer connections between Chromium processes with a tone each."""

import asyncio
import time

from playwright.async_api import expect

from tests.media.conftest import GRACE


async def two(person, room):
    """Alice with 440 Hz, who owns the room, and Bob with 880 Hz; both on seats, and hearing each other."""
    alice = await (await person("alice", 440)).talk(room)
    bob = await (await person("bob", 880)).talk(room)
    await asyncio.gather(alice.hears(880), bob.hears(440))
    return alice, bob


async def test_each_of_two_hears_the_tone_of_the_other_and_mute_silences_it(person, new_room):
    alice, bob = await two(person, new_room("two"))
    await bob.mic.click()
    await alice.hears_nothing()
    await expect(alice.page.locator("#seats .seat[data-user]", has_text="Bob")).to_have_accessible_name(
        "Seat 2: Bob Okafor. Microphone off"
    )
    await bob.hears(440)
    await bob.mic.click()
    await alice.hears(880)


async def test_a_ring_shows_who_speaks(person, new_room):
    alice, bob = await two(person, new_room("ring"))
    for page, names in ((alice.page, ["Alice", "Bob"]), (bob.page, ["Alice", "Bob"])):
        for name in names:
            await expect(page.locator("#seats .seat.speaking", has_text=name)).to_be_visible()
    await bob.mic.click()
    await expect(alice.page.locator("#seats .seat.speaking", has_text="Bob")).to_have_count(0)


# Milliseconds from the first loud sample of the other voice to the ring around the seat.
RING = """() => { window.ring = new Promise((resolve) => {
  const seat = document.querySelector("#seats .seat.taken:not(.own)");
  const analyser = __voice.engine.output.analyser(__voice.speakers[0]);
  const wave = new Float32Array(analyser.fftSize);
  let loud = null;
  const look = setInterval(() => {
    analyser.getFloatTimeDomainData(wave);
    if (wave.some((sample) => Math.abs(sample) > 0.02)) loud ??= performance.now();
  }, 4);
  new MutationObserver((changes, observer) => {
    if (!seat.classList.contains("speaking")) return;
    clearInterval(look);
    observer.disconnect();
    resolve(performance.now() - (loud ?? performance.now()));
  }).observe(seat, { attributeFilter: ["class"] });
}); }"""


async def test_a_ring_is_there_150_milliseconds_after_the_voice(person, new_room):
    room = new_room("quick")
    alice = await person("alice", 440)
    await alice.join(room, "?debug=1")
    await alice.sit()
    bob = await (await person("bob", 880)).talk(room)
    await alice.hears(880)
    delays = []
    for _ in range(5):
        await bob.mic.click()
        await expect(alice.page.locator("#seats .seat.speaking", has_text="Bob")).to_have_count(0)
        await alice.hears_nothing()
        await alice.page.evaluate(RING)
        await bob.mic.click()
        delays.append(await asyncio.wait_for(alice.page.evaluate("ring"), 30))
    assert sorted(delays)[2] < 150, delays


async def test_a_host_silences_somebody_for_everybody(person, new_room):
    room = new_room("hush")
    alice, bob = await two(person, room)
    carol = await (await person("carol", 440)).join(room)
    await carol.hears(440, 880)
    await alice.seat_of("Bob").click()
    await alice.page.get_by_role("dialog").get_by_role("button", name="Mute for everybody").click()
    await asyncio.gather(alice.hears_nothing(), carol.hears(440))
    await expect(bob.mic).to_contain_text("Muted by a host")
    await bob.mic.click()  # which tells why not
    await expect(bob.page.locator("#toasts")).to_contain_text("A host muted you")
    await carol.goes_on_hearing(440, seconds=1)
    await alice.seat_of("Bob").click()
    await alice.page.get_by_role("button", name="Ask to unmute").click()
    await bob.page.get_by_role("dialog").get_by_role("button", name="Unmute", exact=True).click()
    await asyncio.gather(alice.hears(880), carol.hears(440, 880))


async def test_what_a_muted_page_sends_nevertheless_is_not_heard(person, new_room):
    """A mesh cannot stop the packets: the receivers do."""
    room = new_room("stubborn")
    alice = await (await person("alice", 440)).talk(room)
    bob = await (await person("bob", 880, script=STUBBORN)).talk(room)
    await alice.hears(880)
    await alice.seat_of("Bob").click()
    await alice.page.get_by_role("dialog").get_by_role("button", name="Mute for everybody").click()
    await alice.hears_nothing()
    before = await received(alice)
    await asyncio.sleep(0.5)
    assert await received(alice) > before
    await bob.hears(440)


STUBBORN = """
const replace = RTCRtpSender.prototype.replaceTrack;
RTCRtpSender.prototype.replaceTrack = async function (track) { if (track) return replace.call(this, track); };
"""


async def received(person):
    """How many bytes of sound have come."""
    stats = await person.page.evaluate("probe.stats()")
    return sum(one.get("bytesReceived", 0) for pc in stats for one in pc["stats"] if one["type"] == "inbound-rtp")


async def test_leaving_the_seat_ends_the_sound_and_so_does_leaving_the_room(person, new_room):
    alice, bob = await two(person, new_room("leave"))
    await bob.own_seat.click()
    await bob.page.get_by_role("dialog").get_by_role("button", name="Leave the seat").click()
    await alice.hears_nothing()
    await expect(alice.page.locator("#seats .seat.taken")).to_have_count(1)
    await bob.hears(440)
    await bob.sit()
    await alice.hears(880)
    await bob.page.get_by_role("button", name="Leave", exact=True).click()
    await alice.hears_nothing()
    await expect(alice.page.locator("#seats .seat.taken")).to_have_count(1)


async def test_a_killed_page_frees_its_seat_after_the_grace(person, new_room):
    alice, bob = await two(person, new_room("killed"))
    # A process that is killed says no goodbye: its socket is closed by the system, and nothing else.
    page = await bob.page.context.new_cdp_session(bob.page)
    began = time.monotonic()
    crash = asyncio.ensure_future(page.send("Page.crash"))
    await expect(alice.page.locator("#seats .seat.away", has_text="Bob")).to_be_visible()
    await expect(alice.page.locator("#seats .seat.taken")).to_have_count(1)
    assert GRACE - 1 < time.monotonic() - began < GRACE + 10
    await alice.hears_nothing()
    crash.cancel()


async def test_a_reload_within_the_grace_keeps_the_seat(person, new_room):
    alice, bob = await two(person, new_room("reload"))
    await bob.page.reload()  # it goes in again by itself
    await expect(bob.own_seat).to_be_visible()
    await asyncio.gather(alice.hears(880), bob.hears(440))
    await asyncio.sleep(GRACE)  # the deadline of the seat that was left has passed
    await expect(alice.page.locator("#seats .seat.taken")).to_have_count(2)
    await alice.hears(880)


async def test_three_and_then_four_people_hear_all_the_others(person, new_room):
    room = new_room("four")
    alice, bob = await two(person, room)
    carol = await (await person("carol", 440)).talk(room)
    await asyncio.gather(alice.hears(440, 880), bob.hears(440, 440), carol.hears(440, 880))
    ada = await (await person("admin", 880)).talk(room)
    await asyncio.gather(
        alice.hears(440, 880, 880), bob.hears(440, 440, 880), carol.hears(440, 880, 880), ada.hears(440, 440, 880)
    )
    await carol.page.get_by_role("button", name="Leave", exact=True).click()
    await asyncio.gather(alice.hears(880, 880), bob.hears(440, 880), ada.hears(440, 880))
