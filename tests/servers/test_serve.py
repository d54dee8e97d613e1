"""``manage.py socketio_serve``: what daphne has not, seen from the wire."""

import asyncio
import signal
import socket
import struct
import subprocess
import sys
import time

import aiohttp
import psutil
import pytest
import websockets

from realtime.management.commands.socketio_serve import Command
from tests.harness import ServerProcess
from tests.harness.processes import HOST, ROOT

MIB = 1 << 20


@pytest.fixture
def server(tmp_path):
    trail = tmp_path / "trail"
    trail.touch()
    with ServerProcess("tests.servers.plain_app:application", server="socketio_serve", env={"TRAIL": str(trail)}) as it:
        it.trail = lambda: trail.read_text().splitlines()
        it.memory = lambda: psutil.Process(it.pid).memory_info().rss
        yield it


async def until(true, seconds=10):
    """Waits until it is so."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def exchange(server, request, patience=5.0):
    """What comes back for these bytes of a connection, until it is closed or nothing comes any more."""
    with socket.create_connection((HOST, server.port), timeout=patience) as connection:
        answer = b""
        try:
            connection.sendall(request)
            while piece := connection.recv(65_536):
                answer += piece
        except (TimeoutError, ConnectionResetError):
            pass
        return answer


# -- back-pressure --------------------------------------------------------------------------------------------


async def test_a_websocket_that_reads_nothing_costs_no_memory(server):
    before = server.memory()
    async with websockets.connect(f"{server.ws_url}/flood", max_size=None, max_queue=1) as slow:
        await asyncio.sleep(1.5)
        assert len(server.trail()) < 30, "of 100 MiB, what the kernel takes"
        assert server.memory() - before < 25 * MIB
        received = 0
        async for message in slow:
            received += len(message)
    assert received == 100 * MIB


async def test_ready_frames_are_refused_while_the_client_reads_nothing_and_come_in_order(server):
    async with websockets.connect(f"{server.ws_url}/ready", max_queue=1) as slow:
        await until(lambda: any(line.startswith("refused") for line in server.trail()))
        await asyncio.sleep(0.3)
        told = server.trail()
        number = int(told[-1].removeprefix("refused "))
        assert told[-2:] == ["before False", f"refused {number}"] and number < 2000
        received = [message async for message in slow]
    assert [message[:5] for message in received[:number]] == [f"{n:05d}" for n in range(number)]
    assert received[number:] == [f"refused {number}", "again"]
    await until(lambda: server.trail()[-1].startswith("after"))
    assert server.trail()[-3:] == ["again True", "too large False", "after False"]


async def test_a_page_that_is_not_read_costs_no_memory(server):
    before = server.memory()
    async with aiohttp.ClientSession() as session, session.get(f"{server.url}/download") as slow:
        await asyncio.sleep(1.5)
        assert len(server.trail()) < 30
        assert server.memory() - before < 25 * MIB
        assert len(await slow.read()) == 100 * MIB


async def test_an_application_that_reads_nothing_is_not_filled(server):
    before, sent, most = server.memory(), 0, 0
    async with websockets.connect(f"{server.ws_url}/sleepy") as fast:
        begun = time.monotonic()
        while sent < 60:
            try:
                async with asyncio.timeout(0.5):
                    await fast.send(bytes(900_000))
                sent += 1
            except TimeoutError:
                break
            most = max(most, server.memory())
        assert sent < 60 and time.monotonic() - begun < 3
        assert max(most, server.memory()) - before < 12 * MIB


async def test_a_large_body_is_read_as_it_is_asked_for(server):
    before = server.memory()
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{server.url}/upload", data=bytes(60 * MIB)) as answer:
            size, pieces = (await answer.text()).split()
    assert int(size) == 60 * MIB and int(pieces) > 60
    assert server.memory() - before < 12 * MIB


# -- bodies for the engine ------------------------------------------------------------------------------------

POST = b"POST /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: localhost\r\n"


def test_a_body_over_the_limit_is_refused_by_its_announcement(server):
    begun = time.monotonic()
    assert exchange(server, POST + b"Content-Length: 300000000\r\n\r\n").startswith(b"HTTP/1.1 413")
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize("announced", [b"Content-Length: 300000000", b"Transfer-Encoding: chunked"])
def test_no_more_of_it_is_read_than_the_answer_needs(server, announced):
    before = server.memory()
    with socket.create_connection((HOST, server.port), timeout=5) as connection:
        connection.sendall(POST + announced + b"\r\n\r\n")
        sent = 0
        with pytest.raises((ConnectionError, TimeoutError)):
            while sent < 300 * MIB:
                piece = bytes(MIB)
                connection.sendall(b"100000\r\n" + piece + b"\r\n" if b"chunked" in announced else piece)
                sent += len(piece)
    assert sent < 20 * MIB
    assert server.memory() - before < 5 * MIB


def test_a_body_that_does_not_come_is_not_waited_for(server):
    begun = time.monotonic()
    assert exchange(server, POST + b"Content-Length: 10\r\n\r\nabc").startswith(b"HTTP/1.1 408")
    assert 0.9 < time.monotonic() - begun < 4


# -- websockets -----------------------------------------------------------------------------------------------


async def test_headers_subprotocols_empty_frames_and_close_codes_arrive(server):
    async with websockets.connect(f"{server.ws_url}/manners", subprotocols=["mine", "yours"]) as websocket:
        assert websocket.response.headers.get_all("set-cookie") == ["a=1", "b=2"]
        assert websocket.subprotocol == "mine"
        await websocket.send(b"")
        assert await websocket.recv() == b""
        await websocket.send("close")
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await websocket.recv()
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4321, "as told")


async def test_a_message_that_goes_out_may_be_of_any_size(server):
    async with websockets.connect(f"{server.ws_url}/large", max_size=None) as websocket:
        assert len(await websocket.recv()) == 3 * MIB


async def test_a_handshake_is_refused_with_any_answer(server):
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(f"{server.ws_url}/denied")
    response = refused.value.response
    assert (response.status_code, response.headers["retry-after"], response.body) == (503, "7", b"not today")


@pytest.mark.parametrize("line", [b"Sec-WebSocket-Protocol: \xff\xfe", b"\xff: x", b"X: y"])
@pytest.mark.parametrize("path", [b"/manners", b"/\xff"])
def test_a_handshake_that_is_not_ascii_is_refused_without_a_traceback(server, line, path):
    answer = exchange(
        server,
        b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + line + b"\r\n\r\n",
        patience=1,
    )
    assert answer[9:12] == (b"101" if (line, path) == (b"X: y", b"/manners") else b"400")
    assert "Traceback" not in server.log()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\xf1\x80\0\0\0\0", 1002),  # reserved bits
        (b"\x81\x82\0\0\0\0\xff\xfe", 1007),  # no UTF-8
        (b"\x82\xff" + struct.pack("!Q", 2 * MIB) + bytes(4), 1009),
        (b"\x01\x81" + bytes(5) + b"\x00\x81abcde" * 5000, 1009),  # more fragments than browsers make
    ],
)
def test_a_broken_frame_is_answered_with_a_close_frame(server, frame, code):
    request = (
        b"GET /manners HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection((HOST, server.port), timeout=5) as connection:
        connection.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(65_536)
        connection.sendall(frame)
        close = connection.recv(65_536)
    assert close[0] == 0x88 and struct.unpack("!H", close[2:4]) == (code,)


# -- the end --------------------------------------------------------------------------------------------------


async def test_at_the_end_pages_are_answered_and_plain_websockets_are_closed_with_a_word(server):
    websocket = await websockets.connect(f"{server.ws_url}/manners")
    async with aiohttp.ClientSession() as session:
        page = asyncio.ensure_future(session.get(f"{server.url}/slow_page"))
        await until(lambda: "slow page asked for" in server.trail())
        server.popen.send_signal(signal.SIGTERM)
        assert await (await page).text() == "here it is"
    with pytest.raises(websockets.ConnectionClosed) as closed:
        await websocket.recv()
    assert closed.value.rcvd.code == 1012, server.log()
    assert await asyncio.to_thread(server.popen.wait, 10) == 0
    assert server.trail()[0] == "lifespan.startup"
    assert server.trail()[-2:] == ["disconnect 1012", "lifespan.shutdown"]
    assert "Traceback" not in server.log()


def test_it_tells_systemd_when_it_is_ready_and_when_it_stops(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        told = {"NOTIFY_SOCKET": str(tmp_path / "notify")}
        with ServerProcess("tests.servers.plain_app:application", server="socketio_serve", env=told) as server:
            assert manager.recv(100) == b"READY=1"
            server.popen.send_signal(signal.SIGTERM)
            assert manager.recv(100) == b"STOPPING=1"


def test_the_access_log_keeps_the_secret_of_a_session(server):
    exchange(
        server, b"GET /socket.io/?EIO=4&transport=polling&sid=geheim HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    assert "sid=-" in server.log() and "geheim" not in server.log()


# -- the command ----------------------------------------------------------------------------------------------


def run(*arguments, settings="tests.servers.bare_settings"):
    command = [sys.executable, "manage.py", "socketio_serve", *arguments, f"--settings={settings}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_the_command_has_the_options_of_daphne():
    text = run("--help").stdout
    assert "--unix-socket" in text and "--proxy-headers" in text and "--settings" in text


def test_websocket_messages_may_be_as_large_as_the_settings_say(settings):
    for size, most in ((5_000_000, 5_000_000), (1_000, MIB)):
        settings.SOCKETIO = {"MAX_HTTP_BUFFER_SIZE": size}
        options = Command().create_parser("manage.py", "socketio_serve").parse_args([])
        assert (options.websocket_max_message_size, options.websocket_max_frame_size) == (most, most)


def test_the_command_says_what_is_missing():
    assert "expected ASGI_APPLICATION in settings.py" in run("-p", "0").stderr
