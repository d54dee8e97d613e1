"""Who is in a room now: asked of the sockets themselves, so that no crash leaves a ghost behind.

Each tab says that it came and that it left, under a name of its own; a page keeps the set of tabs, so it does not
matter in which order tabs, or processes, are heard. A person with several tabs counts once.
"""

import asyncio
import base64
import secrets
import time

from channels.db import database_sync_to_async
from django.utils.crypto import constant_time_compare, salted_hmac

from realtime import BroadcastError, ClusterTimeout, namespace
from voiceroom import conf, live
from voiceroom.models import Room

FACES = 5  # people whose faces a lobby card shows
SETTLE = 0.2  # seconds in which several changes of one room are told to the lobby as one


def enter(data, person, tab_id):
    """Mark a socket's ``data`` as inside and answer its tab: ``{"id", "person", "at"}``, ``at`` in milliseconds.

    A tab that comes back under its id comes later than it left: whoever hears both in the wrong order can tell.
    """
    at = data["tab"]["at"] if "tab" in data else time.time_ns() // 1_000_000
    data["tab"] = {"id": tab_id, "person": person, "at": at}
    return data["tab"]


def new_tab(room, user):
    """An id for a tab that only this user can come back with, in this room. Nothing is kept of it."""
    return _signed(room, user, secrets.token_urlsafe(6))


def is_tab_of(room, user, tab_id):
    """Whether this, whatever it is, is a tab id that was made for this user in this room."""
    return isinstance(tab_id, str) and constant_time_compare(tab_id, _signed(room, user, tab_id[:8]))


def _signed(room, user, stem):
    digest = salted_hmac("voiceroom.tab", f"{room.pk}:{user.pk}:{stem}", algorithm="sha256").digest()
    return stem + base64.urlsafe_b64encode(digest[:9]).decode()


async def asked(asking):
    """What the processes say that answer in time. Of one that dies or stands still the people are missing: they have
    their grace to come back. Raises ``BroadcastError`` while the others cannot be asked.
    """
    try:
        return await asking
    except ClusterTimeout as late:
        return late.responses


async def answered(asking):
    """The same, and what this process says while the others cannot be asked."""
    try:
        return await asked(asking)
    except BroadcastError as away:
        return away.responses


def tabs(sockets):
    """The tabs that are inside, of any sockets."""
    return [socket.data["tab"] for socket in sockets if socket.data.get("tab")]


def people(found):
    """The people behind tabs, by name."""
    here = {tab["person"]["id"]: tab["person"] for tab in found}
    return sorted(here.values(), key=lambda person: (person["name"].casefold(), person["id"]))


def glance(sockets):
    """What a lobby card shows of the people in a room."""
    here = people(tabs(sockets))
    speaking = {socket.data["tab"]["person"]["id"] for socket in sockets if _speaks(socket)}
    return {"here": len(here), "faces": here[:FACES], "speaking": sorted(speaking)}


def _speaks(socket):
    return bool(socket.data.get("tab") and socket.data.get("speaking") and live.VOICE in socket.rooms)


def newest_tab(found, user_id):
    """The tab that this user opened last, by its id; ``""`` without one."""
    mine = [tab for tab in found if tab["person"]["id"] == user_id]
    return max(mine, key=lambda tab: tab["at"])["id"] if mine else ""


async def glances(slugs):
    """{slug: glance} of these rooms, asked all at once."""
    found = await asyncio.gather(*(answered(namespace(f"/rooms/{slug}").afetch_sockets()) for slug in slugs))
    return {slug: glance(sockets) for slug, sockets in zip(slugs, found, strict=True)}


_seen = {}  # event loop -> (when, {slug: glance}), of the last look at all rooms


async def everywhere(rooms):
    """{slug: glance} of the rooms with people, of all sockets of ``rooms``, a ``namespace()`` of many.

    One look for everybody who asks this process within ``PRESENCE_SECONDS``: what changes meanwhile is told again.
    """
    loop = asyncio.get_running_loop()
    seen = _seen.get(loop)
    if seen is None or loop.time() - seen[0] >= conf.options().presence_seconds:
        look = asyncio.ensure_future(_look(rooms))
        _seen.clear()
        seen = _seen[loop] = (loop.time(), look)
    return await asyncio.shield(seen[1])


async def _look(rooms):
    by_slug = {}
    for socket in await answered(rooms.afetch_sockets()):
        if socket.data.get("tab"):
            by_slug.setdefault(socket.namespace.removeprefix("/rooms/"), []).append(socket)
    return {slug: glance(sockets) for slug, sockets in by_slug.items()}


_telling = {}  # what is to be told -> the task that will; here, so that it is not collected
_lively = set()  # slugs of the rooms of which this process told last that there are people


def tell_lobby_soon(slug):
    """Tell the lobby who is in this room, a moment from now: the last change in a burst is always told.

    And once more, when nobody can be given an older look at all rooms any more.
    """
    _soon(slug, SETTLE, _tell_lobby, slug)
    _later((slug, "again"), SETTLE + 2 * conf.options().presence_seconds, _tell_lobby, slug)


def _soon(key, seconds, tell, *args):
    """So many seconds from now, or when it was to be told anyway."""
    task = _telling.get(key)
    if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
        _later(key, seconds, tell, *args)


def _later(key, seconds, tell, *args):
    """So many seconds from now, and not when it was to be told before."""
    task = _telling.get(key)
    if task is not None and task.get_loop() is asyncio.get_running_loop():
        task.cancel()
    _telling[key] = asyncio.create_task(_wait(key, seconds, tell, *args))


async def _wait(key, seconds, tell, *args):
    await asyncio.sleep(seconds)
    _telling.pop(key, None)  # what changes from here on is told by another task, after this one looked
    await tell(*args)


async def _tell_lobby(slug):
    rooms = await database_sync_to_async(_watchers)(slug)
    if not rooms:  # deleted meanwhile
        return
    here = (await glances([slug]))[slug]
    if here["here"] < 2 or slug not in _lively:  # the first or the last, whichever process told of the others
        (_lively.add if here["here"] else _lively.discard)(slug)
        _soon("news", conf.options().lobby_seconds, _tell_news)
    with live.as_far_as_it_goes:
        await namespace("/").to(*rooms).aemit("lobby:people", {"slug": slug, **here})


async def _tell_news():
    with live.as_far_as_it_goes:
        await namespace("/").to(live.EVERYBODY).aemit("lobby:news")


def _watchers(slug):
    room = Room.objects.filter(slug=slug).first()
    return room and live.watchers(room)
