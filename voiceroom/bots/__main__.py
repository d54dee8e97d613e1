"""``python -m voiceroom.bots URL --people N``: the first N of the cast, until standard input ends or a signal comes.

The first line of standard input is the password of all of them: a command line is for everybody to see.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading

from voiceroom.bots.client import Client
from voiceroom.bots.lines import CAST
from voiceroom.bots.person import Person
from voiceroom.bots.table import Table

SHY_FROM = 2  # the third and further people of a room are shy


def arguments():
    parser = argparse.ArgumentParser(prog="python -m voiceroom.bots", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--people", type=int, default=len(CAST))
    parser.add_argument("--authority", help="the certificate to believe, for https")
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


def company(url, number, password, authority):
    """(the people, their tables)."""
    tables = {part.room: Table(part.room) for part in CAST[:number]}
    for part in CAST[:number]:
        table, client = tables[part.room], Client(url, part, password, authority)
        table.people.append(Person(client, table, shy=len(table.people) >= SHY_FROM))
    return [person for table in tables.values() for person in table.people], list(tables.values())


async def ended(loop):
    """Returns when whoever started us is gone, also if it was killed: then standard input ends."""
    over = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(name, over.set)
    threading.Thread(target=_wait_for_the_end, args=(loop, over), daemon=True).start()
    await over.wait()


def _wait_for_the_end(loop, over):
    while os.read(sys.stdin.fileno(), 4096):
        pass
    with contextlib.suppress(RuntimeError):  # the loop has ended before
        loop.call_soon_threadsafe(over.set)


async def main(options):
    password = sys.stdin.readline().rstrip("\n")
    people, tables = company(options.url, options.people, password, options.authority)
    deeds = [deed for table in tables for deed in (table.talk(), table.write())]
    tasks = [asyncio.ensure_future(deed) for deed in [*deeds, *(person.live() for person in people)]]
    await ended(asyncio.get_running_loop())
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=3)
    await asyncio.wait([asyncio.ensure_future(person.client.forget()) for person in people], timeout=3)


if __name__ == "__main__":
    options = arguments()
    logging.basicConfig(level=logging.INFO if options.verbose else logging.ERROR)
    asyncio.run(main(options))
