import json
import os

import pytest

from tests.clients.fixtures import environment_of
from tests.harness import ServerProcess, node
from tests.harness.processes import ROOT

pytestmark = pytest.mark.node


@pytest.mark.parametrize("version", ["2", "4"], ids=["EIO3", "EIO4"])
def test_the_how_to_works_as_it_is_written(client_database, tmp_path, version):
    media, path, copy = tmp_path / "media", tmp_path / "file", tmp_path / "copy"
    path.write_bytes(os.urandom(1_000_000))
    environment = environment_of(client_database) | {"STREAMS_MEDIA": str(media)}
    with ServerProcess("tests.streams.documented:application", env=environment) as server:
        page = ROOT / "docs/how-to/streams.md"
        said = json.loads(node("tests/streams/js/documented.js", page, version, server.url, path, copy))
    assert said["name"] == f"uploads/{said['sid']}"
    assert said["answer"]["error"]["code"] == "not_found"
    assert path.read_bytes() == copy.read_bytes() == (media / said["name"]).read_bytes()
