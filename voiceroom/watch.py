"""Looks after rooms while time passes: when a grace is over, what waited for it happens.

One task a room in each process that has seen somebody leave; the database says when, so a process that dies loses
nothing that the next reader would not find.
"""

import asyncio

from channels.db import database_sync_to_async
from django.utils import timezone

from realtime import BroadcastError, namespace
from voiceroom import conf, live, presence
from voiceroom.deeds import grace

BREATH = 1.0  # seconds until it is tried again to ask the other processes
TRIES = 3  # looks at who is here until nobody more is found missing
_watching, _changed = {}, set()  # room id -> its task; rooms that somebody asked to watch since the task looked


async def settle(room):
    """Bring seats, hands and hosts in line with who is here now, and watch what waits."""
    with live.as_far_as_it_goes:  # of whom we do not know whether they are here, nobody loses a seat
        for _ in range(TRIES):
            if not await database_sync_to_async(grace.settle)(room, await here(room)):
                break
    watch(room)


async def here(room):
    """{tab id: user id} of the tabs inside. Raises ``BroadcastError`` while other processes cannot be asked."""
    found = presence.tabs(await presence.asked(namespace(room.namespace).afetch_sockets()))
    return {tab["id"]: tab["person"]["id"] for tab in found}


def watch(room):
    """See to it that what waits in this room happens in time."""
    _changed.add(room.pk)
    task = _watching.get(room.pk)
    if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
        _watching[room.pk] = asyncio.create_task(_watch(room))


async def _watch(room):
    while room.pk in _changed:
        _changed.discard(room.pk)
        since = await database_sync_to_async(grace.due)(room)
        if since is not None:
            _changed.add(room.pk)
            await asyncio.sleep(max(0.1, conf.options().seat_grace - (timezone.now() - since).total_seconds()))
            await _look(room)


async def _look(room):
    try:
        await database_sync_to_async(grace.settle)(room, await here(room))
    except BroadcastError:
        await asyncio.sleep(BREATH)
    except type(room).DoesNotExist:  # deleted meanwhile
        _changed.discard(room.pk)
