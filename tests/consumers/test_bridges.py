"""Generated synchronous names, and the threads of plain functions."""

import asyncio
import inspect
import threading
from contextlib import asynccontextmanager
from contextvars import ContextVar

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.db import connection
from django.test import TestCase, TransactionTestCase

from realtime.bridges import bridge, bridge_class, in_thread, run_on
from realtime.threads import off_loop

place = ContextVar("place", default="nowhere")


class Radio:
    """Something with coroutine methods, as an operator has."""

    def __init__(self, name="radio"):
        self.name = name

    async def emit(self, event, *, loud=False):
        """Sends."""
        return self.name, event, loud, place.get(), threading.current_thread().name

    async def fail(self):
        raise KeyError("failed")

    async def everybody(self):
        return [Radio("one"), Radio("two")]

    def to(self, room):
        return Radio(room)

    def double(self, number):
        return number * 2

    @property
    def quiet(self):
        return Radio("quiet")

    @asynccontextmanager
    async def tuned(self, station):
        try:
            yield f"{self.name} {station}"
        except ValueError as error:
            raise RuntimeError("seen") from error


@pytest.fixture
def loop():
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="the loop")
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def radio(loop):
    return bridge(Radio(), run_on(loop), twins=True)


def test_a_coroutine_runs_on_its_loop_with_the_context_of_the_caller(radio):
    token = place.set("here")
    assert radio.emit("hi", loud=True) == ("radio", "hi", True, "here", "the loop")
    place.reset(token)


def test_exceptions_come_back(radio):
    with pytest.raises(KeyError, match="failed"):
        radio.fail()


def test_operators_are_bridged_too(radio):
    assert radio.to("room").emit("x")[0] == "room"
    assert radio.quiet.emit("x")[0] == "quiet"
    assert [each.emit("x")[0] for each in radio.everybody()] == ["one", "two"]


def test_all_else_is_passed_through(radio):
    assert radio.double(4) == 8
    assert repr(radio).startswith("<SyncRadio of ")


def test_a_context_manager_becomes_a_plain_one(radio):
    with radio.tuned("fm") as station:
        assert station == "radio fm"
    with pytest.raises(RuntimeError, match="seen"), radio.tuned("fm"):
        raise ValueError


def test_the_generated_names_look_like_written_ones():
    generated = bridge_class(Radio, twins=True)
    assert generated is bridge_class(Radio, twins=True)
    assert generated.emit.__doc__ == generated.aemit.__doc__ == "Sends."
    assert generated.aemit.__name__ == "aemit"
    assert not inspect.iscoroutinefunction(generated.emit) and inspect.iscoroutinefunction(generated.aemit)
    assert not hasattr(bridge_class(Radio), "aemit")


async def test_on_a_running_loop_the_twin_is_named():
    radio = bridge(Radio(), run_on(asyncio.get_running_loop()), twins=True)
    with pytest.raises(SynchronousOnlyOperation, match="await aemit\\(\\) instead"):
        radio.emit("x")
    with pytest.raises(SynchronousOnlyOperation, match="use async with tuned\\(\\) instead"):
        radio.tuned("fm")
    assert (await radio.to("room").aemit("x"))[0] == "room"


def test_a_loop_that_is_gone_is_an_error_and_no_silence(recwarn):
    loop = asyncio.new_event_loop()
    loop.close()
    with pytest.raises(RuntimeError, match="closed"):
        bridge(Radio(), run_on(loop)).emit("x")
    assert not recwarn.list


# -- threads --------------------------------------------------------------------------------------------------


async def test_threads_are_apart_from_those_of_authentication():
    name = await in_thread(lambda: threading.current_thread().name)
    assert name.startswith("realtime-handler")


async def test_no_more_threads_run_than_allowed():
    lock, running, most = threading.Lock(), 0, 0
    steps = threading.Barrier(2)

    def work():
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        steps.wait(5)
        with lock:
            running -= 1

    await asyncio.gather(*[in_thread(work, threads=2) for _ in range(6)])
    assert most == 2


@pytest.mark.parametrize("elsewhere", [in_thread, lambda function: off_loop(function, sensitive=False)()])
async def test_a_stop_iteration_in_a_thread_is_an_error_and_no_endless_wait(elsewhere):
    def first_of_nothing():
        return next(iter(()))

    with pytest.raises(RuntimeError, match="raised StopIteration"):
        await asyncio.wait_for(elsewhere(first_of_nothing), 30)


class InATransaction(TestCase):
    async def test_a_plain_function_sees_the_transaction_of_the_test(self):
        def atomic():
            return connection.in_atomic_block, threading.current_thread() is threading.main_thread()

        assert await in_thread(atomic) == (True, True)
        with self.assertRaisesRegex(RuntimeError, "raised StopIteration"):
            await asyncio.wait_for(in_thread(next, iter(())), 30)

    async def test_a_coroutine_that_a_plain_function_waits_for_may_use_the_thread_too(self):
        class Needing:
            async def ask(self):
                return await sync_to_async(threading.current_thread)()

        needing = bridge(Needing(), run_on(asyncio.get_running_loop()))
        assert await asyncio.wait_for(in_thread(needing.ask), 5) is threading.main_thread()


class WithoutATransaction(TransactionTestCase):
    def test_old_connections_are_closed_afterwards(self):
        seen = []

        def query():
            with connection.cursor() as cursor:
                cursor.execute("select 1")
            seen.append(connection.queries_limit and connection.connection is not None)

        async def main():
            await in_thread(query)

        asyncio.run(main())
        assert seen == [True]
