"""``manage.py demo`` with its options: simulated people, https, the local network, Redis. Real processes each time."""

import asyncio
import os
import re
import signal
import ssl
import subprocess
import sys
from urllib.request import Request, urlopen

import psutil
import pytest

from tests.bots.visitor import Visitor
from tests.harness.processes import ROOT, free_port
from tests.setup.test_demo import demo
from voiceroom import lan
from voiceroom.management.commands.demo import FILES

KITCHEN = {"Inês Duarte", "Tomás Novák", "Yusuf Kaya"}


@pytest.fixture
def database(tmp_path):
    return tmp_path / "demo.sqlite3"


def address(lines):
    return re.search(r"(https?://127\.0\.0\.1:\d+)/", lines[-1])[1]


def bots_of(process):
    return [child for child in psutil.Process(process.pid).children() if "voiceroom.bots" in child.cmdline()]


# -- simulated people -----------------------------------------------------------------------------------------


async def test_the_simulated_people_sit_down_speak_and_are_heard(database):
    with demo(database, "--port", free_port(), "--bots", 3) as (_, lines):
        async with Visitor(address(lines), "alice", "alice-demo", "kitchen-table") as alice:
            await alice.until(lambda: set(alice.people.values()) >= KITCHEN, seconds=60)
            await alice.until(lambda: len(alice.seated()) >= 2, seconds=60)
            tab = await alice.until(lambda: next((said[0]["tab"] for said in alice.said("media:speaking")), None))
            if tab not in alice.peers:
                await alice.call(tab)
            await alice.until(lambda: tab in alice.tracks)
            assert await alice.hears(tab)


async def test_they_welcome_raise_a_hand_and_get_a_seat_by_it(database):
    with demo(database, "--port", free_port(), "--bots", 3) as (_, lines):
        async with Visitor(address(lines), "bob", "bob-demo", "kitchen-table") as bob:
            await bob.until(lambda: any("Bob Okafor" in said[0]["text"] for said in bob.said("chat:message")))
            await bob.until(lambda: any(news[0].get("hands") for news in bob.said("room:changed")), seconds=120)
            await bob.until(lambda: bob.seated() >= KITCHEN, seconds=120)


async def test_who_a_host_mutes_falls_silent(database):
    with demo(database, "--port", free_port(), "--bots", 1) as (_, lines):
        async with Visitor(address(lines), "alice", "alice-demo", "kitchen-table") as alice:
            await alice.until(lambda: any(said[0]["on"] for said in alice.said("media:speaking")))
            alice.events.clear()
            assert (await alice.ask("seat:mute", 0))["ok"]
            await alice.until(lambda: any(not said[0]["on"] for said in alice.said("media:speaking")), seconds=20)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_they_go_with_the_demo(database, ending):
    with demo(database, "--port", free_port(), "--bots", 2, start_new_session=True) as (process, _):
        (bots,) = bots_of(process)
        assert os.getpgid(bots.pid) != process.pid, "a terminal's Ctrl-C would break them off"
        os.killpg(process.pid, ending)  # as a terminal does it, while they are still coming in
        rest, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert "Traceback" not in rest
        assert not bots.is_running()


def test_they_go_even_when_the_demo_is_killed(database):
    with demo(database, "--port", free_port(), "--bots", 2) as (process, _):
        (bots,) = bots_of(process)
        process.kill()
        bots.wait(timeout=60)


def test_there_is_nobody_without_them(database):
    with demo(database, "--port", free_port(), "--bots", 0) as (process, _):
        assert bots_of(process) == []


# -- https and the local network ------------------------------------------------------------------------------


def trusting():
    return ssl.create_default_context(cafile=FILES / "certificate.pem")


async def test_https_carries_the_pages_and_the_websocket(database):
    with demo(database, "--port", free_port(), "--https", "--bots", 1) as (_, lines):
        url = address(lines)
        assert url.startswith("https://")
        async with Visitor(url, "alice", "alice-demo", "kitchen-table", tls=trusting()) as alice:
            assert alice.state["ok"]
            assert alice.socket.transport() == "websocket"
            await alice.until(alice.seated, seconds=60)


def test_the_certificate_is_believed_by_who_knows_it_only(database):
    with demo(database, "--port", free_port(), "--https") as (_, lines):
        assert urlopen(f"{address(lines)}/login/", context=trusting()).status == 200
        with pytest.raises(OSError, match="certificate verify failed"):
            urlopen(f"{address(lines)}/login/", context=ssl.create_default_context())


def test_lan_serves_this_network_with_a_secret_of_its_own(database):
    if lan.address() is None:
        pytest.skip("this machine is in no network")
    port = free_port()
    with demo(database, "--port", port, "--lan") as (process, lines):
        there = f"https://{lan.address()}:{port}"
        assert f"In this network: {there}/" in "".join(lines)
        assert urlopen(f"{there}/login/", context=trusting()).status == 200
        origin = Request(f"{there}/socket.io/?EIO=4&transport=polling", headers={"Origin": there})
        assert urlopen(origin, context=trusting()).read().startswith(b'0{"sid":')
        environment = psutil.Process(process.pid).environ()
        assert environment["SECRET_KEY"] == lan.secret(FILES)
        assert lan.address() in environment["ALLOWED_HOSTS"]


def test_a_certificate_is_kept_until_it_does_not_fit(tmp_path):
    first = [path.read_bytes() for path in lan.certificate(tmp_path, ["localhost", "127.0.0.1"])]
    again = [path.read_bytes() for path in lan.certificate(tmp_path, ["127.0.0.1", "localhost"])]
    other = [path.read_bytes() for path in lan.certificate(tmp_path, ["localhost", "192.0.2.7"])]
    assert again == first
    assert other != first
    assert (tmp_path / "key.pem").stat().st_mode & 0o077 == 0


# -- Redis ----------------------------------------------------------------------------------------------------


def announce(process):
    """Says something from another process with the environment of this one."""
    code = "from realtime import namespace; namespace('/rooms/kitchen-table').emit('news', 'tea')"
    command = [*process.args[:2], "shell", "-v", "0", "-c", code]
    subprocess.run(command, cwd=ROOT, env=psutil.Process(process.pid).environ(), check=True, timeout=60)


@pytest.mark.redis
async def test_redis_carries_the_broadcasts(database, redis_server):
    with demo(database, "--port", free_port(), "--redis", redis_server.url) as (process, lines):
        assert psutil.Process(process.pid).environ()["REDIS_URL"] == redis_server.url
        async with Visitor(address(lines), "alice", "alice-demo", "kitchen-table") as alice:
            await asyncio.to_thread(announce, process)
            await alice.until(lambda: alice.said("news") == [["tea"]])


def test_a_redis_that_does_not_answer_is_named(database):
    command = ["manage.py", "demo", "--redis", f"redis://127.0.0.1:{free_port()}/0"]
    ran = run(command, database)
    assert ran.returncode == 1
    assert "No Redis answers there" in ran.stderr and "Traceback" not in ran.stderr


def run(command, database):
    environment = {**os.environ, "DATABASE": str(database)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True)
