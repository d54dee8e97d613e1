"""What open pages must hear at once, said from anywhere: handlers, views, the admin, a shell.

Sync. Inside a transaction ``namespace()`` waits for the commit: nobody is sent away for what was rolled back.
"""

from realtime import CrossProcessLayerError, namespace
from voiceroom import wire

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


def watchers(room):
    """The rooms of the lobby whose sockets may know of this room."""
    if not room.is_private:
        return [EVERYBODY]
    return [STAFF, *(user_room(pk) for pk in room.memberships.values_list("user", flat=True))]


def room_changed(room):
    """A room is new or renamed, or what was said last in it is another."""
    last = room.messages.kept().select_related("author").order_by("-pk").first()
    namespace("/").to(*watchers(room)).emit("lobby:room", wire.card(room, last))


def message_deleted(message):
    """Take a deleted message from the open pages of its room."""
    namespace(message.room.namespace).to(INSIDE).emit("chat:deleted", {"id": message.pk})
    room_changed(message.room)


def room_closed(room):
    """Tell who is inside, and let them go."""
    namespace("/").to(*watchers(room)).emit("lobby:closed", {"slug": room.slug})
    namespace(room.namespace).emit("room:closed", {"code": "closed"})
    namespace(room.namespace).disconnect_sockets()


def user_banned(ban):
    """Tell every tab of the banned user, and let them go."""
    user_sent_out(ban.room, ban.user_id, "banned")


def user_sent_out(room, pk, code):
    """Tell every tab of a user why, and let them go."""
    tabs = namespace(room.namespace).to(user_room(pk))
    tabs.emit("room:closed", {"code": code})
    tabs.disconnect_sockets()


def announce(room, text):
    """A line from the house to everybody in the room; it is not kept."""
    namespace(room.namespace).to(INSIDE).emit("room:announcement", {"text": text})


def user_logged_out(user):
    """End every connection of this user. Pages whose session is still good come back by themselves."""
    for target in ("/", *(member.room.namespace for member in user.memberships.select_related("room"))):
        namespace(target).to(user_room(user.pk)).disconnect_sockets(close=True)
