"""Plain functions as handlers and hooks: they run in threads."""

import asyncio
import threading
from contextvars import ContextVar

from realtime import EventError, NamespaceConsumer, on
from tests.consumers.seam import Seam, error, joined

language = ContextVar("language", default="none")


class Threaded(NamespaceConsumer):
    async def connect(self, auth):
        language.set("de")

    @on("thread")
    def thread(self, text):
        return threading.current_thread().name, text, language.get()

    @on("refuse")
    def refuse(self):
        raise EventError("no", code="no")

    @on("break")
    def broken(self):
        raise KeyError

    @on("speak")
    def speak(self, text):
        self.sync.join("lobby")
        self.sync.volatile.emit("spoken", text)
        return sorted(self.rooms)

    @on("ask")
    def ask(self):
        return self.sync.call("name?", timeout=2), self.sync.timeout(3).call("age?")


async def test_a_plain_def_runs_in_a_thread_and_keeps_the_context():
    async with joined(Threaded) as seam:
        name, text, value = await seam.call("thread", "hi")
        assert name.startswith("realtime-handler") and (text, value) == ("hi", "de")
        assert await seam.call("thread") == error("bad_arguments", "thread takes 1 argument, not 0")
        assert await seam.call("refuse") == error("no")
        assert await seam.call("break") == error("internal_error")


async def test_a_plain_def_has_the_consumers_names_as_sync_functions():
    async with joined(Threaded) as seam:
        assert await seam.call("speak", "hi") == [["lobby", "sid1"]]
        join, emit, _ = seam.sent
        assert join == {"type": "socketio.join", "rooms": ["lobby"]}
        assert emit == {"type": "socketio.emit", "event": "spoken", "args": ("hi",), "flags": {"volatile": True}}


async def test_a_plain_def_can_ask_the_client():
    async with joined(Threaded) as seam:
        seam.answers = [["ada"], [36]]
        assert await seam.call("ask") == ["ada", 36]
        assert [each["timeout"] for each in seam.sent[:2]] == [2, 3]


async def test_plain_defs_run_side_by_side_up_to_the_bound():
    together, seams = threading.Barrier(3), []

    class Chat(NamespaceConsumer):
        @on("meet")
        def meet(self):
            together.wait(5)
            return "met"

    for _ in range(3):
        seams.append(Seam(Chat, limits={"max_concurrent_events": 9, "sync_threads": 3}))
        await seams[-1].connect()
    assert await asyncio.gather(*[seam.call("meet") for seam in seams]) == [["met"]] * 3
    for seam in seams:
        await seam.disconnect()


async def test_hooks_may_be_a_plain_def_too():
    seen = []

    class Chat(NamespaceConsumer):
        def connect(self, auth):
            seen.append((auth, threading.current_thread() is threading.main_thread()))

        def disconnecting(self, reason):
            seen.append(reason)

        def disconnect(self, reason):
            seen.append(reason)

    async with joined(Chat):
        pass
    assert seen == [(None, False)] + ["client namespace disconnect"] * 2


async def test_a_coroutine_behind_a_plain_decorator_is_awaited():
    class Chat(NamespaceConsumer):
        @on("hidden")
        def hidden(self, value):
            async def later():
                return value

            return later()

    async with joined(Chat) as seam:
        assert await seam.call("hidden", 5) == [5]
