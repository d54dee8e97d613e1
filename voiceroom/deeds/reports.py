"""Reports: people make them, the house settles them. Who is reported hears nothing of it."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from realtime import EventError
from voiceroom import conf, live, rules
from voiceroom.deeds.people import user_by_id
from voiceroom.models import Membership, ModerationEvent, Report
from voiceroom.refusals import allow, number

SETTLED = {
    Report.State.HANDLED: ModerationEvent.Action.REPORT_HANDLED,
    Report.State.DISMISSED: ModerationEvent.Action.REPORT_DISMISSED,
}


def report(room, by, user, reason, text="", message=None):
    """Tell the house about somebody who is, or was, in this room. ``message``: the id of one of theirs, or ``None``."""
    user = user_by_id(room, user)
    lately = Report.objects.lately().filter(by=by).count()
    allow(rules.why_not_report(room.standing(by), user == by, reason, text, lately, conf.options()))
    allow(None if Membership.objects.filter(room=room, user=user).exists() else "not_found")
    about = {"reason": reason, "text": rules.clean_text(text), "message": _said(room, user, message)}
    try:
        with transaction.atomic():
            made = Report.objects.create(room=room, by=by, user=user, **about)
    except IntegrityError:
        allow("already_reported")
    live.reports_changed(room)
    return made


def _said(room, user, pk):
    found = pk and room.messages.filter(pk=number(pk), author=user).first()
    if pk and not found:
        raise EventError("no such message of theirs", code="not_found")
    return found


def settle(change, report, by, state):
    """Mark a report as handled, or dismiss it. False if somebody else was first."""
    now = {"state": state, "settled_by": by, "settled_at": timezone.now()}
    if not Report.objects.waiting().filter(pk=report.pk).update(**now):
        return False
    change.log(by, SETTLED[state], report.user, report.get_reason_display())
    live.reports_changed(change.room)
    return True
