"""SIGTERM under every server: what was received is answered, clients are closed with a word, the process is gone."""

import asyncio
import json
import signal
import time

import aiohttp
import pytest
import websockets

from tests.harness import ServerProcess
from tests.harness.processes import SERVERS

ARGUMENTS = {"hypercorn": ["--workers", "0"]}  # its worker processes hear of no signal
CODES = {"daphne": 1000}  # it lets applications say no other
APPLICATION = "tests.servers.stopping_app:application"
brief = pytest.mark.parametrize("server", ["socketio_serve", "uvicorn"], indirect=True)


@pytest.fixture
def options():
    """Of the engine."""
    return {}


@pytest.fixture(params=SERVERS)
def server(request, tmp_path, options):
    trail = tmp_path / "trail"
    trail.touch()
    name, env = request.param, {"TRAIL": str(trail), "OPTIONS": json.dumps(options)}
    with ServerProcess(APPLICATION, server=name, args=ARGUMENTS.get(name, []), env=env) as running:
        running.code = CODES.get(name, 1012)
        running.trail = lambda: trail.read_text().splitlines()
        yield running


class Client:
    """A client on a websocket that shows what is on the wire."""

    @classmethod
    async def connect(cls, server):
        self = cls()
        self.websocket = await websockets.connect(f"{server.ws_url}/socket.io/?EIO=4&transport=websocket")
        await self.websocket.recv()
        await self.websocket.send("40")
        await self.websocket.recv()
        return self

    async def emit(self, id, *args):
        await self.websocket.send(f"42{id}{json.dumps(args)}")

    async def rest(self):
        """The frames until the end, and the code of the close frame."""
        frames = []
        try:
            async with asyncio.timeout(20):
                while True:
                    frames.append(await self.websocket.recv())
        except websockets.ConnectionClosed as closed:
            return frames, closed.rcvd and closed.rcvd.code


async def ended(server):
    """The seconds that the process went on."""
    begun = time.monotonic()
    await asyncio.to_thread(server.popen.wait, 25)
    return time.monotonic() - begun


async def test_what_was_received_is_answered_and_the_client_is_told_to_come_back(server):
    clients = [await Client.connect(server) for _ in range(3)]
    await clients[0].emit(1, "slow", 0.4, 1)
    await clients[0].emit(2, "slow", 0.1, 2)
    await clients[1].emit(3, "beside", 0.5, 3)
    await clients[2].emit(4, "slow", 0, 4)
    assert await clients[2].websocket.recv() == "434[4]"
    server.popen.send_signal(signal.SIGTERM)
    ends = await asyncio.gather(*(client.rest() for client in clients))
    assert ends == [(["431[1]", "432[2]"], server.code), (["433[3]"], server.code), ([], server.code)]
    assert await ended(server) < 9  # granian does not say that a websocket is closed: LINGER seconds
    assert server.trail()[0] == "slow 4" and "stopping 3" in server.trail()
    assert server.trail().count("disconnect server shutting down gone") == 3


@brief
async def test_what_arrives_late_is_not_done_in_secret(server):
    """A client that never rests is told all the same, and what is not answered was not done."""
    client = await Client.connect(server)
    await client.emit(1, "slow", 0.2, 1)
    server.popen.send_signal(signal.SIGTERM)
    answered, sent = set(), 1
    with pytest.raises(websockets.ConnectionClosed):
        while True:
            sent += 1
            await client.emit(sent, "slow", 0.05, sent)
            try:
                async with asyncio.timeout(0.02):
                    answered.add(await client.websocket.recv())
            except TimeoutError:
                pass
    frames, code = await client.rest()
    assert code == server.code
    done = [line.split()[1] for line in server.trail() if line.startswith("slow")]
    assert {f"43{number}[{number}]" for number in done} == answered | set(frames)
    assert 0 < len(done) < sent


@brief
@pytest.mark.parametrize("options", [{"disconnect_timeout": 3, "stop_timeout": 20}])
async def test_a_handler_that_does_not_end_is_cut_short_and_the_goodbye_still_runs(server):
    """It had DISCONNECT_TIMEOUT while the client was there; as long again would leave none for the goodbye."""
    client, idle = await Client.connect(server), await Client.connect(server)
    await client.emit(1, "slow", 30, 1)
    await asyncio.sleep(0.2)
    begun = time.monotonic()
    server.popen.send_signal(signal.SIGTERM)
    assert await client.rest() == ([], server.code)
    assert await idle.rest() == ([], server.code)
    await ended(server)
    assert time.monotonic() - begun < 5.5
    assert server.trail().count("disconnect server shutting down gone") == 2
    assert "WARNING" not in server.log() and "did not" not in server.log()


@brief
async def test_a_call_of_the_server_gets_its_answer(server):
    client = await Client.connect(server)
    await client.emit(1, "ask", 7)
    question = await client.websocket.recv()
    server.popen.send_signal(signal.SIGTERM)
    await asyncio.sleep(0.3)
    await client.websocket.send(f"43{question[2 : question.index('[')]}[8]")
    assert await client.rest() == (["431[8]"], server.code)


@pytest.mark.parametrize("server", [name for name in SERVERS if name != "uvicorn-ready"], indirect=True)
async def test_polls_are_answered_and_new_sessions_go_elsewhere(server):
    url = f"{server.url}/socket.io/?EIO=4&transport=polling"
    slow = await Client.connect(server)
    async with aiohttp.ClientSession() as session:

        async def get(more=""):
            async with session.get(url + more) as answer:
                return answer.status, await answer.text()

        _, opening = await get()
        sid = "&sid=" + json.loads(opening[1:])["sid"]
        await session.post(url + sid, data="40")
        assert (await get(sid))[1].startswith("40")
        waiting = asyncio.ensure_future(get(sid))
        await slow.emit(1, "slow", 1, 1)
        await asyncio.sleep(0.2)
        async with session.get(f"{server.url}/socket.io/health") as health:
            assert (health.status, await health.json()) == (200, {"status": "ok", "layer": "ok"})
        server.popen.send_signal(signal.SIGTERM)
        assert await waiting == (200, "6")  # not the close packet, after which Python clients stay away
        async with session.get(f"{server.url}/socket.io/health") as health:
            assert (health.status, await health.json()) == (503, {"status": "stopping", "layer": "ok"})
        assert (await get()) == (503, '{"code":3,"message":"Server is stopping"}')
        assert await slow.rest() == (["431[1]"], server.code)
    assert await ended(server) < 9  # granian does not say that a websocket is closed: LINGER seconds


@brief
async def test_a_second_signal_does_not_wait(server):
    client = await Client.connect(server)
    await client.emit(1, "slow", 30, 1)
    await asyncio.sleep(0.2)
    for _ in range(2):
        server.popen.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
    assert await ended(server) < 9
