"""Rooms: who is there now, and closing, locking and announcing."""

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Count, Q
from django.shortcuts import render
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from realtime import CrossProcessLayerError
from voiceroom import live, presence, rules
from voiceroom.admin.base import Moderated
from voiceroom.deeds import doors, moderation, seats
from voiceroom.deeds.changes import changing
from voiceroom.models import Ban, Membership, ModerationEvent, Room, Seat

Action = ModerationEvent.Action
FACTS = "name topic seat_mode seat_count capacity guests_allowed hands_open private owner".split()


class OpenFilter(admin.SimpleListFilter):
    title, parameter_name = _("state"), "state"

    def lookups(self, request, model_admin):
        return [("open", _("Open")), ("closed", _("Closed"))]

    def queryset(self, request, queryset):
        return queryset.filter(closed_at__isnull=self.value() == "open") if self.value() else queryset


class MembershipInline(admin.TabularInline):
    model = Membership
    fields, readonly_fields = ["user", "role", "joined"], ["joined"]
    autocomplete_fields = ["user"]
    extra = 0


class BanInline(admin.TabularInline):
    """The bans that hold, to read."""

    model = Ban
    fields = readonly_fields = ["user", "until", "reason", "by", "created"]
    extra, can_delete, show_change_link = 0, False, True

    def get_queryset(self, request):
        return super().get_queryset(request).active().select_related("user", "by")

    def has_add_permission(self, request, obj=None):
        return False


class WithText(ActionForm):
    text = forms.CharField(label=_("Announcement:"), required=False, max_length=500)


def here_now(rooms):
    """{slug: glance} of who is in these rooms, as far as this process can tell."""
    try:
        return async_to_sync(presence.glances)([room.slug for room in rooms])
    except CrossProcessLayerError:
        return {}


@admin.register(Room)
class RoomAdmin(Moderated):
    list_display = ["about", "owner", "here", "barred", "members", "said", "is_open"]
    list_filter = [OpenFilter, "is_private", "locked", "seat_mode", "guests_allowed"]
    search_fields = ["searched__contains", "slug", "owner__username"]
    autocomplete_fields = ["owner"]
    readonly_fields = ["locked", "created", "closed_at"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [MembershipInline, BanInline]
    action_form = WithText
    actions = ["close", "reopen", "lock", "unlock", "mute_everybody", "announce"]

    def get_queryset(self, request):
        counts = {
            "members": Count("memberships", distinct=True),
            "said": Count("messages", filter=Q(messages__deleted_at=None), distinct=True),
        }
        return super().get_queryset(request).select_related("owner").annotate(**counts)

    def get_changelist_instance(self, request):
        changelist = super().get_changelist_instance(request)
        now = here_now(changelist.result_list)
        for room in changelist.result_list:
            room.now = now.get(room.slug, {}).get("here")
        return changelist

    def get_urls(self):
        live_page = self.admin_site.admin_view(self.live_page)
        return [path("live/", live_page, name="voiceroom_room_live"), *super().get_urls()]

    def live_page(self, request):
        """The rooms as they are at this moment, kept fresh over the lobby's namespace."""
        if not self.has_view_permission(request):
            return self._forbidden(request)
        context = {**self.admin_site.each_context(request), "title": _("Rooms now"), "opts": self.model._meta}
        return render(request, "admin/voiceroom/room/live.html", context)

    def _forbidden(self, request):
        return render(request, "403.html", status=403)

    @admin.display(description=_("room"), ordering="name")
    def about(self, room):
        """What it is called, and what it is about."""
        return format_html('{}<span class="room-topic">{}</span>', room.name, room.topic)

    @admin.display(description=_("door"), ordering="is_private")
    def barred(self, room):
        """What keeps people out."""
        facts = [(room.is_private, _("private")), (room.locked, _("locked")), (room.password, _("password"))]
        return ", ".join(str(name) for fact, name in facts if fact) or "-"

    @admin.display(description=_("here now"))
    def here(self, room):
        return room.now

    @admin.display(description=_("members"), ordering="members")
    def members(self, room):
        return room.members

    @admin.display(description=_("messages"), ordering="said")
    def said(self, room):
        return room.said

    @admin.display(description=_("open"), boolean=True, ordering="closed_at")
    def is_open(self, room):
        return room.closed_at is None

    def has_delete_permission(self, request, obj=None):
        return False  # closing keeps what was said

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        self._with_its_owner(form.instance)
        if change:
            self._tell(request, form)
        live.lobby_changed(form.instance)

    def _with_its_owner(self, room):
        Membership.objects.update_or_create(room=room, user=room.owner, defaults={"role": rules.OWNER})

    def _tell(self, request, form):
        with changing(form.instance) as change:
            change.facts(*FACTS)
            seats.resize(change, form.instance.seat_count)
            if not change.room.guests_allowed:
                moderation.put_out_guests(change)
            for seat in Seat.objects.filter(room=change.room):
                change.seat(seat)
            if form.changed_data:
                change.log(request.user, Action.UPDATE, detail=", ".join(form.changed_data))

    @admin.action(description=_("Close the rooms and send everybody out"), permissions=["close"])
    def close(self, request, rooms):
        if page := self.asked(request, rooms.filter(closed_at=None), "close", _("Close these rooms?")):
            return page

        def deed(change, room):
            moderation.shut(change, request.user)
            self.log_change(request, room, "Closed")

        count = self._do(request, rooms.filter(closed_at=None), deed)
        return self._say(request, ngettext("%d room closed.", "%d rooms closed.", count) % count)

    @admin.action(description=_("Open the rooms again"), permissions=["close"])
    def reopen(self, request, rooms):
        def deed(change, room):
            change.room.closed_at = None
            change.room.save(update_fields=["closed_at"])
            change.log(request.user, Action.REOPEN)
            self.log_change(request, room, "Opened again")
            live.lobby_changed(change.room)

        self._do(request, rooms.exclude(closed_at=None), deed)

    @admin.action(description=_("Lock the rooms"), permissions=["moderate"])
    def lock(self, request, rooms):
        self._lock(request, rooms, True)

    @admin.action(description=_("Unlock the rooms"), permissions=["moderate"])
    def unlock(self, request, rooms):
        self._lock(request, rooms, False)

    def _lock(self, request, rooms, locked):
        def deed(change, room):
            faces = presence.tabs(live.sockets(room))
            doors.change_door(change, request.user, {tab["person"]["id"] for tab in faces}, locked=locked)

        self._do(request, rooms.exclude(locked=locked), deed)

    @admin.action(description=_("Mute everybody in the rooms"), permissions=["moderate"])
    def mute_everybody(self, request, rooms):
        def deed(change, room):
            for seat in Seat.objects.filter(room=room, muted_by_host=False).exclude(user=None):
                moderation.mute(change, seat)
            change.log(request.user, Action.MUTE_ALL)

        self._do(request, rooms, deed)

    @admin.action(description=_("Announce in the rooms"), permissions=["announce"])
    def announce(self, request, rooms):
        text = rules.clean_text(request.POST.get("text", ""))
        if not text:
            return self.message_user(request, _("Write the announcement beside the action."), messages.WARNING)

        def deed(change, room):
            live.announce(room, text)
            change.log(request.user, Action.ANNOUNCE, detail=text)

        count = self._do(request, rooms.filter(closed_at=None), deed)
        self._say(request, ngettext("Announced in %d room.", "Announced in %d rooms.", count) % count)

    def _do(self, request, rooms, deed):
        return self.do(request, list(rooms), deed, room_of=lambda room: room)

    def _say(self, request, text):
        self.message_user(request, text, messages.SUCCESS)
