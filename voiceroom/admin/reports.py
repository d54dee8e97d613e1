"""Reports: what waits for the house, and what became of it."""

from django.contrib import admin, messages
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from voiceroom.admin.base import ReadOnly
from voiceroom.deeds import bans, reports
from voiceroom.models import Ban, Message, Report

State = Report.State
LINES = 15  # messages of the reported that a moderator reads beside the report


class StateFilter(admin.SimpleListFilter):
    """Shows what waits, unless somebody asks for the rest."""

    title, parameter_name = _("state"), "state"

    def lookups(self, request, model_admin):
        return [*State.choices, ("all", _("All"))]

    def choices(self, changelist):
        return list(super().choices(changelist))[1:]  # without "All" of Django's, which this one's absence would be

    def value(self):
        return super().value() or State.WAITING

    def queryset(self, request, queryset):
        return queryset if self.value() == "all" else queryset.filter(state=self.value())


@admin.register(Report)
class ReportAdmin(ReadOnly):
    list_display = ["created", "room", "user", "reason", "start", "by", "state"]
    list_filter = [StateFilter, "reason", "room", "created"]
    list_select_related = ["room", "user", "by"]
    search_fields = ["user__username", "by__username", "room__searched__contains", "text"]
    date_hierarchy = "created"
    fields = [
        "created",
        "room",
        "user",
        "reason",
        "text",
        "said",
        "recently",
        "by",
        "state",
        "settled_by",
        "settled_at",
    ]
    actions = ["handle", "dismiss", "ban"]

    @admin.display(description=_("what happened"))
    def start(self, report):
        return Truncator(report.text).chars(60) or "-"

    @admin.display(description=_("message"))
    def said(self, report):
        return report.message.text if report.message else "-"

    @admin.display(description=_("what they wrote before"))
    def recently(self, report):
        """Deleted ones, too: deleting is no way out."""
        rows = Message.objects.filter(room=report.room, author=report.user, created__lte=report.created)
        lines = [(_moment(row.created), row.text[:300]) for row in rows.order_by("-pk")[:LINES]][::-1]
        return format_html_join("", "<p><small>{}</small> {}</p>", lines) or "-"

    @admin.action(description=_("Mark as handled"), permissions=["moderate"])
    def handle(self, request, rows):
        self._settle(request, rows, State.HANDLED)

    @admin.action(description=_("Dismiss"), permissions=["moderate"])
    def dismiss(self, request, rows):
        self._settle(request, rows, State.DISMISSED)

    @admin.action(description=_("Ban the reported from the room for good"), permissions=["moderate"])
    def ban(self, request, rows):
        if page := self.asked(request, rows.waiting(), "ban", _("Ban these people for good?")):
            return page

        def ban(change, report):
            if report.user and not Ban.objects.active().filter(room=report.room, user=report.user).exists():
                reason = report.get_reason_display()
                row = Ban.objects.create(room=change.room, user=report.user, by=request.user, reason=reason)
                bans.banned(change, row)

        return self._settle(request, rows, State.HANDLED, ban)

    def _settle(self, request, rows, state, first=lambda change, report: None):
        def deed(change, report):
            if reports.settle(change, report, request.user, state):
                first(change, report)
                self.log_change(request, report, state.label)
                settled.append(report)

        settled = []
        self.do(request, rows.waiting().select_related("room", "user"), deed)
        done = ngettext("%d report settled.", "%d reports settled.", len(settled)) % len(settled)
        self.message_user(request, done, messages.SUCCESS if settled else messages.WARNING)


def _moment(value):
    return date_format(localtime(value), "SHORT_DATETIME_FORMAT")
