"""What was said."""

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from voiceroom import live
from voiceroom.admin.base import Moderated
from voiceroom.models import Message, MessageEdit, ModerationEvent


class KeptFilter(admin.SimpleListFilter):
    title, parameter_name = _("state"), "state"

    def lookups(self, request, model_admin):
        return [("kept", _("In the room")), ("deleted", _("Deleted"))]

    def queryset(self, request, queryset):
        return queryset.filter(deleted_at__isnull=self.value() == "kept") if self.value() else queryset


class EditInline(admin.TabularInline):
    """What it said before, to read."""

    model = MessageEdit
    fields = readonly_fields = ["text", "created"]
    extra, can_delete = 0, False

    def has_add_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("voiceroom.view_message")


@admin.register(Message)
class MessageAdmin(Moderated):
    list_display = ["created", "room", "author", "start", "deleted_by"]
    list_display_links = ["start"]
    list_filter = [KeptFilter, "room", "created"]
    list_select_related = ["room", "author", "deleted_by"]
    search_fields = ["text", "author__username", "room__searched__contains"]
    date_hierarchy = "created"
    ordering = ["-pk"]
    actions = ["delete_from_rooms"]
    inlines = [EditInline]

    @admin.display(description=_("text"))
    def start(self, message):
        return str(message) or "-"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return obj is None and super().has_change_permission(request)  # what people said is not rewritten

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.action(description=_("Delete from the rooms"), permissions=["moderate"])
    def delete_from_rooms(self, request, rows):
        def deed(change, message):
            if message.delete_softly(by=request.user):
                removed.append(message)
                change.log(request.user, ModerationEvent.Action.MESSAGE_DELETE, message.author, f"#{message.pk}")
                self.log_change(request, message, "Deleted from the room")
                live.message_deleted(message)

        removed = []
        self.do(request, rows.select_related("room", "author"), deed)
        done = ngettext("%d message deleted.", "%d messages deleted.", len(removed)) % len(removed)
        self.message_user(request, done, messages.SUCCESS)
