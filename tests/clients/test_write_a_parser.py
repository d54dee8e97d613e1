"""docs/how-to/write-a-parser.md does what it says: its two files, as they stand there, talk to each other."""

import json
import os
import re

import pytest

from tests.clients.cells import TRANSPORTS, Cells
from tests.clients.fixtures import environment_of
from tests.harness import ServerProcess
from tests.harness.node import PACKAGES, node
from tests.harness.processes import ROOT

pytestmark = pytest.mark.node

PAGE = (ROOT / "docs/how-to/write-a-parser.md").read_text()
FILES = dict(re.findall(r"```(?:python|js)\n(?:#|//) (\S+)\n(.*?)```", PAGE, re.DOTALL))
CHECKS = (
    "several arguments of every JSON type come back",
    "a second namespace has its token from auth or query",
    "a refused connection gets its message and its data",
    "leaving a namespace leaves the other one alone",
    "the server acknowledges without arguments",
    "a hundred acks at once find their questions",
    "text means the same on both sides",
)


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """A directory with the files of the page, and the packages that it installs."""
    directory = tmp_path_factory.mktemp("parser")
    for name in ("cbor_parser.py", "cbor-parser.mjs"):
        (directory / name).write_text(FILES[name])
    (directory / "node_modules").symlink_to(PACKAGES)
    return directory


@pytest.fixture(scope="module")
def served(directory, client_database):
    settings = {}
    exec(FILES["settings.py"], settings)
    environment = environment_of(client_database, parser=settings["SOCKETIO"]["PARSER"])
    environment["PYTHONPATH"] = os.pathsep.join([str(directory), os.environ.get("PYTHONPATH", "")])
    with ServerProcess("tests.clients.app:application", env=environment) as server:
        yield server


@pytest.fixture(scope="module")
def cells(served, directory):
    wanted = [("daphne", served.url, "4", transport, CHECKS) for transport in TRANSPORTS]
    running = Cells(wanted, CHECK_SECONDS="15", CLIENT_PARSER=str(directory / "cbor-parser.mjs"))
    yield running
    running.close()


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("title", CHECKS)
def test_the_parser_of_the_page_works(cells, transport, title):
    result = cells.result("daphne", "4", transport, title)
    assert result["ok"], result["error"]


def test_bytes_and_dates_arrive_as_what_they_are(served, directory):
    said = node("tests/clients/js/dates.js", served.url, directory / "cbor-parser.mjs")
    assert json.loads(said) == {"date": "Date 2026-01-01T00:00:00.000Z", "bytes": [0, 255]}


def test_garbage_is_the_clients_fault(directory, monkeypatch):
    monkeypatch.syspath_prepend(directory)
    from cbor_parser import CBORParser

    from realtime.exceptions import EncodeError, PacketError
    from realtime.socketio.packet import Packet, PacketType

    parser = CBORParser()
    for frame in (b"", b"\xff", b"\x01", b"\x84" * 200, b"\x84\x02\x61/\x81\x61x", '2["x"]', b"\x84\x02\x61/\x80\xf6"):
        with pytest.raises(PacketError):
            parser.decoder().add(frame)
    with pytest.raises(EncodeError):
        parser.encode(Packet(PacketType.EVENT, "/", ["x", object()]))
