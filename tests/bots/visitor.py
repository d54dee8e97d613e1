"""A real person's program: logs in, goes into a room, keeps what comes, and hears by WebRTC."""

import asyncio
import functools
import math
import re
from array import array

import aiohttp
import aiortc
import socketio


class Visitor:
    """``async with Visitor(url, "alice", "alice-demo", "kitchen-table") as alice: alice.state, alice.events``."""

    def __init__(self, url, name, password, slug, tls=True):
        self.url, self.name, self.password, self.namespace, self.tls = url, name, password, f"/rooms/{slug}", tls
        self.events, self.seats, self.people, self.tracks, self.peers = [], {}, {}, {}, {}
        self.state, self.news = None, asyncio.Event()

    async def __aenter__(self):
        jar, connector = aiohttp.CookieJar(unsafe=True), aiohttp.TCPConnector(ssl=self.tls)
        self.session = aiohttp.ClientSession(connector=connector, cookie_jar=jar)
        address = f"{self.url}/login/"
        async with self.session.get(address) as page:
            token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', await page.text())[1]
        form = {"username": self.name, "password": self.password, "csrfmiddlewaretoken": token}
        headers = {"Origin": self.url, "Referer": address}
        async with self.session.post(address, data=form, headers=headers, allow_redirects=False) as answer:
            assert answer.status == 302, await answer.text()
        self.socket = socketio.AsyncClient(http_session=self.session, handle_sigint=False)
        self.socket.on("*", self._heard, namespace=self.namespace)
        await self.socket.connect(
            self.url, namespaces=[self.namespace], wait_timeout=20, headers={"Origin": self.url}, retry=True
        )
        self.state = await self.ask("room:join", {})
        self._take(self.state)
        self.people = {tab["id"]: tab["person"]["name"] for tab in self.state["tabs"]}
        return self

    async def __aexit__(self, *_):
        for peer in self.peers.values():
            await peer.close()
        await self.socket.disconnect()
        await self.session.close()

    async def ask(self, event, *args):
        return await self.socket.call(event, args, namespace=self.namespace, timeout=20)

    async def until(self, met, seconds=30):
        """Waits until ``met()`` is true."""
        async with asyncio.timeout(seconds):
            while not (found := met()):
                self.news.clear()
                await self.news.wait()
        return found

    def seated(self):
        """The names of who sits."""
        return {seat["person"]["name"] for seat in self.seats.values() if seat["person"]}

    def said(self, name):
        """The arguments of every event of this name."""
        return [args for event, *args in self.events if event == name]

    def _take(self, news):
        self.seats |= {seat["index"]: seat for seat in news.get("seats", [])}

    async def _heard(self, event, *args):
        self.events.append((event, *args))
        if event == "room:changed":
            self._take(args[0])
        elif event == "room:entered":
            self.people[args[0]["id"]] = args[0]["person"]["name"]
        elif event == "room:left":
            self.people.pop(args[0]["id"], None)
        elif event == "media:signal":
            await self._signalled(args[0]["from"], args[0]["message"])
        self.news.set()

    # -- its ears ---------------------------------------------------------------------------------------------

    def _peer(self, tab):
        peer = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
        peer.on("track", functools.partial(self.tracks.__setitem__, tab))
        self.peers[tab] = peer
        return peer

    async def call(self, tab):
        """Calls a tab, as a newcomer does."""
        peer = self._peer(tab)
        peer.addTransceiver("audio", direction="recvonly")
        await peer.setLocalDescription(await peer.createOffer())
        await self._send(tab, peer, "call-1")

    async def _send(self, tab, peer, call):
        message = {"type": peer.localDescription.type, "sdp": peer.localDescription.sdp, "call": call}
        assert await self.ask("media:signal", tab, message) == {"ok": True}

    async def _signalled(self, tab, message):
        if message["type"] not in ("offer", "answer"):
            return
        peer = self._peer(tab) if message["type"] == "offer" else self.peers[tab]
        await peer.setRemoteDescription(aiortc.RTCSessionDescription(message["sdp"], message["type"]))
        if message["type"] == "offer":
            await peer.setLocalDescription(await peer.createAnswer())
            asyncio.ensure_future(self._send(tab, peer, message["call"]))

    async def hears(self, tab, seconds=20):
        """Whether the voice of this tab comes to be loud."""
        async with asyncio.timeout(seconds):
            while True:
                if level([await self.tracks[tab].recv() for _ in range(12)]) > 0.02:
                    return True


def level(frames):
    """The root mean square of some audio, of 1.0."""
    sound = [sample for frame in frames for sample in array("h", bytes(frame.planes[0]))]
    return math.sqrt(sum(sample**2 for sample in sound) / len(sound)) / 32768
