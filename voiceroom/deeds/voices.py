"""Who may be heard, carried from the seats to the sockets: the publishing tab of an unmuted holder is in ``VOICE``."""

import contextlib

from asgiref.sync import async_to_sync
from django.db import transaction

from realtime import BroadcastError, ClusterTimeout, ServerStopped, namespace
from voiceroom import live, media
from voiceroom.models import Seat


def settle_later(room, user_id):
    """After the commit, give this user's sockets the right to speak that their seat gives, and no other."""
    transaction.on_commit(lambda: _unless_stopped(settle, room, user_id), robust=True)


def close_later(room):
    """After the commit, let the backend close this room."""
    close = async_to_sync(media.backend_of(room).close_room)
    transaction.on_commit(lambda: _unless_stopped(close, room), robust=True)


def _unless_stopped(deed, *args):
    """A thread may outlive the sockets of its server; then there is nobody left to speak."""
    with contextlib.suppress(ServerStopped):
        deed(*args)


def settle(room, user_id):
    """Two changes may settle at once, in two threads or processes: who applied last has looked again, and it holds."""
    known = None
    while (right := _right(room, user_id)) != known:
        _apply(room, user_id, *right)
        known = right


def _right(room, user_id):
    """(seat or None, its tab, whether it speaks)"""
    seat = Seat.objects.filter(room=room, user=user_id).first()
    return (seat.index, seat.tab, seat.speaks) if seat else (None, "", False)


def _apply(room, user_id, index, tab, speaks):
    sockets = namespace(room.namespace).to(live.user_room(user_id))
    with live.as_far_as_it_goes:
        (sockets.except_(live.tab_room(tab)) if speaks else sockets).sockets_leave(live.VOICE)
    if speaks:
        # A process dies, is out of reach, or does it as soon as it wakes up.
        with contextlib.suppress(BroadcastError, ClusterTimeout):
            namespace(room.namespace).to(live.tab_room(tab)).sockets_join(live.VOICE)
    member = media.Member(user_id, tab)
    async_to_sync(media.backend_of(room).set_publish)(room, member, seat=index, muted=not speaks)
