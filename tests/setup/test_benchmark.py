"""The benchmark runs, checks what it gets, and says what it could not measure."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

from tests.harness.processes import ROOT

BENCH = [sys.executable, "manage.py", "bench", "--quick"]


def bench(folder, *arguments):
    """What it exits with, the page, and its figures."""
    command = [*BENCH, "--output", str(folder), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    return done, (folder / "RESULTS.md").read_text(), json.loads((folder / "results.json").read_text())


@pytest.mark.node
def test_one_command_measures_us_and_a_peer_side_by_side(tmp_path):
    done, page, figures = bench(tmp_path, "--subjects", "ours, uvicorn, our class|Node", "--stages", "flows,other")
    assert done.returncode == 0, done.stderr
    for work in ("acked echo, 1 outstanding", "broadcast to 200"):
        assert set(figures[work]) == {"ours, uvicorn, our class", "Node socket.io and ws"}
        assert re.search(rf"\| ours, uvicorn, our class: {work} \| Node socket.io and ws \| \S+x \| [\d.]+x \|", page)
    assert {"polling echo", "acked echo, Engine.IO 3", "emit to 100 from a view"} < set(figures)
    for work, by_subject in figures.items():
        for subject, rounds in by_subject.items():
            assert len(rounds) == 5 and all(rounds), f"{subject} has rounds without a figure of {work}"
    assert (
        "| ours, daphne: broadcast to 200 | floor, daphne | 1.1x | - | not measured: ours, daphne was left out" in page
    )
    assert xml.parse(tmp_path / "plots/echo.svg").getroot().tag.endswith("svg")


def test_a_subject_that_fails_is_named_and_the_others_are_measured(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")  # no node, no npm
    done, page, figures = bench(tmp_path, "--subjects", "floor, uvicorn$|Node", "--stages", "connect,memory")
    assert done.returncode == 1
    assert done.stdout.startswith("# Benchmark results") and "## Not measured" in page
    assert "- Node socket.io and ws, start: " in page
    assert figures["memory at 300 clients"]["floor, uvicorn"][0]["kilobytes"] > 1


def in_session(session):
    """The processes of a session that are alive."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, its = stat.read_text().rpartition(")")[2].split()[:4]
            found += [stat.parent.name] if int(its) == session and state != "Z" else []
    return found


def test_control_c_ends_the_servers_too(tmp_path):
    command = [*BENCH, "--output", str(tmp_path), "--subjects", "^floor, (uvicorn|daphne)$", "--stages", "flows"]
    # A session of its own has the default for SIGINT, which the background of a script does not.
    begun = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    with begun:
        assert "acked echo" in begun.stderr.readline()  # it measures
        assert len(in_session(begun.pid)) > 2
        os.kill(begun.pid, signal.SIGINT)
        begun.communicate(timeout=60)
        assert in_session(begun.pid) == []


def micro(*arguments):
    return subprocess.run([sys.executable, "benchmarks/micro.py", *arguments], cwd=ROOT, capture_output=True, text=True)


def test_the_pure_floors_need_no_more_steps_than_they_did():
    done = micro("--steps")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_pure_floor_that_has_become_slower_is_named(tmp_path):
    kept = json.loads((ROOT / "benchmarks/micro.json").read_text())
    kept["encode an ack"]["steps"] //= 2
    (tmp_path / "micro.json").write_text(json.dumps(kept))
    done = micro("--steps", "--against", str(tmp_path / "micro.json"))
    assert done.returncode == 1
    slower = [line for line in done.stdout.splitlines() if "more than is allowed" in line]
    assert len(slower) == 1 and slower[0].startswith("encode an ack "), done.stdout


def test_clients_come_back_after_a_restart_with_what_they_were(tmp_path):
    done, page, figures = bench(tmp_path, "--subjects", "^ours, uvicorn, our class", "--stages", "restart,micro")
    assert done.returncode == 0, done.stderr
    (once,) = figures["100 clients come back after a restart"]["ours, uvicorn, our class"]
    assert once["recovered"] == 100
    assert "| make a websocket frame | " in page
