"""The mesh: browsers send to each other, the server only introduces them.

Each peer sends its voice to every other, so there are few places: ``MESH_PLACES`` tabs,
``MESH_SPEAKING`` of them publishing. Who publishes goes before who listens. Who finds no place hears, and speaks, by
socket frames. A peer's socket is in a room of its own, and what is signalled to a peer goes there: who is not in the
mesh gets nothing.
"""

import json

from channels.db import database_sync_to_async
from django.db import transaction
from django.utils import timezone

from realtime import BroadcastError, EventError, namespace
from voiceroom import conf, live, media, presence, rules
from voiceroom.models import MeshPeer, Room, graced
from voiceroom.options import DEFAULTS
from voiceroom.refusals import allow


def peer_room(tab):
    """The room of one peer's socket."""
    return f"mesh:{tab}"


class Mesh:
    """See ``MediaBackend``."""

    name, enforces_mute = "mesh", False

    async def open_room(self, room):
        """Nothing to open."""

    async def close_room(self, room):
        await database_sync_to_async(MeshPeer.objects.filter(room=room).delete)()

    async def grant(self, room, member, *, ttl=300):
        """``{"in_mesh", "peers"}``: whether there is a place, and who else is there, to be offered to."""
        present = await _present(room)
        before, after = await database_sync_to_async(_enter)(room, member, present)
        for tab in set(before) - set(after):
            with live.as_far_as_it_goes:
                await namespace(room.namespace).to(live.tab_room(tab)).asockets_leave(peer_room(tab))
        inside = member.tab in after
        if inside:
            own = namespace(room.namespace).to(live.tab_room(member.tab))
            await presence.answered(own.asockets_join(peer_room(member.tab)))
        if set(before) != set(after):
            await self._tell(room, but=member.tab)
        peers = [tab for tab in after if tab != member.tab] if inside else []
        options = conf.options()
        limits = {"mesh": options.mesh_places, "speaking": options.mesh_speaking}
        return {"in_mesh": inside, "peers": peers, "limits": limits}

    async def signal(self, room, member, message):
        to, told = message["to"], message["message"]
        if not isinstance(to, str) or not isinstance(told, dict):
            raise EventError("signal(tab, message)", code="bad_arguments")
        _check_size(told)
        if peer_room(member.tab) not in member.rooms:
            raise EventError("not in the mesh", code="forbidden")
        stamped = {"from": member.tab, "message": told}
        with live.as_far_as_it_goes:
            told = namespace(room.namespace).to(peer_room(to)).except_(peer_room(member.tab))
            await told.aemit("media:signal", stamped)

    async def set_publish(self, room, member, *, seat, muted):
        """Who has lost the seat, or publishes by another tab, goes on as a listener."""
        keeps = member.tab if seat is not None else ""
        rows = MeshPeer.objects.filter(room=room, user=member.user_id, publishes=True).exclude(tab=keeps)
        await database_sync_to_async(rows.update)(publishes=False)

    async def remove(self, room, member):
        gone, _ = await database_sync_to_async(MeshPeer.objects.filter(room=room, tab=member.tab).delete)()
        with live.as_far_as_it_goes:
            await namespace(room.namespace).to(live.tab_room(member.tab)).asockets_leave(peer_room(member.tab))
        if gone:
            await self._tell(room)

    async def health(self):
        return media.Health(True)

    async def events(self):
        for event in ():  # the browsers tell each other
            yield event

    async def _tell(self, room, but=""):
        peers = await _peers(room)
        with live.as_far_as_it_goes:
            told = namespace(room.namespace).to(live.INSIDE).except_(live.tab_room(but))
            await told.aemit("media:peers", {"peers": peers})


async def _peers(room):
    return await database_sync_to_async(list)(MeshPeer.objects.filter(room=room).values_list("tab", flat=True))


async def _present(room):
    """The ids of the tabs that are here. While other processes cannot be asked nobody of theirs has gone."""
    try:
        sockets, unknown = await presence.asked(namespace(room.namespace).afetch_sockets()), []
    except BroadcastError as away:
        sockets, unknown = away.responses, await _peers(room)
    return {*unknown, *(tab["id"] for tab in presence.tabs(sockets))}


def _check_size(told):
    try:
        size = len(json.dumps(told))
    except TypeError:
        raise EventError("a message without bytes was expected", code="bad_arguments") from None
    allow(rules.over("too_large", "SIGNAL_BYTES") if size > conf.options().signal_bytes else None)


def _enter(room, member, present):
    """(the tabs in the mesh before, those after). One at a time: two cannot both take the last place."""
    with transaction.atomic():
        Room.objects.select_for_update().get(pk=room.pk)
        before = [row.tab for row in MeshPeer.objects.filter(room=room)]
        _sweep(room, present)
        rows = list(MeshPeer.objects.filter(room=room))
        leaving = set(places(rows, member, present, conf.options()))
        MeshPeer.objects.filter(pk__in=[row.pk for row in rows if row.tab in leaving]).delete()
        if member.tab not in leaving:
            own = {"user_id": member.user_id, "publishes": member.publishes, "away_since": None}
            MeshPeer.objects.update_or_create(room=room, tab=member.tab, defaults=own)
        after = list(MeshPeer.objects.filter(room=room).values_list("tab", flat=True))
    return before, after


def _sweep(room, present):
    """Who lost the connection has as long to come back as for a seat; a server that died left some, too."""
    rows = MeshPeer.objects.filter(room=room)
    rows.filter(tab__in=present).update(away_since=None)
    rows.exclude(tab__in=present).filter(away_since__lte=graced()).delete()
    rows.exclude(tab__in=present).filter(away_since=None).update(away_since=timezone.now())


def places(rows, member, present, options=DEFAULTS):
    """The tabs that make place for ``member``; ``member`` itself, if there is none. Pure.

    Who lost their connection keeps the place as long as nobody needs it: their voice goes on without us.
    """
    others = [row for row in rows if row.tab != member.tab]
    out = []
    for crowded, may_go in (
        (
            lambda kept: member.publishes and sum(row.publishes for row in kept) >= options.mesh_speaking,
            lambda row: row.publishes,
        ),
        (lambda kept: len(kept) >= options.mesh_places, lambda row: True),
    ):
        absent = [row for row in others if may_go(row) and row.tab not in present]
        listeners = [row for row in others if member.publishes and may_go(row) and not row.publishes]
        for row in absent + listeners[::-1]:
            if crowded([other for other in others if other.tab not in out]) and row.tab not in out:
                out.append(row.tab)
        if crowded([other for other in others if other.tab not in out]):
            return [member.tab]
    return out
