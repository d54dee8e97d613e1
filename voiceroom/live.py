"""What open pages must hear at once, said from anywhere: handlers, views, the admin, a shell.

Sync. Inside a transaction ``namespace()`` waits for the commit: nobody is sent away for what was rolled back.
"""

import contextlib

from realtime import BroadcastError, ClusterTimeout, CrossProcessLayerError, namespace
from voiceroom import wire
from voiceroom.models import Report

# Around what is said while processes may not reach each other: who did not hear it loads the room anew afterwards.
as_far_as_it_goes = contextlib.suppress(BroadcastError)
EVERYBODY, STAFF = "everybody", "staff"  # rooms of the lobby
INSIDE = "inside"  # the room, in the namespace of a chat room, of who went in
HOUSE = "house"  # of staff who went in
VOICE = "voice"  # of the tabs that may speak: publishing, seated, unmuted
FRAMES = "frames"  # of the tabs that hear by socket frames


def user_room(pk):
    """The room, in any namespace, of one user's sockets."""
    return f"user:{pk}"


def inside_of(*pks):
    """The rooms of these users' tabs that went in."""
    return [f"inside:{pk}" for pk in pks]


def tab_room(tab):
    """The room of one tab, by the id that others know it by."""
    return f"tab:{tab}"


def sockets(room):
    """The sockets in a room's namespace now, as far as this process can tell."""
    try:
        return namespace(room.namespace).fetch_sockets()
    except CrossProcessLayerError:
        return []
    except (BroadcastError, ClusterTimeout) as late:
        return late.responses


def card_room(slug, private=False):
    """The room, in the lobby, of the sockets that a room's card is shown to. A private one has another, for staff."""
    return f"{'private card' if private else 'card'}:{slug}"


def watchers(room):
    """The rooms of the lobby whose sockets hear of this room: it is shown to them, or they are its members."""
    if not room.is_private:
        return [card_room(room.slug)]
    return [card_room(room.slug, True), *_members(room)]


def _members(room):
    return [user_room(pk) for pk in room.memberships.values_list("user", flat=True)]


def _say(target, event, *args):
    with as_far_as_it_goes:
        target.emit(event, *args)


def lobby_changed(room):
    """There is a room more, or one less, to show: pages of those it may be shown to ask again, in their own time."""
    told = [STAFF, *_members(room)] if room.is_private else [EVERYBODY]
    _say(namespace("/").to(*told), "lobby:news")


def room_changed(room):
    """A room is called otherwise, or what was said last in it is another."""
    last = room.messages.kept().select_related("author").order_by("-pk").first()
    _say(namespace("/").to(*watchers(room)), "lobby:room", wire.card(room, last))


def message_deleted(message):
    """Take a deleted message from the open pages of its room."""
    _say(namespace(message.room.namespace).to(INSIDE), "chat:deleted", {"id": message.pk})
    room_changed(message.room)


def message_edited(message, said):
    """Show the open pages of its room what a message says now. ``said``: as they get it."""
    _say(namespace(message.room.namespace).to(INSIDE), "chat:edited", said)
    room_changed(message.room)


def message_reacted(message, user, emoji, on):
    """Show who is inside that somebody put a sign under a message, or took it away."""
    count = message.reactions.filter(emoji=emoji).count()
    told = {"message": message.pk, "user": user.pk, "emoji": emoji, "on": on, "count": count}
    _say(namespace(message.room.namespace).to(INSIDE), "chat:reacted", told)


def room_closed(room):
    """Tell who is inside, and let them go."""
    _say(namespace("/").to(*watchers(room)), "lobby:closed", {"slug": room.slug})
    lobby_changed(room)
    _say(namespace(room.namespace), "room:closed", {"code": "closed"})
    with as_far_as_it_goes:
        namespace(room.namespace).disconnect_sockets()


def user_banned(ban):
    """Tell every tab of the banned user, and let them go."""
    user_sent_out(ban.room, ban.user_id, "banned", reason=ban.reason, until=ban.until and ban.until.isoformat())


def user_sent_out(room, pk, code, **more):
    """Tell every tab of a user why, and let them go."""
    tabs = namespace(room.namespace).to(user_room(pk))
    _say(tabs, "room:closed", {"code": code, **more})
    with as_far_as_it_goes:
        tabs.disconnect_sockets()


def seat_taken_away(room, pk, by):
    """Tell every tab of a user who moved them to the audience."""
    _say(namespace(room.namespace).to(*inside_of(pk)), "seat:taken_away", {"by": wire.member(room, by)})


def reports_changed(room):
    """Tell the house how many reports of this room wait."""
    told = {"slug": room.slug, "waiting": room.reports.waiting().count(), "all": Report.objects.waiting().count()}
    _say(namespace("/").to(STAFF), "lobby:reports", told)


def announce(room, text):
    """A line from the house to everybody in the room; it is not kept."""
    _say(namespace(room.namespace).to(INSIDE), "room:announcement", {"text": text})


def user_logged_out(user):
    """End every connection of this user. Pages whose session is still good come back by themselves."""
    for target in ("/", *(member.room.namespace for member in user.memberships.select_related("room"))):
        with as_far_as_it_goes:
            namespace(target).to(user_room(user.pk)).disconnect_sockets(close=True)
