"""``manage.py demo`` as a newcomer runs it: the real command in a process of its own."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from urllib.request import urlopen

import pytest

from tests.harness.processes import ROOT, free_port


def start(database, *arguments, **options):
    """The process of the command. ``options`` are Popen's."""
    alone = [] if "--bots" in arguments else ["--bots", "0"]
    command = [sys.executable, "manage.py", "demo", *map(str, arguments), *alone]
    environment = {**os.environ, "DATABASE": str(database), "PYTHONUNBUFFERED": "1"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options
    )


@contextlib.contextmanager
def demo(database, *arguments, **options):
    """The running command, once it has printed its ready line: (process, lines so far)."""
    process = start(database, *arguments, **options)
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ready: "):
                break
        assert lines and lines[-1].startswith("Ready: "), lines
        yield process, lines
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def database(tmp_path):
    return tmp_path / "demo.sqlite3"


def address(lines):
    return re.search(r"http://127\.0\.0\.1:(\d+)/", lines[-1])


def test_the_ready_line_has_the_address_and_the_logins(database):
    port = free_port()
    with demo(database, "--port", port) as (_, lines):
        assert address(lines)[1] == str(port)
        assert "alice/alice-demo" in lines[-1]
        assert urlopen(address(lines)[0]).status == 200


def test_the_demo_serves_socket_io_and_its_client(database):
    with demo(database, "--port", free_port()) as (_, lines):
        handshake = urlopen(f"{address(lines)[0]}socket.io/?EIO=4&transport=polling").read()
        assert handshake.startswith(b'0{"sid":')
        assert b"Socket.IO v4" in urlopen(f"{address(lines)[0]}socket.io/socket.io.js").read(200)


def test_a_busy_port_is_named_and_the_next_is_taken(database):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = taken.getsockname()[1]
        with demo(database, "--port", busy) as (_, lines):
            assert f"Port {busy} is busy" in "".join(lines)
            assert int(address(lines)[1]) > busy
            assert urlopen(address(lines)[0]).status == 200


def test_nothing_listens_beyond_loopback(database):
    with demo(database, "--port", free_port()) as (process, lines):
        with open("/proc/net/tcp") as table:
            listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
        assert f"0100007F:{int(address(lines)[1]):04X}" in listening
        assert f"00000000:{int(address(lines)[1]):04X}" not in listening


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_control_c_ends_it_cleanly(database, ending):
    with demo(database, "--port", free_port()) as (process, _):
        process.send_signal(ending)
        rest, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert "Traceback" not in rest


def test_control_c_before_it_serves_ends_it_without_a_traceback(database):
    process = start(database, "--port", free_port())
    while not database.exists():  # it makes the tables now
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "Stopped.\n")


def test_control_c_ends_it_in_the_background_of_a_script_too(database):
    """There a shell without job control has SIGINT ignored."""
    ignoring = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
    with demo(database, "--port", free_port(), preexec_fn=ignoring) as (process, _):
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode == 0


def test_a_second_run_keeps_the_database_and_fresh_makes_a_new_one(database):
    import sqlite3

    def visitors():
        with contextlib.closing(sqlite3.connect(database)) as connection:
            return connection.execute("select count(*) from auth_user where username = 'visitor'").fetchone()[0]

    with demo(database, "--port", free_port()):
        pass
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("update auth_user set username = 'visitor' where username = 'bob'")
    with demo(database, "--port", free_port()):
        assert visitors() == 1
    with demo(database, "--port", free_port(), "--fresh"):
        assert visitors() == 0
