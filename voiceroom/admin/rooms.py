"""Voiceroom in Django's admin. Actions reach open pages at once."""

from django.contrib import admin, messages
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from voiceroom import live
from voiceroom.models import Ban, Membership, Message, Room


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


@admin.register(Room)
class RoomAdmin(admin.ModelAdmin):
    list_display = ["name", "topic", "owner", "is_private", "members", "said", "is_open"]
    list_filter = [OpenFilter, "is_private"]
    search_fields = ["name", "topic", "slug", "owner__username"]
    autocomplete_fields = ["owner"]
    readonly_fields = ["created", "closed_at"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [MembershipInline]
    actions = ["close", "reopen"]

    def get_queryset(self, request):
        counts = {
            "members": Count("memberships", distinct=True),
            "said": Count("messages", filter=Q(messages__deleted_at=None), distinct=True),
        }
        return super().get_queryset(request).select_related("owner").annotate(**counts)

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
        live.room_changed(form.instance)

    @admin.action(description=_("Close the rooms and send everybody out"), permissions=["change"])
    def close(self, request, rooms):
        rooms = list(rooms.filter(closed_at=None))
        for room in rooms:
            room.close()
            self.log_change(request, room, "Closed")
            live.room_closed(room)
        done = ngettext("%d room closed.", "%d rooms closed.", len(rooms)) % len(rooms)
        self.message_user(request, done, messages.SUCCESS)

    @admin.action(description=_("Open the rooms again"), permissions=["change"])
    def reopen(self, request, rooms):
        for room in rooms.exclude(closed_at=None):
            room.closed_at = None
            room.save(update_fields=["closed_at"])
            self.log_change(request, room, "Opened again")
            live.room_changed(room)


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    list_display = ["user", "room", "role", "joined"]
    list_filter = ["role", "room"]
    list_select_related = ["user", "room"]
    search_fields = ["user__username", "room__name"]
    autocomplete_fields = ["user", "room"]


@admin.register(Ban)
class BanAdmin(admin.ModelAdmin):
    list_display = ["user", "room", "until", "reason", "by", "created"]
    list_filter = ["room", "created"]
    list_select_related = ["user", "room", "by"]
    search_fields = ["user__username", "room__name", "reason"]
    autocomplete_fields = ["user", "room"]
    readonly_fields = ["by", "created"]

    def save_model(self, request, ban, form, change):
        ban.by = ban.by or request.user
        super().save_model(request, ban, form, change)
        if Ban.objects.active().filter(pk=ban.pk).exists():
            live.user_banned(ban)


class KeptFilter(admin.SimpleListFilter):
    title, parameter_name = _("state"), "state"

    def lookups(self, request, model_admin):
        return [("kept", _("In the room")), ("deleted", _("Deleted"))]

    def queryset(self, request, queryset):
        return queryset.filter(deleted_at__isnull=self.value() == "kept") if self.value() else queryset


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):
    list_display = ["created", "room", "author", "start", "deleted_by"]
    list_display_links = ["start"]
    list_filter = [KeptFilter, "room", "created"]
    list_select_related = ["room", "author", "deleted_by"]
    search_fields = ["text", "author__username", "room__name"]
    date_hierarchy = "created"
    ordering = ["-pk"]
    actions = ["delete_from_rooms"]

    @admin.display(description=_("text"))
    def start(self, message):
        return str(message) or "-"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return obj is None and super().has_change_permission(request)  # what people said is not rewritten

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.action(description=_("Delete from the rooms"), permissions=["change"])
    def delete_from_rooms(self, request, rows):
        removed = [message for message in rows.select_related("room") if message.delete_softly(by=request.user)]
        for message in removed:
            self.log_change(request, message, "Deleted from the room")
            live.message_deleted(message)
        done = ngettext("%d message deleted.", "%d messages deleted.", len(removed)) % len(removed)
        self.message_user(request, done, messages.SUCCESS)


admin.site.site_header = admin.site.site_title = "Voiceroom"
admin.site.index_title = _("Rooms, people and what was said")
