"""Locks, passwords, links and knocking."""

import datetime

from django.utils import timezone

from realtime import EventError, namespace
from voiceroom import conf, live, rules, wire
from voiceroom.deeds.changes import changing
from voiceroom.deeds.people import user_by_id
from voiceroom.models import Attempt, InviteLink, Membership, ModerationEvent
from voiceroom.refusals import allow, number

Action = ModerationEvent.Action
LISTED = 100  # links that a host is shown


def lock(room, by, locked, here):
    """Lock or unlock. ``here``: the ids of who is inside, who may come back through the locked door."""
    with changing(room) as change:
        allow(rules.why_not_moderate(change.room.standing(by)))
        change_door(change, by, here, locked=locked)
    return change


def set_password(room, by, password, here):
    """Want a password from whoever comes from now on; ``None``: want none."""
    with changing(room) as change:
        allow(rules.why_not_host(change.room.standing(by)) or rules.why_not_password(password, conf.options()))
        change_door(change, by, here, password=password)
    return change


def change_door(change, by, here, **door):
    """Without asking the rules; the admin's way, too."""
    change.room.change_door(**door)
    Membership.objects.filter(room=change.room, user__in=here).update(door=change.room.door)
    change.facts("locked", "has_password")
    locked = Action.LOCK if change.room.locked else Action.UNLOCK
    change.log(by, Action.PASSWORD if "password" in door else locked)


def enter(room, user, others, password=None, invite=None):
    """Let a user in, or say why not. Answers (membership, standing). A link is used up only by who needs one."""
    link = _good_link(room, invite)
    standing = room.standing(user, invited=link is not None)
    reason = rules.why_not_enter(standing, others)
    if reason == "password" and password is not None:
        _try_password(room, user, password)
        reason = None
    allow(reason)
    if link and rules.why_not_enter(room.standing(user), others):
        allow(None if link.use() else "invite_invalid")
    return let_in(room, user, standing), standing


def let_in(room, user, standing):
    """The membership of who comes in; staff who look into a private room do not become members by it."""
    if standing.private and standing.role is None and not standing.invited:
        return Membership(room=room, user=user)
    member = Membership.objects.get_or_create(room=room, user=user)[0]
    door = member.door if standing.moderates else room.door
    if member.door != door or not member.entered:
        member.door, member.entered = door, True
        member.save(update_fields=["door", "entered"])
    return member


def _good_link(room, invite):
    """The link that this token is, if it is good; a bad one is said only to who needs one."""
    link = InviteLink.objects.by_token(room, invite)
    return link if link and link.why_not() is None else None


def _try_password(room, user, password):
    """Count first, compare then: many tabs at once get no more tries than one."""
    Attempt.objects.add(room, user, Attempt.PASSWORD)
    tries = Attempt.objects.lately().filter(room=room, kind=Attempt.PASSWORD)
    allow(rules.why_not_try(tries.filter(user=user).count(), tries.count(), conf.options()))
    allow(None if rules.is_password(password, conf.options()) and room.is_password(password) else "password")
    tries.filter(user=user).delete()


def invite_link(room, by, options):
    """Make a link; options are ``hours`` and ``uses``."""
    options = options if isinstance(options, dict) else {}
    hours, uses = options.get("hours", 24), options.get("uses", 10)
    with changing(room) as change:
        links = InviteLink.objects.good().filter(room=room).count()
        allow(rules.why_not_invite(change.room.standing(by), hours, uses, links, conf.options()))
        expires = timezone.now() + datetime.timedelta(hours=hours)
        link = InviteLink.objects.create(room=room, by=by, expires=expires, max_uses=uses)
        change.log(by, Action.INVITE, detail=f"{hours} h, {uses}")
    return link


def good_links(room, by):
    """The links that still open the door, the newest first."""
    allow(rules.why_not_moderate(room.standing(by)))
    return list(InviteLink.objects.good().filter(room=room).select_related("by")[:LISTED])


def revoke(room, by, pk):
    """Let nobody in any more by this link. Who came in by it stays."""
    with changing(room) as change:
        allow(rules.why_not_moderate(change.room.standing(by)))
        revoked = InviteLink.objects.good().filter(room=room, pk=number(pk)).update(revoked=True)
        allow(None if revoked else "gone")
        change.log(by, Action.REVOKE)
    return change


def knock(room, user):
    """Ask the hosts to be let in. They get the person; answer by ``answer_knock``."""
    standing = room.standing(user)
    allow(rules.why_shut_out(standing))
    Attempt.objects.add(room, user, Attempt.KNOCK)
    knocks = Attempt.objects.lately().filter(room=room, kind=Attempt.KNOCK)
    allow(rules.why_not_try(knocks.filter(user=user).count(), knocks.count(), conf.options()))
    keepers = live.inside_of(*_keepers(room))
    namespace(room.namespace).to(live.HOUSE, *keepers).emit("room:knocked", {"person": wire.person(user)})


def _keepers(room):
    members = Membership.objects.filter(room=room)
    return [member.user_id for member in members if rules.RANK[member.standing] >= rules.RANK[rules.MODERATOR]]


def answer_knock(room, by, user, accept):
    """Let somebody in who knocked, or do not; they hear it in the lobby."""
    with changing(room) as change:
        allow(rules.why_not_moderate(change.room.standing(by)))
        user = user_by_id(room, user)
        if not Attempt.objects.filter(room=room, user=user, kind=Attempt.KNOCK).exists():
            raise EventError("nobody knocked", code="gone")
        Attempt.objects.filter(room=room, user=user, kind=Attempt.KNOCK).delete()
        if accept:
            Membership.objects.update_or_create(room=room, user=user, defaults={"door": change.room.door})
        change.log(by, Action.KNOCK, user, "accepted" if accept else "declined")
    told = {"slug": room.slug, "accept": accept}
    namespace("/").to(live.user_room(user.pk)).emit("lobby:knock_answer", told)
    return change
