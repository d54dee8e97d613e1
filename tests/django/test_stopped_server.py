"""A thread that outlives the event loop of its server, as daphne leaves them behind when it is stopped."""

import subprocess
import sys

SCRIPT = """
import asyncio
import django
django.setup()
from realtime import namespace
from realtime.adapter import hub_for
from realtime.socketio.parser import parser

async def serve():
    return hub_for(parser(), None)

loop = asyncio.new_event_loop()
hub = loop.run_until_complete(serve())
try:
    namespace("/").emit("too late")
except RuntimeError as error:
    print(error)
"""


def test_an_emit_after_the_server_was_stopped_says_so_and_does_not_wait():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=30)
    assert "was stopped" in done.stdout, done.stderr


WAITING = """
import asyncio, threading, time
import django
django.setup()
from realtime.bridges import run_on

loop = asyncio.new_event_loop()
heard = []

async def never():
    await asyncio.Event().wait()

def handler():
    try:
        run_on(loop)(never)
    except RuntimeError as error:
        heard.append(str(error))

async def serve():
    thread = threading.Thread(target=handler)
    thread.start()
    await asyncio.sleep(0.1)
    return thread

loop.run_until_complete(serve()).join(10)
print(heard)
"""


def test_a_handler_in_a_thread_does_not_outlive_its_server():
    done = subprocess.run([sys.executable, "-c", WAITING], capture_output=True, text=True, timeout=30)
    assert "was stopped" in done.stdout, done.stderr


COMMITTING = """
import asyncio, logging
import django
django.setup()
from django.db import transaction
from realtime import metrics, namespace
from realtime.adapter import hub_for
from realtime.socketio.parser import parser

logging.basicConfig(format="%(levelname)s %(name)s %(message)s")

async def serve():
    return hub_for(parser(), None)

loop = asyncio.new_event_loop()
hub = loop.run_until_complete(serve())
with transaction.atomic():
    namespace("/").emit("too late")
print(metrics.counters["dropped_after_stop"])
"""


def test_an_emit_that_waited_for_a_commit_after_the_stop_is_one_warning_and_no_traceback():
    done = subprocess.run([sys.executable, "-c", COMMITTING], capture_output=True, text=True, timeout=30)
    assert done.stdout == "1\n", done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("WARNING realtime.rooms emit after a commit was not done: The server of this process")
