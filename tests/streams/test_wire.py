"""The wire of streams, spelt out, and what a client may not do on it. In memory."""

import asyncio
import json

import pytest

from realtime import EngineIO, NamespaceConsumer, on
from realtime.metrics import counters
from realtime.schema.types import Types
from realtime.streams import Stream, StreamError, StreamsMixin
from realtime.testing import EngineCommunicator


class Files(StreamsMixin, NamespaceConsumer):
    @on("read", concurrent=True)
    async def on_read(self, stream, *rest):
        return b"".join([chunk async for chunk in stream]).decode()

    @on("keep")
    async def on_keep(self, *streams):
        self.data["kept"] = streams

    @on("save", concurrent=True)
    async def on_save(self, stream, size):
        return await stream.save("x", None, size=size)

    @on("pull")
    async def on_pull(self):
        stream = self.create_stream()
        await self.emit("file", {"here": stream})
        try:
            await stream.write(b"one")
        except StreamError as error:
            return error.message
        await stream.end()

    @on("typed")
    async def on_typed(self, stream: Stream, size: int):
        return [type(stream).__name__, size]

    @on("again")
    async def on_again(self):
        stream = self.create_stream()
        await self.emit("file", stream)
        try:
            await self.emit("file", stream)
        except ValueError as error:
            return str(error)

    @on("other")
    async def on_other(self):
        return [len(self._wire.open), type(self.data.get("kept")).__name__]


class Plain(NamespaceConsumer):
    @on("*")
    async def other(self, event, *args):
        return [event, *args]


@pytest.fixture(params=[4, 3], ids=["EIO4", "EIO3"])
async def client(request):
    application = EngineIO(Files.as_asgi(), max_streams=3, max_stream_chunk=1000, check_origin=lambda *args: True)
    client = EngineCommunicator(application, revision=request.param)
    socket = await client.websocket()
    if request.param == 4:
        await socket.send("40")
    await socket.receive()
    yield socket
    if socket.code is None:
        await socket.close()


async def heard(socket, *expected):
    """What it hears next, in any order: texts, or bytes."""
    frames = []
    async with asyncio.timeout(2):
        while len(frames) < len(expected):
            frame = await socket.receive()
            if frame not in ("2", "3"):
                frames.append(frame)
    assert sorted(map(str, frames)) == sorted(map(str, expected))


def event(*args, id=""):
    return f"42{id}{json.dumps(args, separators=(',', ':'))}"


def announce(name, *ids, id=""):
    return event("$stream", name, *({"$stream": each} for each in ids), id=id)


async def write(socket, id, chunk, number):
    await socket.send(f'451-{number}["$stream-write","{id}",{{"_placeholder":true,"num":0}},"buffer"]', chunk)


async def test_a_stream_is_read_by_credit_and_acknowledged_chunk_by_chunk(client):
    await client.send(announce("read", "a", id=1))
    await heard(client, event("$stream-read", "a", 65536))
    await write(client, "a", b"hello ", 2)
    await heard(client, "432[]", event("$stream-read", "a", 65536))
    await write(client, "a", b"world", 3)
    await heard(client, "433[]", event("$stream-read", "a", 65536))
    await client.send(event("$stream-end", "a"))
    await heard(client, event("$stream-end", "a"), '431["hello world"]')


async def test_a_stream_of_ours_waits_for_credit(client):
    await client.send(event("pull", id=1))
    frame = await client.receive()
    name, kind, argument = json.loads(frame[2:])
    id = argument["here"]["$stream"]
    assert (name, kind, argument) == ("$stream", "file", {"here": {"$stream": id}})
    await client.send(event("$stream-read", id, 16384))
    header = await client.receive()
    head, _, rest = header.partition("[")
    assert json.loads("[" + rest) == ["$stream-write", id, {"_placeholder": True, "num": 0}, "buffer"]
    assert await client.receive() == b"one"
    await client.send(f"43{head.partition('-')[2]}[]")
    await heard(client, event("$stream-end", id), "431[]")


