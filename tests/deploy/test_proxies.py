"""The files of deploy/ for nginx and HAProxy, in front of three processes started as the systemd unit says."""

import asyncio
import contextlib
import json
import ssl
from collections import Counter

import aiohttp
import pytest
import websockets

from tests.deploy.parts import NAME, HAProxy, Nginx, Unit, certificate, with_ada
from tests.harness.processes import HOST

pytestmark = pytest.mark.redis
PROXIES = [pytest.param(Nginx, marks=pytest.mark.nginx), pytest.param(HAProxy, marks=pytest.mark.haproxy)]


@pytest.fixture(scope="module")
def units(redis_server, tmp_path_factory):
    """Three processes of the demo, and what they need."""
    directory = tmp_path_factory.mktemp("site")
    database = directory / "db.sqlite3"
    Browser.cookie = with_ada(database)
    changes = {"DATABASE": str(database), "REDIS_URL": redis_server.url}
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Unit(changes)) for _ in range(3)]


@pytest.fixture(scope="module", params=PROXIES)
def proxy(request, units, tmp_path_factory):
    directory = certificate(tmp_path_factory.mktemp("proxy"))
    directory.chmod(0o755)
    with request.param(directory, [unit.port for unit in units]) as running:
        yield running


class Browser:
    """Talks to the proxy as if it were the site, as Ada."""

    cookie = None

    def __init__(self, proxy):
        self.site = f"https://{HOST}:{proxy.port}"

    async def __aenter__(self):
        headers = {"Host": NAME, "Cookie": self.cookie}
        self.session = aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=40))
        return self

    async def __aexit__(self, *_):
        await self.session.close()

    async def see(self, path, **more):
        """Status and text of a page."""
        async with self.session.get(f"{self.site}{path}", ssl=False, allow_redirects=False, **more) as answer:
            return answer.status, await answer.text()

    async def post(self, path, data):
        async with self.session.post(f"{self.site}{path}", ssl=False, data=data) as answer:
            return answer.status


POLLING = "/socket.io/?EIO=4&transport=polling"


def test_the_program_itself_finds_no_fault(proxy):
    checked = proxy.check()
    assert checked.returncode == 0 and "warn" not in (checked.stdout + checked.stderr).lower(), checked.stderr


async def test_pages_come_over_https_alone(proxy):
    async with Browser(proxy) as browser:
        async with browser.session.get(f"http://{HOST}:{proxy.plain}/rooms/", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["location"]) == (301, f"https://{NAME}/rooms/")
        status, page = await browser.see("/")
        assert status == 200 and "csrfmiddlewaretoken" in page
        assert (await browser.see("/socket.io/health"))[0] == 200
        assert (await browser.see("/", headers={"Host": "elsewhere.example"}))[0] == 400


@pytest.mark.parametrize("proxy", PROXIES[:1], indirect=True)
async def test_nginx_serves_the_static_files_itself(proxy):
    async with Browser(proxy) as browser:
        assert (await browser.see("/static/icon.svg"))[0] == 200


async def test_a_polling_session_goes_from_process_to_process(proxy):
    """Round robin: each request goes to another process than the one before."""
    async with Browser(proxy) as browser:
        status, opening = await browser.see(POLLING)
        assert status == 200
        session = f"{POLLING}&sid={json.loads(opening[1:])['sid']}"
        assert await browser.post(session, "40") == 200
        status, packets = await browser.see(session)
        assert status == 200 and packets.startswith("40{")
        for number in range(10):
            assert await browser.post(session, f'42{number}["lobby:join"]') == 200
            status, packets = await browser.see(session)
            assert status == 200 and packets.startswith(f'43{number}[{{"ok":true')


async def test_a_page_of_another_site_may_not_open_a_session(proxy):
    async with Browser(proxy) as browser:
        assert (await browser.see(POLLING, headers={"Origin": "https://elsewhere.example"}))[0] == 403
        assert (await browser.see(POLLING, headers={"Origin": f"https://{NAME}"}))[0] == 200


async def open_websocket(proxy):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    url = f"wss://{NAME}/socket.io/?EIO=4&transport=websocket"
    cookie = {"Cookie": Browser.cookie}
    return await websockets.connect(url, ssl=context, host=HOST, port=proxy.port, additional_headers=cookie)


async def test_restarting_one_process_after_the_other_fails_no_request(units, proxy):
    """Everybody on a websocket is told to come back, finds a process at once, and pages never fail."""
    seen, codes, stop = Counter(), Counter(), asyncio.Event()

    async def look(path):
        async with Browser(proxy) as browser:
            while not stop.is_set():
                seen[path, (await browser.see(path))[0]] += 1
                await asyncio.sleep(0.03)

    async def stay():
        while not stop.is_set():
            async with await open_websocket(proxy) as websocket:
                await websocket.send("40")
                while not stop.is_set():
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(0.2):
                            if await websocket.recv() == "2":
                                await websocket.send("3")

    async def come_back():
        while not stop.is_set():
            try:
                await stay()
            except websockets.ConnectionClosed as closed:
                codes[closed.rcvd and closed.rcvd.code] += 1

    async with asyncio.TaskGroup() as people:
        for work in (look("/"), look(POLLING), *(come_back() for _ in range(6))):
            people.create_task(work)
        await asyncio.sleep(1)
        for unit in units:
            assert await asyncio.to_thread(unit.stop, 30) == 0, unit.log()
            await asyncio.to_thread(unit.start)
        await asyncio.sleep(1)
        stop.set()
    assert {status for _, status in seen} == {200}, seen
    assert set(codes) == {1012} and codes.total() >= 6, codes
    print(f"{type(proxy).__name__}: {dict(seen)}, websockets moved: {codes.total()}")


async def test_no_log_has_the_secret_of_a_session(units, proxy):
    async with Browser(proxy) as browser:
        await browser.see(f"{POLLING}&sid=geheim")
    logs = [proxy.log(), *(unit.log() for unit in units)]
    logs += [path.read_text() for path in proxy.directory.glob("*.log")]
    assert not [log for log in logs if "geheim" in log or "sid=" in log]
