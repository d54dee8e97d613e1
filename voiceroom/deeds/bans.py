"""Keeping people out, and letting them in again."""

import datetime

from django.utils import timezone

from realtime import EventError
from voiceroom import conf, live, rules
from voiceroom.deeds.changes import changing
from voiceroom.deeds.moderation import below, put_out
from voiceroom.deeds.people import user_by_id
from voiceroom.models import Ban, ModerationEvent
from voiceroom.refusals import allow

Action = ModerationEvent.Action
LISTED = 200  # bans that a host is shown


def ban(room, by, user, minutes, reason):
    """Send somebody out and keep them out, for some minutes or for good."""
    with changing(room) as change:
        user = below(
            change, by, user, lambda mine, theirs: rules.why_not_ban(mine, theirs, minutes, reason, conf.options())
        )
        until = timezone.now() + datetime.timedelta(minutes=minutes) if minutes else None
        row = Ban(room=room, user=user, until=until, reason=rules.clean_line(reason)[:200], by=by)
        row.save()
        banned(change, row)
    return change


def banned(change, row):
    """What a ban does; the admin's way, too."""
    put_out(change, row.user)
    change.log(row.by, Action.BAN, row.user, row.reason)
    live.user_banned(row)


def unban(room, by, user):
    """Let somebody in again from now on. The rows stay, as bans that are over."""
    with changing(room) as change:
        user, standing = user_by_id(room, user), change.room.standing(by)
        rows = list(Ban.objects.active().filter(room=room, user=user).select_related("by"))
        allow(rules.why_not_moderate(standing))
        if not rows:
            raise EventError("not banned", code="gone")
        for row in rows:
            allow(rules.why_not_unban(standing, row.by and change.room.standing(row.by)))
        Ban.objects.filter(pk__in=[row.pk for row in rows]).update(until=timezone.now())
        change.log(by, Action.UNBAN, user, rows[0].reason)
    return change


def listed(room, by):
    """The bans that hold, the newest first."""
    allow(rules.why_not_moderate(room.standing(by)))
    return list(Ban.objects.active().filter(room=room).select_related("user", "by")[:LISTED])