async def test_a_chunk_that_the_client_did_not_take_is_an_error(client):
    await client.send(event("pull", id=1))
    id = json.loads((await client.receive())[2:])[2]["here"]["$stream"]
    await client.send(event("$stream-read", id, 1))
    head = (await client.receive()).partition("[")[0]
    await client.receive()
    await client.send(f'43{head.partition("-")[2]}["invalid stream id: {id}"]')
    await heard(client, f'431["the client did not take it: invalid stream id: {id}"]')


NO_BYTES = ["5", "null", '{"a":1}', '"x","utf16"', '"!","base64"', '"\\ud800","utf8"']
UNASKED = "a chunk that nobody asked for"


@pytest.mark.parametrize(
    "chunk, problem",
    [
        *((chunk, "expected bytes") for chunk in NO_BYTES),
        ('"' + "x" * 1001 + '","utf8"', "a chunk of more than 1000 bytes"),
    ],
)
async def test_a_chunk_that_is_none_breaks_the_stream(client, chunk, problem):
    before = counters["streams_broken"]
    await client.send(announce("read", "a", id=1))
    await heard(client, event("$stream-read", "a", 65536))
    await client.send(f'422["$stream-write","a",{chunk}]')
    error = json.dumps({"error": {"code": "stream_error", "message": problem}}, separators=(",", ":"))
    await heard(client, f'432["{problem}"]', event("$stream-error", "a", problem), f"431[{error}]")
    assert counters["streams_broken"] == before + 1


async def test_who_writes_without_being_asked_is_broken_off_so_that_nothing_piles_up(client):
    await client.send(announce("keep", "a"))
    await write(client, "a", b"x", 2)
    await heard(client, f'432["{UNASKED}"]', event("$stream-error", "a", UNASKED))
    await write(client, "a", b"x", 3)
    await heard(client, '433["invalid stream id: a"]')


async def test_too_many_streams_are_refused_together_with_their_event(client):
    await client.send(announce("keep", "a", "b"))
    await client.send(announce("keep", "c", "d", id=1))
    refusal = {"error": {"code": "stream_refused", "message": "Too many streams"}}
    await heard(
        client,
        event("$stream-error", "d", "Too many streams"),
        event("$stream-error", "c", "Too many streams"),
        f"431[{json.dumps(refusal, separators=(',', ':'))}]",
    )
    await client.send(event("other", id=2))
    await heard(client, '432[[2,"tuple"]]')


async def test_an_id_in_use_is_refused_and_the_stream_that_has_it_goes_on(client):
    await client.send(announce("keep", "a"))
    await client.send(announce("keep", "a"))
    await heard(client, event("$stream-error", "a", "Decoded stream already exists: a"))
    await client.send(event("other", id=2))
    await heard(client, '432[[1,"tuple"]]')


HOSTILE = [
    '["$stream"]',
    '["$stream",null]',
    '["$stream",{"$stream":"a"}]',
    '["$stream","$stream",1]',
    '["$stream","$stream-read"]',
    '["$stream","keep",{"$stream":5}]',
    '["$stream","keep",{"$stream":["a"]}]',
    '["$stream","keep",{"$stream":{"$stream":"a"}}]',
    '["$stream","keep",{"$stream":"' + "a" * 101 + '"}]',
    '["$stream","__class__",{"$stream":"q","options":7}]',
    '["$stream","keep",{"$stream":true}]',
    '["$stream-read"]',
    '["$stream-read",5]',
    '["$stream-read",null,1]',
    '["$stream-read","nobody",1]',
    '["$stream-write"]',
    '["$stream-write",{}]',
    '["$stream-write","nobody"]',
    '["$stream-write",["nobody"],5]',
    '["$stream-end"]',
    '["$stream-end",[]]',
    '["$stream-end","nobody"]',
    '["$stream-error"]',
    '["$stream-error","nobody",{}]',
    '["$stream-error",7,7]',
]


