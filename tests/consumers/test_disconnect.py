"""disconnecting() and disconnect(): after the last event, once, whatever happens."""

import asyncio

import pytest

from realtime import Disconnected, EngineIO, NamespaceConsumer, on
from realtime.testing import EngineCommunicator
from tests.consumers.seam import Seam, joined


def chat(**names):
    """A consumer class that notes its hooks in ``log``."""

    class Chat(NamespaceConsumer):
        log = []

        async def disconnecting(self, reason):
            self.log.append(("disconnecting", reason, self.rooms, self.connected))

        async def disconnect(self, reason):
            self.log.append(("disconnect", reason))

        locals().update(names)

    return Chat


async def test_the_hooks_run_once_in_order_with_the_rooms_still_there():
    Chat = chat()
    async with joined(Chat):
        pass
    reason = "client namespace disconnect"
    assert Chat.log == [("disconnecting", reason, frozenset({"sid1"}), False), ("disconnect", reason)]


async def test_in_disconnect_there_are_no_rooms_any_more():
    async def disconnect(self, reason):
        self.log.append(self.rooms)

    Chat = chat(disconnect=disconnect)
    async with joined(Chat):
        pass
    assert Chat.log[1] == frozenset()


async def test_events_received_before_the_disconnect_are_handled_first():
    @on("note")
    async def note(self, number):
        await asyncio.sleep(0)
        self.log.append(number)

    Chat = chat(note=note)
    async with joined(Chat) as seam:
        seam.emit("note", 1)
        seam.emit("note", 2)
    assert [entry if isinstance(entry, int) else entry[0] for entry in Chat.log] == [
        1,
        2,
        "disconnecting",
        "disconnect",
    ]


async def test_concurrent_events_end_first_too():
    @on("note", concurrent=True)
    async def note(self):
        await asyncio.sleep(0)
        self.log.append(["note"])

    Chat = chat(note=note)
    async with joined(Chat) as seam:
        seam.emit("note")
    assert [entry[0] for entry in Chat.log] == ["note", "disconnecting", "disconnect"]


async def test_a_hook_that_fails_is_logged_and_does_not_stop_the_other(caplog):
    async def disconnecting(self, reason):
        raise KeyError("oh")

    Chat = chat(disconnecting=disconnecting)
    async with joined(Chat):
        pass
    assert Chat.log == [("disconnect", "client namespace disconnect")]
    assert caplog.records[0].getMessage() == "'disconnecting' failed in namespace '/chat', socket 'sid1'"


async def test_when_time_is_up_the_event_is_cancelled_and_the_hooks_run_with_the_reason():
    @on("wait")
    async def wait(self):
        await asyncio.Event().wait()

    @on("never")
    async def never(self):
        raise AssertionError

    Chat = chat(wait=wait, never=never)
    seam = Seam(Chat)
    await seam.connect()
    seam.emit("wait", id=1)
    seam.emit("never", id=2)
    await asyncio.sleep(0)
    seam.leave("ping timeout")
    seam.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await seam.ended()
    assert [entry[:2] for entry in Chat.log] == [("disconnecting", "ping timeout"), ("disconnect", "ping timeout")]
    assert not seam.acks(1) and not seam.acks(2)


async def test_when_time_is_up_concurrent_events_are_cancelled():
    @on("wait", concurrent=True)
    async def wait(self):
        try:
            await asyncio.Event().wait()
        finally:
            self.log.append(["cancelled"])

    Chat = chat(wait=wait)
    seam = Seam(Chat)
    await seam.connect()
    seam.emit("wait", id=1)
    seam.leave("ping timeout")
    for _ in range(5):
        await asyncio.sleep(0)
    seam.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await seam.ended()
    assert sorted(entry[0] for entry in Chat.log) == ["cancelled", "disconnect", "disconnecting"]


async def test_a_second_cancel_ends_a_hook_that_does_not_end():
    begun = asyncio.Event()

    async def disconnecting(self, reason):
        self.log.append(["disconnecting"])
        begun.set()
        await asyncio.Event().wait()

    Chat = chat(disconnecting=disconnecting)
    seam = Seam(Chat)
    await seam.connect()
    seam.leave("ping timeout")
    await begun.wait()
    seam.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await seam.ended()
    assert Chat.log == [["disconnecting"]]


async def test_a_process_that_ends_runs_the_hooks():
    Chat = chat()
    seam = Seam(Chat)
    await seam.connect()
    seam.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await seam.ended()
    assert [entry[:2] for entry in Chat.log] == [
        ("disconnecting", "server shutting down"),
        ("disconnect", "server shutting down"),
    ]


async def test_a_handler_that_asks_a_client_that_leaves_just_ends(caplog):
    @on("ask")
    async def ask(self):
        await self.call("question")

    Chat = chat(ask=ask)
    seam = Seam(Chat)
    await seam.connect()
    answer = asyncio.get_running_loop().create_future()
    seam.answers = [answer]
    seam.emit("ask", id=7)
    await seam.until(lambda: seam.sent)
    answer.set_exception(Disconnected())
    await seam.disconnect()
    assert len(Chat.log) == 2 and not seam.acks(7) and not caplog.records


async def test_close_in_a_handler_ends_the_namespace():
    @on("bye")
    async def bye(self):
        await self.close()
        return "bye"

    Chat = chat(bye=bye)
    seam = Seam(Chat)
    await seam.connect()
    seam.emit("bye", id=1)
    await seam.ended()
    assert seam.sent[0] == {"type": "socketio.close", "client": False}
    assert Chat.log[1] == ("disconnect", "server namespace disconnect")


async def test_what_went_wrong_on_the_wire_is_told_in_words():
    ended = asyncio.get_running_loop().create_future()

    class Told(NamespaceConsumer):
        async def disconnect(self, reason):
            ended.set_result((reason, self.disconnect_details))

    client = EngineCommunicator(EngineIO(Told.as_asgi()))
    await client.open()
    await client.post("40")
    await client.poll()
    await client.post("4nonsense")
    assert await ended == ("forced close", "unknown packet type")


async def test_who_leaves_in_peace_gives_no_details():
    class Told(NamespaceConsumer):
        async def disconnect(self, reason):
            ended.append(self.disconnect_details)

    ended = []
    async with joined(Told):
        pass
    assert ended == [None]
