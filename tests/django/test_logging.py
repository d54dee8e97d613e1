import json
import logging
import logging.config
import re
from pathlib import Path

import pytest
import redis.exceptions
from channels.routing import ProtocolTypeRouter

from realtime import EngineIO, NamespaceConsumer, on
from realtime.adapter import hubs
from realtime.logs import NAMES, Fields, because, chosen, obey
from realtime.testing import EngineCommunicator
from tests.harness import ServerProcess, node

PAGE = (Path(__file__).resolve().parents[2] / "docs/how-to/logging.md").read_text()
ABOVE = [logging.INFO, logging.WARNING, logging.ERROR]


class Lively(NamespaceConsumer):
    async def connect(self, auth):
        await self.join("lobby")

    @on("say")
    async def say(self, text):
        await self.emit("said", text)
        await self.server.to("lobby").emit("heard", text, self.sid)
        await self.leave("lobby")
        return text

    @on("fail")
    async def fail(self, text):
        raise RuntimeError("on purpose")


async def live(revision, path="/"):
    """A whole life of a client; its transport's id."""
    application = EngineIO(ProtocolTypeRouter({"socketio": Lively.as_asgi()}), check_origin=lambda *args: True)
    client = EngineCommunicator(application, revision=revision, headers=[(b"cookie", b"sessionid=c00kie")])
    await client.open()
    socket = await client.upgrade()
    if revision == 4:
        await socket.send('40{"token":"t0ken"}')
    await socket.send('420["say","pay load"]', '421["fail","pay load"]')
    while not (await socket.receive()).startswith("431"):
        pass
    await socket.send("4nonsense")
    await socket.send('42["say","pay load"]')
    await socket.close()
    return client.sid


@pytest.mark.parametrize("revision", [4, 3])
async def test_at_debug_everything_is_told_but_no_transport_id_no_cookie_and_no_auth(caplog, revision):
    with caplog.at_level(logging.DEBUG, "realtime"):
        sid = await live(revision)
    told = "".join(f"{record.getMessage()} {vars(record)}\n" for record in caplog.records)
    assert "<- event ['say', 'pay load']" in told and "-> emit ['said', 'pay load']" in told
    assert "-> ack 0 ['pay load']" in told and "join ['lobby']" in told and "broadcast ['heard'" in told
    for secret in (sid, "c00kie", "t0ken"):
        assert secret not in told


@pytest.mark.parametrize("revision", [4, 3])
async def test_above_debug_no_payload_is_told(caplog, revision):
    with caplog.at_level(logging.DEBUG, "realtime"):
        await live(revision)
    told = [record.getMessage() for record in caplog.records if record.levelno in ABOVE]
    assert [text for text in told if text in ("session opened", "connected")] == ["session opened", "connected"]
    assert any(text.startswith("'fail' failed in namespace '/'") for text in told)
    assert any(text.startswith("client closed: ") for text in told)
    assert {"disconnected: forced close", "session closed: forced close"} <= set(told)
    assert not [text for text in told if "pay load" in text or "lobby" in text]


async def test_records_about_a_socket_have_its_fields(caplog):
    with caplog.at_level(logging.DEBUG, "realtime"):
        await live(4)
    records = [record for record in caplog.records if record.name in ("realtime.socket", "realtime.consumers")]
    assert len({record.sid for record in records}) == 1
    assert {(record.namespace, record.user) for record in records} == {("/", None)}
    assert all(hasattr(record, "sid") for record in caplog.records if record.name == "realtime.engine")


async def test_who_does_not_ask_for_debug_pays_nothing():
    logging.getLogger("realtime").setLevel(logging.INFO)
    try:
        await live(4)
        assert not any("broadcast" in vars(hub) for hub in hubs() if hub.loop.is_running())
    finally:
        logging.getLogger("realtime").setLevel(logging.NOTSET)


def test_the_documented_configuration_works(capsys):
    names = {}
    exec(re.search(r"```python\n(.*?)```", PAGE, re.S)[1], names)
    logger = logging.getLogger("realtime")
    before = logger.handlers[:], logger.level
    try:
        logging.config.dictConfig(names["LOGGING"])
        logging.getLogger("realtime.engine").info("session opened")
        logging.getLogger("realtime.socket").info("connected", extra={"sid": "abc", "namespace": "/chat", "user": "7"})
        lines = capsys.readouterr().err.splitlines()
        assert lines == [
            "INFO realtime.engine - - user=- session opened",
            "INFO realtime.socket /chat abc user=7 connected",
        ]
    finally:
        logger.handlers[:], logger.level = before


def test_the_page_names_the_loggers_as_they_are():
    table = PAGE.partition("| Name | Logger |")[2]
    assert dict(re.findall(r"^\| `(\S+)` \| `(\S+)` \|", table, re.M)) == NAMES


# -- DEBUG ----------------------------------------------------------------------------------------------------

VALUES = [
    "socket.io*", "socket.io:*", "engine", "engine*", "*", "socket.io*,-socket.io-adapter", "*,-engine,-socket.io:*",
    "socket.io:socket socket.io-adapter", "-socket.io*", "-*,engine", "", " , ", "socket.io", "True", "1", "s*t.i*r",
    "socket_io*", "SOCKET.IO*", "-", "socket.io.*", "*:socket", "**",
]  # fmt: skip


@pytest.mark.node
def test_patterns_mean_what_they_mean_to_npms_debug():
    said = node("tests/clients/js/debug.js", json.dumps(list(NAMES)), *VALUES).splitlines()
    assert {value: chosen(value) for value in VALUES} == dict(zip(VALUES, map(json.loads, said), strict=True))


def test_asking_twice_shows_each_line_once(capsys):
    logger = logging.getLogger("realtime.streams")
    before = logger.handlers[:], logger.level
    try:
        for _ in range(2):
            obey("socket.io-stream")
        logger.debug("pushed %s", 1)
        assert len(logger.handlers) == len(before[0]) + 1
    finally:
        logger.handlers[:], logger.level = before


@pytest.mark.parametrize(
    "error, line",
    [
        (redis.exceptions.ResponseError("WRONGTYPE Operation"), "ResponseError: WRONGTYPE Operation"),
        (TimeoutError(), "TimeoutError"),
        (ValueError("a\r\nb\x1b"), "ValueError: a\\r\\nb\\x1b"),
        (ValueError("x" * 1000), "ValueError: " + "x" * 288),
    ],
)
def test_an_error_is_told_in_one_line_with_its_words(error, line):
    assert because(error) == line


def test_the_filter_fills_in_what_a_record_lacks():
    record = logging.makeLogRecord({"msg": "x", "user": None, "sid": "abc"})
    assert Fields().filter(record) and (record.sid, record.namespace, record.user) == ("abc", "-", "-")


@pytest.mark.node
@pytest.mark.parametrize("value, shown", [("socket.io*", True), ("1", False)])
def test_the_variable_makes_a_server_tell(value, shown):
    environment = {"DJANGO_SETTINGS_MODULE": "tests.clients.settings", "DEBUG": value}
    with ServerProcess("tests.clients.app:application", env=environment) as server:
        node("tests/clients/js/hello.js", "4", server.url)
        lines = re.findall(r"  socket\.io:socket / \S{20} (.*) \+\d+ms", server.log())
    assert lines[:1] == (["<- connect"] if shown else [])
    assert ("<- event ['ack', 'hello']" in lines) is shown
