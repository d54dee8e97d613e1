"""Socket.IO clients of the namespaces in namespaces.py, over the sessions of sessions.py."""

import base64
import json

from tests.conformance.sessions import is_closing

PATH = "/socket.io/"


async def joined(server, *namespaces, path=PATH, eio=4):
    """A websocket client that is in "/" and in ``namespaces``, everything that was said until then read away."""
    websocket = await server.direct(path, eio=eio)
    websocket.sids = {}
    for namespace in ("", *namespaces):
        await join(websocket, namespace)
    return websocket


async def join(websocket, namespace="", auth=""):
    """CONNECT to a namespace whose consumer says ``auth`` first; returns the socket's id."""
    prefix = namespace and namespace + ","
    websocket.send(f"40{prefix}{auth}")
    opened, said = await websocket.receive(), await websocket.receive()
    assert opened.startswith(f"40{prefix}" + '{"sid":"'), opened
    assert said.startswith(f"42{prefix}" + '["auth",'), said
    return json.loads(opened[2 + len(prefix) :])["sid"]


async def ended(websocket):
    """The session ended without another word."""
    got = await websocket.until_closed()
    assert len(got) == 1, got


def placeholders(*numbers):
    """Where the attachments of these numbers belong, as arguments of an event."""
    return ",".join(f'{{"_placeholder":true,"num":{number}}}' for number in numbers)


class OverPolling:
    """A client in "/" that polls."""

    def __init__(self, server):
        self.server = server

    async def enter(self, *packets):
        self.session = await self.server.polling(PATH)
        if packets:
            assert (await self.session.post("\x1e".join(packets))).text == "ok"
            await self.session.packets(2)
        return self

    async def send(self, *frames):
        """Send frames, bytes as base64; the answers of the POSTs tell nothing yet."""
        texts = [frame if isinstance(frame, str) else "b" + base64.b64encode(frame).decode() for frame in frames]
        answer = await self.session.post("\x1e".join(texts))
        assert answer.status in (200, 400), answer

    async def is_closed(self):
        answer = await self.session.poll()
        if answer.status == 200:
            assert is_closing(answer), answer
        await self.session.gone()

    async def hears(self):
        return (await self.session.packets(1))[0]


class OverWebsocket:
    """A client in "/" with a websocket."""

    def __init__(self, server):
        self.server = server

    async def enter(self, *packets):
        self.websocket = await self.server.direct(PATH)
        for packet in packets:
            self.websocket.send(packet)
        for _ in packets and range(2):
            assert isinstance(await self.websocket.receive(), str)
        return self

    async def send(self, *frames):
        for frame in frames:
            self.websocket.send(frame)

    async def is_closed(self):
        got = await self.websocket.until_closed()
        assert got == [got[-1]], got

    async def hears(self):
        return await self.websocket.receive()
