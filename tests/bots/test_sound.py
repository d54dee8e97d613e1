"""What the simulated people say arrives as sound, by WebRTC and as frames."""

import asyncio
import contextlib

import aiortc
import av
import pytest

from tests.bots.visitor import level
from voiceroom.bots import lines, voice
from voiceroom.bots.mesh import Frames, Mesh

EVERY_LINE = [lines.file_of(slug, number) for slug, spoken in lines.SPOKEN.items() for number in range(len(spoken))]


def loudness(packets):
    """The root mean square of what packets decode to, of 1.0; and how many seconds."""
    decoder = av.CodecContext.create("libopus", "r")
    decoder.format, decoder.layout, decoder.sample_rate = "s16", "mono", 48_000
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(packet))]
    return level(frames), sum(frame.samples for frame in frames) / 48_000


@pytest.mark.parametrize("name", EVERY_LINE)
def test_every_line_was_spoken(name):
    packets = voice.line(name)
    loud, seconds = loudness(packets)
    assert loud > 0.02
    assert seconds == pytest.approx(len(packets) * voice.FRAME)
    assert max(map(len, packets)) < 1500  # a frame, and one datagram


def test_no_line_is_left_over():
    assert sorted(path.name for path in voice.FOLDER.iterdir()) == sorted(EVERY_LINE)


@contextlib.asynccontextmanager
async def speaking(person):
    async def speak():
        while True:
            await person.speak(voice.line(EVERY_LINE[0]), lambda: True)

    task = asyncio.ensure_future(speak())
    yield
    task.cancel()


async def loud(track):
    """Whether a track comes to carry sound: a quarter of a second that is not silent, within ten seconds."""
    async with asyncio.timeout(10):
        while True:
            frames = [await track.recv() for _ in range(12)]
            if level(frames) > 0.02:
                return True


class Listener:
    """The other side: a peer connection that talks to a Mesh by messages, as a page does."""

    def __init__(self):
        self.peer = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
        self.track = asyncio.get_running_loop().create_future()
        self.peer.on("track", self.track.set_result)
        self.call, self.said = "call-1", []

    async def offer(self):
        self.peer.addTransceiver("audio", direction="recvonly")
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return {"type": "offer", "sdp": self.peer.localDescription.sdp, "call": self.call}

    async def hear(self, tab, message):
        self.said.append(message)
        if message["type"] in ("offer", "answer"):
            await self.peer.setRemoteDescription(aiortc.RTCSessionDescription(message["sdp"], message["type"]))
        if message["type"] == "offer":
            await self.peer.setLocalDescription(await self.peer.createAnswer())
            answer = {"type": "answer", "sdp": self.peer.localDescription.sdp, "call": message["call"]}
            task = asyncio.ensure_future(self.mesh.hear(tab, answer))  # offer() holds the lock until it has sent
            self.said.append(task)


@pytest.fixture
async def call():
    """A voice with its mesh, and a listener."""
    person, listener = voice.Voice(), Listener()
    listener.mesh = mesh = Mesh(person, listener.hear)
    async with speaking(person):
        yield mesh, listener
    await mesh.close()
    await listener.peer.close()


async def test_who_calls_a_simulated_person_hears_it(call):
    mesh, listener = call
    await mesh.hear("tab", await listener.offer())
    assert await loud(await listener.track)
    assert "a=sendonly" in listener.said[0]["sdp"]  # it hears nobody, and decodes nothing


async def test_whom_a_simulated_person_calls_hears_it(call):
    mesh, listener = call
    await mesh.offer("tab")
    assert await loud(await listener.track)


async def test_the_end_of_a_call_ends_its_track(call):
    mesh, listener = call
    await mesh.hear("tab", await listener.offer())
    assert len(mesh.voice.heard) == 1
    await mesh.hear("tab", {"type": "bye", "call": listener.call})
    assert not mesh.voice.heard and not mesh.peers


async def test_a_message_of_another_call_changes_nothing(call):
    mesh, listener = call
    await mesh.hear("tab", await listener.offer())
    for message in ({"type": "bye", "call": "other"}, {"type": "candidate", "call": "other", "candidate": None}, {}):
        await mesh.hear("tab", message)
    assert "tab" in mesh.peers


async def test_frames_go_out_only_while_somebody_needs_them():
    person, sent = voice.Voice(), []

    async def send(frame):
        sent.append(frame)

    frames = Frames(person, send)
    packets = voice.line(EVERY_LINE[0])[:2]

    async def say():
        sent.clear()
        await person.speak(packets, lambda: True)
        await asyncio.gather(*frames.tasks)
        return len(sent)

    assert await say() == 0
    frames.wanted(in_mesh=True, asked=True)
    assert await say() == 2
    assert [frame[3:] for frame in sent] == packets
    assert [frame[0] for frame in sent] == [1, 1]
    assert int.from_bytes(sent[1][1:3], "big") == int.from_bytes(sent[0][1:3], "big") + 1
    frames.wanted(in_mesh=True, asked=False)
    assert await say() == 0
    frames.wanted(in_mesh=False)
    assert await say() == 2
