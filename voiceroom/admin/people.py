"""Members, guests and bans."""

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from voiceroom import live
from voiceroom.admin.base import Moderated, ReadOnly
from voiceroom.deeds import bans, moderation
from voiceroom.deeds.changes import changing
from voiceroom.deeds.people import seat_of
from voiceroom.models import Ban, Guest, Membership, ModerationEvent

Action = ModerationEvent.Action


@admin.register(Membership)
class MembershipAdmin(Moderated):
    list_display = ["user", "room", "role", "muted_by_host", "chat_muted", "joined"]
    list_filter = ["role", "muted_by_host", "chat_muted", "room"]
    list_select_related = ["user", "room"]
    search_fields = ["user__username", "room__searched__contains"]
    autocomplete_fields = ["user", "room"]
    readonly_fields = ["muted_by_host", "chat_muted"]
    actions = ["send_out", "mute", "mute_chat", "unmute_chat", "ban"]

    def save_model(self, request, member, form, change):
        super().save_model(request, member, form, change)
        with changing(member.room) as told:
            told.person(member.user_id)
            told.log(request.user, Action.ROLE, member.user, member.role)

    @admin.action(description=_("Send out of the room"), permissions=["moderate"])
    def send_out(self, request, members):
        def deed(change, member):
            moderation.put_out(change, member.user)
            change.log(request.user, Action.KICK, member.user)
            live.user_sent_out(change.room, member.user_id, "kicked")

        self._say(request, self.do(request, members, deed))

    @admin.action(description=_("Mute"), permissions=["moderate"])
    def mute(self, request, members):
        def deed(change, member):
            Membership.objects.filter(pk=member.pk).update(muted_by_host=True)
            if seat := seat_of(change.room, member.user):
                moderation.mute(change, seat)
            change.log(request.user, Action.SEAT_MUTE, member.user)

        self._say(request, self.do(request, members, deed))

    @admin.action(description=_("Take the right to write"), permissions=["moderate"])
    def mute_chat(self, request, members):
        self._chat(request, members.filter(chat_muted=False), True)

    @admin.action(description=_("Give the right to write back"), permissions=["moderate"])
    def unmute_chat(self, request, members):
        self._chat(request, members.filter(chat_muted=True), False)

    def _chat(self, request, members, on):
        def deed(change, member):
            Membership.objects.filter(pk=member.pk).update(chat_muted=on)
            change.facts("chat_muted")
            change.log(request.user, Action.CHAT_MUTE if on else Action.CHAT_UNMUTE, member.user)

        self._say(request, self.do(request, list(members), deed))

    @admin.action(description=_("Ban from the room for good"), permissions=["moderate"])
    def ban(self, request, members):
        if page := self.asked(request, members, "ban", _("Ban these people for good?")):
            return page

        def deed(change, member):
            ban = Ban.objects.create(room=change.room, user=member.user, by=request.user)
            bans.banned(change, ban)

        return self._say(request, self.do(request, members, deed))

    def _say(self, request, count):
        self.message_user(request, ngettext("%d person.", "%d people.", count) % count, messages.SUCCESS)


@admin.register(Ban)
class BanAdmin(Moderated):
    list_display = ["user", "room", "until", "reason", "by", "created"]
    list_filter = ["room", "created"]
    list_select_related = ["user", "room", "by"]
    search_fields = ["user__username", "room__searched__contains", "reason"]
    autocomplete_fields = ["user", "room"]
    readonly_fields = ["by", "created"]

    def save_model(self, request, ban, form, change):
        ban.by = ban.by or request.user
        with changing(ban.room) as told:
            super().save_model(request, ban, form, change)
            if Ban.objects.active().filter(pk=ban.pk).exists():
                bans.banned(told, ban)

    def delete_model(self, request, ban):
        self.delete_queryset(request, [ban])

    def delete_queryset(self, request, bans):
        for ban in list(bans):
            with changing(ban.room) as told:
                told.log(request.user, Action.UNBAN, ban.user, ban.reason)
                ban.delete()


@admin.register(Guest)
class GuestAdmin(ReadOnly):
    list_display = ["name", "user", "room", "created"]
    list_filter = ["room", "created"]
    list_select_related = ["user", "room"]
    search_fields = ["user__username", "user__first_name", "room__searched__contains"]

    @admin.display(description=_("name"), ordering="user__first_name")
    def name(self, guest):
        return guest.user.first_name