@pytest.mark.parametrize("body", HOSTILE)
@pytest.mark.parametrize("id", ["", "7"])
async def test_what_the_wire_does_not_allow_changes_nothing(client, caplog, body, id):
    await client.send(f"42{id}{body}", event("other", id=99))
    async with asyncio.timeout(2):
        while not (frame := await client.receive()).startswith("4399"):
            assert frame.startswith(("437", '42["$stream-error"')), frame
    assert frame == '4399[[0,"NoneType"]]' or "__class__" in body
    assert not [record for record in caplog.records if record.levelname in ("ERROR", "WARNING")]


@pytest.mark.parametrize("size", ["10", -1, True, 1.5, [1]])
async def test_a_size_that_is_none_is_an_error_ack(client, size):
    await client.send(event("$stream", "save", {"$stream": "a"}, size, id=1))
    error = {"error": {"code": "stream_size", "message": "expected a size in bytes"}}
    await heard(
        client,
        event("$stream-error", "a", "expected a size in bytes"),
        f"431[{json.dumps(error, separators=(',', ':'))}]",
    )


@pytest.mark.parametrize("arguments", [["save", {"$stream": "a"}], ["nobody", {"$stream": "a"}]])
async def test_an_event_that_finds_no_handler_breaks_its_streams_off(client, arguments):
    await client.send(event("$stream", *arguments))
    frame = await client.receive()
    assert json.loads(frame[2:])[:2] == ["$stream-error", "a"]


async def test_an_end_that_comes_before_the_stream_counts(client):
    await client.send(event("$stream-end", "a"), announce("read", "a", id=1))
    await heard(client, event("$stream-end", "a"), '431[""]')


async def test_a_stream_is_sent_once(client):
    await client.send(event("again", id=1))
    assert (await client.receive()).startswith('42["$stream"')
    await heard(client, '431["this stream has been sent already, or is another socket\'s"]')


async def test_a_client_that_speaks_before_it_is_let_in_is_understood_all_the_same():
    application = EngineIO(Files.as_asgi(), check_origin=lambda *args: True)
    client = EngineCommunicator(application, revision=3)
    await client.open()
    await client.post(announce("read", "a", id=1), event("$stream-end", "a"))
    frames = []
    while '431[""]' not in frames:
        frames += await client.poll()
    assert event("$stream-end", "a") in frames


async def test_a_handler_that_is_annotated_to_take_a_stream_gets_nothing_else(client):
    await client.send(event("$stream", "typed", {"$stream": "a"}, 5, id=1))
    await heard(client, '431[["Stream",5]]')
    await client.send(event("typed", {"$stream": "a"}, 5, id=2))
    problem = "stream: Expected `stream`, got `object`"
    error = {"error": {"code": "bad_arguments", "message": problem, "data": {"field": "stream"}}}
    await heard(client, f"432[{json.dumps(error, separators=(',', ':'))}]")


def test_a_stream_has_its_place_in_the_schema():
    assert Types().of(Stream)["required"] == ["$stream"]


def test_a_handler_for_an_event_of_the_wire_is_an_error_when_the_class_is_made():
    with pytest.raises(TypeError, match="'\\$stream-read' is an event of the streams"):

        class Taken(StreamsMixin, NamespaceConsumer):
            @on("$stream-read")
            async def on_read(self, *args): ...


async def test_for_a_consumer_without_streams_they_are_events_like_others():
    application = EngineIO(Plain.as_asgi(), check_origin=lambda *args: True)
    socket = await EngineCommunicator(application).websocket()
    await socket.send("40")
    await socket.receive()
    await socket.send(announce("read", "a", id=1))
    assert await socket.receive() == '431[["$stream","read",{"$stream":"a"}]]'
    await socket.close()


def test_a_stream_tells_of_itself():
    assert repr(Stream(None, "secret")) == "<Stream 0 bytes in, 0 out>"
