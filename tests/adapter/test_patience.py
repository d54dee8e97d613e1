"""A limit of time for what is asked of a channel layer."""

import asyncio
import time

import pytest

from realtime import patience as module
from realtime.patience import patience


async def late(event):
    with patience(0.05):
        await event.wait()


async def test_what_takes_longer_is_a_timeout():
    with pytest.raises(TimeoutError):
        await late(asyncio.Event())
    assert asyncio.current_task().cancelling() == 0
    await asyncio.sleep(0)  # goes on uncancelled


async def test_what_came_while_the_loop_stood_still_is_in_time(monkeypatch):
    monkeypatch.setattr(module, "GRACE", 10.0)  # whatever else this machine does
    event = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stand_still():
        time.sleep(0.3)  # longer than the limit
        loop.call_soon(loop.call_soon, event.set)  # as what is read from a socket, some turns later

    loop.call_soon(stand_still)
    await late(event)


async def test_a_cancelled_caller_is_cancelled_and_an_error_is_itself():
    waiting = asyncio.create_task(late(asyncio.Event()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    with pytest.raises(KeyError), patience(0.05):
        raise KeyError
    await asyncio.sleep(0.2)  # longer than both: nobody is cancelled for what has ended


async def test_one_within_the_other_ends_the_one_that_is_over():
    with pytest.raises(TimeoutError), patience(20):
        await late(asyncio.Event())
    with pytest.raises(TimeoutError), patience(0.01):
        with patience(20):
            await asyncio.Event().wait()


def test_it_is_for_tasks():
    with pytest.raises(RuntimeError), patience(1):
        pass
