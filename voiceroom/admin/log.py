"""The moderation log: to read, to filter, to export."""

import csv

from django.contrib import admin
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from voiceroom.admin.base import ReadOnly
from voiceroom.models import ModerationEvent

COLUMNS = ["time", "room", "by", "action", "user", "detail"]


@admin.register(ModerationEvent)
class ModerationEventAdmin(ReadOnly):
    list_display = ["created", "room", "by", "action", "user", "detail"]
    list_filter = ["action", "room", "created", ("by", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["room", "by", "user"]
    search_fields = ["room__searched__contains", "by__username", "user__username", "detail"]
    date_hierarchy = "created"
    actions = ["export"]

    def has_export_permission(self, request):
        return request.user.has_perm("voiceroom.export_moderationevent")

    @admin.action(description=_("Export as CSV"), permissions=["export"])
    def export(self, request, events):
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="moderation.csv"'
        table = csv.writer(answer)
        table.writerow(COLUMNS)
        for event in events.select_related("room", "by", "user"):
            row = event.created.isoformat(), event.room and event.room.slug, event.by, event.action, event.user
            table.writerow([_harmless(cell) for cell in (*row, event.detail)])
        return answer


def _harmless(cell):
    """As text that no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
