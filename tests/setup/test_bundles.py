"""The JavaScript client: what the server answers for its eight files, and that a wheel carries them."""

import asyncio
import gzip
import json
import subprocess
import sys
import zipfile

import pytest

from realtime.engine import bundles
from tests.harness.processes import ROOT

INSTALLED = ROOT / "node_modules" / "socket.io-client"
VERSION = json.loads((ROOT / "package-lock.json").read_text())["packages"]["node_modules/socket.io-client"]["version"]


async def get(name, method="GET", extra=(), **headers):
    sent = []

    async def send(message):
        sent.append(message)

    named = {key.replace("_", "-"): value for key, value in headers.items()}
    served = await bundles.serve(name, {"type": "http", "method": method}, send, named, extra)
    if not served:
        assert not sent
        return None
    start, body = sent
    return start["status"], dict(start["headers"]), body["body"]


@pytest.mark.parametrize("name", bundles.FILES)
async def test_each_of_the_eight_files_is_served_as_npm_has_it(name):
    status, headers, body = await get(name)
    assert (status, body) == (200, (INSTALLED / "dist" / name).read_bytes())
    assert headers[b"etag"] == f'"{VERSION}"'.encode()
    assert headers[b"cache-control"] == b"public, max-age=0"
    assert headers[b"content-length"] == str(len(body)).encode()
    kind = b"application/json" if name.endswith(".map") else b"application/javascript; charset=utf-8"
    assert headers[b"content-type"].startswith(kind)


@pytest.mark.parametrize("name", ["", "socket.io.mjs", "package.json", "../package.json", "socket.io.js/", "%2e%2e"])
async def test_no_other_name_is_served(name):
    assert await get(name) is None


@pytest.mark.parametrize("tags", ['"{}"', 'W/"{}"', '"1.0.0", W/"{}"', "*"])
async def test_a_client_that_has_the_version_gets_304_without_a_body(tags):
    status, headers, body = await get("socket.io.js", if_none_match=tags.format(VERSION))
    assert (status, body) == (304, b"")
    assert headers[b"etag"] == f'"{VERSION}"'.encode()
    assert b"content-length" not in headers


@pytest.mark.parametrize("tags", ['"4.0.0"', 'W/"4.0.0"', VERSION, ""])
async def test_a_client_that_has_another_version_gets_the_file(tags):
    assert (await get("socket.io.js", if_none_match=tags))[0] == 200


@pytest.mark.parametrize("accepted", ["gzip", "deflate, gzip;q=0.5", "*", "GZIP"])
async def test_the_file_is_compressed_for_those_who_accept_it(accepted):
    _, headers, body = await get("socket.io.min.js", accept_encoding=accepted)
    assert headers[b"content-encoding"] == b"gzip"
    assert headers[b"content-length"] == str(len(body)).encode()
    assert gzip.decompress(body) == (INSTALLED / "dist" / "socket.io.min.js").read_bytes()


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br"])
async def test_the_file_is_plain_for_those_who_do_not(accepted):
    _, headers, _ = await get("socket.io.min.js", accept_encoding=accepted)
    assert b"content-encoding" not in headers
    assert headers[b"vary"] == b"Accept-Encoding"


async def test_head_has_the_headers_and_no_body():
    status, headers, body = await get("socket.io.js", method="HEAD")
    assert (status, body) == (200, b"")
    assert headers[b"content-length"] == str((INSTALLED / "dist" / "socket.io.js").stat().st_size).encode()


async def test_headers_of_the_caller_are_added():
    _, headers, _ = await get("socket.io.js", extra=[(b"access-control-allow-origin", b"*")])
    assert headers[b"access-control-allow-origin"] == b"*"


async def test_where_the_client_is_not_installed_the_answer_says_what_to_run(tmp_path, monkeypatch):
    monkeypatch.setattr(bundles, "_PLACES", ((tmp_path, tmp_path),))
    bundles.load.cache_clear()
    status, headers, body = await get("socket.io.js")
    assert status == 404
    assert b"npm ci" in body


async def test_many_at_once_get_the_same_file():
    bundles.load.cache_clear()
    answers = await asyncio.gather(*(get("socket.io.js") for _ in range(20)))
    assert len({body for _, _, body in answers}) == 1


@pytest.mark.parametrize("source", ["--wheel", "--sdist"])
def test_a_built_package_carries_the_eight_files_its_types_and_its_plugin(tmp_path, source):
    both = ["--wheel"] if source == "--wheel" else []  # without it: a source distribution, and a wheel from that
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path), *both, str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    asked = (
        "import asyncio; from realtime.engine import bundles; print(*{bundles.load(n).version for n in bundles.FILES})"
    )
    ran = subprocess.run([sys.executable, "-c", asked], cwd=tmp_path / "installed", capture_output=True, text=True)
    assert ran.stdout.strip() == VERSION, ran.stderr
    assert (tmp_path / "installed/realtime/py.typed").exists()
    (entries,) = tmp_path.glob("installed/*.dist-info/entry_points.txt")
    assert "[pytest11]\nrealtime.pytest_plugin = realtime.pytest_plugin" in entries.read_text()
