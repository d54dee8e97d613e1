"""Streams from and to files of a Django ``Storage``. Memory holds one batch, threads work only while there is one."""

from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import TemporaryUploadedFile

from realtime.bridges import in_thread

BATCH = 524_288  # bytes for one call into a thread


async def save(stream: Any, name: str, storage: Any, size: Any, max_size: Any) -> Any:
    """See ``Stream.save``. The storage gets a whole file: one that grows slowly would hold a thread as long."""
    if size is not None and (type(size) is not int or size < 0):
        await _refuse(stream, "expected a size in bytes")
    file = await in_thread(_temporary)
    try:
        await _collect(stream, file, size, max_size)
        return await in_thread(_store, storage or default_storage, name, file)
    finally:
        await in_thread(_close, file)


async def _collect(stream: Any, file: Any, size: Any, max_size: Any) -> Any:
    limit = min(number for number in (size, max_size, float("inf")) if number is not None)
    batch, held = [], 0
    async for chunk in stream:
        if stream.received > limit:
            await _refuse(stream, f"more than {limit} bytes, which were announced or are allowed")
        batch.append(chunk)
        held += len(chunk)
        if held >= BATCH:
            await in_thread(file.writelines, batch)
            batch, held = [], 0
    await in_thread(file.writelines, batch)
    if size is not None and stream.received != size:
        await _refuse(stream, f"{stream.received} bytes in place of the {size} that were announced")


async def _refuse(stream: Any, reason: str) -> Any:
    from realtime.streams.stream import StreamError

    await stream.abort(reason)
    raise StreamError(reason, code="stream_size")


def _temporary() -> Any:
    return TemporaryUploadedFile("stream", "application/octet-stream", 0, None)


def _store(storage: Any, name: str, file: Any) -> Any:
    file.seek(0, 2)
    file.size = file.tell()
    file.seek(0)
    return storage.save(name, file)


def _close(file: Any) -> Any:
    file.close()


async def send(stream: Any, source: Any, storage: Any) -> Any:
    """See ``Stream.send``."""
    file = await in_thread((storage or default_storage).open, source) if isinstance(source, str) else source
    try:
        while batch := await in_thread(file.read, BATCH):
            await stream.write(batch)
        await stream.end()
    except Exception:
        await stream.abort("the file could not be sent")
        raise
    finally:
        if file is not source:
            await in_thread(_close, file)
