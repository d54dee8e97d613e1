"""The JavaScript client, served as Node's server serves it: eight files of npm's socket.io-client, and no others.

A wheel carries them in ``realtime/client``; in a checkout they are where npm has put them. They are read once.
"""

import asyncio
import functools
import gzip
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from ..types import Headers, Scope, Send

_PACKAGE = Path(__file__).resolve().parent.parent
_PLACES = (  # where package.json is -> where the files are
    (_PACKAGE / "client", _PACKAGE / "client"),
    (_PACKAGE.parent / "node_modules/socket.io-client", _PACKAGE.parent / "node_modules/socket.io-client/dist"),
)
_SCRIPTS = ("socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js")
# The names a request may say, each with its content type: a request's name looks up here and makes no path.
FILES = {
    **{name: b"application/javascript; charset=utf-8" for name in _SCRIPTS},
    **{f"{name}.map": b"application/json; charset=utf-8" for name in _SCRIPTS},
}
_MISSING = (
    b"The JavaScript client is not installed here. In a checkout, run: npm ci (or python3 manage.py demo). "
    b"A built wheel carries it.\n"
)


class Bundle(NamedTuple):
    """One file, as it is and compressed, and the version of the client it belongs to."""

    plain: bytes
    zipped: bytes
    version: str


async def serve(
    name: str, scope: Scope, send: Send, headers: Mapping[str, str], extra: Iterable[tuple[bytes, bytes]] = ()
) -> bool:
    """Answers a GET or HEAD for a file of the client; False, and nothing sent, when ``name`` is not one of FILES.

    ``headers`` are the request's, in lower case; ``extra`` pairs, CORS for one, are added to the answer. 304 when the
    client has this version; 404 with what to do when the files are not installed.
    """
    if name not in FILES:
        return False
    try:
        bundle = await asyncio.to_thread(load, name)
    except OSError:
        await _send(scope, send, 404, [(b"content-type", b"text/plain; charset=utf-8"), *extra], _MISSING)
        return True
    etag = f'"{bundle.version}"'
    answer = [(b"etag", etag.encode()), (b"cache-control", b"public, max-age=0"), (b"vary", b"Accept-Encoding")]
    if _has(headers.get("if-none-match", ""), etag):
        await _send(scope, send, 304, [*answer, *extra])
        return True
    answer.append((b"content-type", FILES[name]))
    zipped = _takes_gzip(headers.get("accept-encoding", ""))
    if zipped:
        answer.append((b"content-encoding", b"gzip"))
    await _send(scope, send, 200, [*answer, *extra], bundle.zipped if zipped else bundle.plain)
    return True


@functools.cache
def load(name: str) -> Bundle:
    """Reads one of FILES. FileNotFoundError when the client is not installed, which is asked anew every time."""
    for package, files in _PLACES:
        if (files / name).is_file():
            plain = (files / name).read_bytes()
            version = json.loads((package / "package.json").read_bytes())["version"]
            return Bundle(plain, gzip.compress(plain, mtime=0), version)
    raise FileNotFoundError(name)


async def _send(scope: Scope, send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
    if status != 304:  # whose length would be said of the file it stands for (RFC 9110, 8.6)
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _has(if_none_match: str, etag: str) -> bool:
    """The weak comparison of RFC 9110, 13.1.2: a list of tags, or * for any."""
    return if_none_match.strip() == "*" or etag in re.findall(r'"[^"]*"', if_none_match)


def _takes_gzip(accept_encoding: str) -> bool:
    for part in accept_encoding.lower().split(","):
        coding, *parameters = part.replace(" ", "").split(";")
        if coding in ("gzip", "*"):
            return not any(re.fullmatch(r"q=0(\.0*)?", each) for each in parameters)
    return False
