"""The server of the stream tests: ``daphne tests.streams.app:application``. STREAMS_MEDIA is its directory of files."""

import asyncio
import gc
import hashlib
import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.core.files.storage import FileSystemStorage
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.clients.settings")
django_application = get_asgi_application()

from realtime import EngineIO, NamespaceConsumer, on  # noqa: E402
from realtime.exceptions import Disconnected  # noqa: E402
from realtime.metrics import counters  # noqa: E402
from realtime.streams import Stream, StreamsMixin  # noqa: E402

storage = FileSystemStorage(os.environ.get("STREAMS_MEDIA"))
ended = []  # how handlers ended


class Files(StreamsMixin, NamespaceConsumer):
    @on("hash", concurrent=True)
    async def on_hash(self, stream, meta):
        digest = hashlib.sha256()
        async for chunk in stream:
            digest.update(chunk)
        return {"sha256": digest.hexdigest(), "size": stream.received}

    @on("save", concurrent=True)
    async def on_save(self, stream, meta):
        try:
            name = await stream.save(meta["name"], storage, size=meta["size"], max_size=100_000_000)
        except BaseException as error:
            ended.append(type(error).__name__)
            raise
        return {"name": name}

    @on("load", concurrent=True)
    async def on_load(self, name):
        stream = self.create_stream()
        await self.emit("loaded", stream, {"name": name})
        await stream.send(name, storage)

    @on("answer")
    async def on_answer(self, text):
        stream = self.create_stream()
        task = asyncio.create_task(self.write(stream, text))
        self.data["task"] = task
        return {"file": stream, "name": "answer.txt"}

    async def write(self, stream, text):
        await stream.write(text.encode())
        await stream.end()

    @on("ask")
    async def on_ask(self):
        """Also a handler that is not concurrent can wait for a stream."""
        answer = await self.call("give", timeout=10)
        return b"".join([chunk async for chunk in answer["file"]]).decode()

    @on("echo", concurrent=True)
    async def on_echo(self, stream):
        async for chunk in stream:
            await stream.write(chunk)
        await stream.end()

    @on("two")
    async def on_two(self, one, other, more):
        parts = [b"".join([chunk async for chunk in each]) for each in (other, one, more["deep"][0])]
        return b"|".join(parts).decode()

    @on("wait", concurrent=True)
    async def on_wait(self, stream, *rest):
        try:
            return len(await stream.read())
        except Disconnected as error:
            ended.append(type(error).__name__)
            raise

    @on("lazy", concurrent=True)
    async def on_lazy(self, stream, first):
        """Reads when it is told."""
        await asyncio.sleep(first)
        return await stream.read() and stream.received

    @on("fails")
    async def on_fails(self, stream):
        raise RuntimeError("between us")

    @on("breaks", concurrent=True)
    async def on_breaks(self, stream):
        await stream.abort("no more, please")

    @on("never", concurrent=True)
    async def on_never(self, stream):
        try:
            await stream.write(b"x" * 200_000)
        except Disconnected as error:
            ended.append(type(error).__name__)
            raise

    @on("state")
    async def on_state(self):
        gc.collect()
        here = sum(isinstance(each, Stream) for each in gc.get_objects())
        names = [name for name in os.listdir(os.environ["TMPDIR"]) if name.endswith(".upload")]
        return {
            "streams": here,
            "open": len(self._wire.open),
            "ended": ended,
            "kept": sorted(os.listdir(storage.location)),
            "temporary": len(names),
            "aborted": counters["streams_aborted"],
        }

    @on("*")
    async def other(self, event, *args):
        return {"any": event, "streams": sum(isinstance(arg, Stream) for arg in args)}


application = EngineIO(
    ProtocolTypeRouter({"http": django_application, "socketio": URLRouter([path("", Files.as_asgi())])})
)
