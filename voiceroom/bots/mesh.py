"""The sound's way out: WebRTC to each tab that asks for it, or packets as Socket.IO events to those who cannot.

A simulated person hears nobody: its connections only send, so that nothing is decoded, and what it sends was encoded
long ago. aiortc is optional: without it everybody gets the events.
"""

import asyncio
import fractions
import secrets

try:
    import aioice.ice
    import aiortc
    import av
except ImportError:
    aiortc = None

FRAMES = 1  # the version in a frame's first byte


if aiortc:
    _addresses = aioice.ice.get_host_addresses

    def _addresses_or_loopback(*args, **options):
        """aioice leaves loopback out, which is all that a machine without a network has."""
        return _addresses(*args, **options) or ["127.0.0.1"]

    aioice.ice.get_host_addresses = _addresses_or_loopback

    class Track(aiortc.MediaStreamTrack):
        """A track of ready Opus packets, for one peer connection."""

        kind = "audio"

        def __init__(self, voice):
            super().__init__()
            self.voice, self.waiting = voice, asyncio.Queue(maxsize=50)
            voice.heard.add(self.hear)

        def hear(self, stamp, packet):
            if not self.waiting.full():
                self.waiting.put_nowait((stamp, packet))

        async def recv(self):
            stamp, content = await self.waiting.get()
            packet = av.Packet(content)
            packet.pts, packet.time_base = stamp, fractions.Fraction(1, 48_000)
            return packet

        def stop(self):
            super().stop()
            self.voice.heard.discard(self.hear)


class Mesh:
    """The peer connections of one person, by tab. ``signal(tab, message)`` sends a message to that tab."""

    def __init__(self, voice, signal):
        self.voice, self.signal = voice, signal
        self.peers = {}  # tab -> (call, peer connection)
        self.lock = asyncio.Lock()  # messages are looked at one after the other, as they came

    async def offer(self, tab):
        """Calls a tab: newcomers do."""
        if aiortc:
            async with self.lock:
                await self._offer(tab)

    async def _offer(self, tab):
        call, peer = secrets.token_urlsafe(6), self._peer()
        await self._replace(tab, call, peer)
        peer.addTransceiver(Track(self.voice), direction="sendonly")
        await peer.setLocalDescription(await peer.createOffer())
        await self.signal(tab, {"type": "offer", "sdp": peer.localDescription.sdp, "call": call})

    async def hear(self, tab, message):
        """A message of a tab. What belongs to no call of ours is dropped."""
        async with self.lock:
            await self._hear(tab, message)

    async def _hear(self, tab, message):
        kind, call = message.get("type"), message.get("call")
        known, peer = self.peers.get(tab, (None, None))
        if kind == "offer":
            await self._answer(tab, message)
        elif peer is None or call != known:
            return
        elif kind == "answer":
            await peer.setRemoteDescription(aiortc.RTCSessionDescription(message["sdp"], "answer"))
        elif kind == "candidate":
            await self._candidate(peer, message.get("candidate"))
        elif kind == "restart":
            await self._offer(tab)
        elif kind == "bye":
            await self.leave(tab)

    async def _answer(self, tab, message):
        if not aiortc:
            return await self.signal(tab, {"type": "bye", "call": message.get("call")})
        peer = self._peer()
        await self._replace(tab, message.get("call"), peer)
        await peer.setRemoteDescription(aiortc.RTCSessionDescription(message["sdp"], "offer"))
        peer.addTrack(Track(self.voice))
        for transceiver in peer.getTransceivers():
            transceiver.direction = "sendonly"
        await peer.setLocalDescription(await peer.createAnswer())
        answer = {"type": "answer", "sdp": peer.localDescription.sdp, "call": message.get("call")}
        await self.signal(tab, answer)

    async def _candidate(self, peer, given):
        line = given.get("candidate") if isinstance(given, dict) else given
        if not line or ".local" in line:  # a name only for its own network; that tab finds us by our address
            return
        candidate = aiortc.sdp.candidate_from_sdp(line.removeprefix("candidate:"))
        if isinstance(given, dict):
            candidate.sdpMid, candidate.sdpMLineIndex = given.get("sdpMid"), given.get("sdpMLineIndex")
        candidate.sdpMid = candidate.sdpMid or "0"
        await peer.addIceCandidate(candidate)

    def _peer(self):
        return aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))  # else it asks a public STUN server

    async def _replace(self, tab, call, peer):
        await self.leave(tab)
        self.peers[tab] = (call, peer)

        @peer.on("connectionstatechange")
        async def changed():
            if peer.connectionState in ("failed", "closed") and self.peers.get(tab) == (call, peer):
                await self.leave(tab)

    async def leave(self, tab):
        """Ends the connection with one tab."""
        _, peer = self.peers.pop(tab, (None, None))
        if peer:
            for sender in peer.getSenders():
                if sender.track:
                    sender.track.stop()
            await peer.close()

    async def close(self):
        for tab in list(self.peers):
            await self.leave(tab)


class Frames:
    """The same packets as Socket.IO events, while somebody in the room wants them so."""

    def __init__(self, voice, send):
        self.voice, self.send, self.number = voice, send, 0
        self.asked, self.tasks = False, set()

    def wanted(self, in_mesh, asked=None):
        """Whether to send them: when somebody ``asked`` (None: as before), or nobody can hear this person otherwise."""
        self.asked = self.asked if asked is None else asked
        (self.voice.heard.add if self.asked or not in_mesh else self.voice.heard.discard)(self.hear)

    def hear(self, stamp, packet):
        if len(packet) < 10:  # silence: nobody waits for it here
            return
        self.number = (self.number + 1) % 65536
        task = asyncio.ensure_future(self.send(bytes([FRAMES]) + self.number.to_bytes(2, "big") + packet))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
