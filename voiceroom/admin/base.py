"""What the pages of the admin share."""

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.shortcuts import render

from realtime import EventError
from voiceroom.deeds.changes import changing


class Moderated(admin.ModelAdmin):
    """Actions may ask for ``permissions=["moderate"]``, ``["close"]`` or ``["announce"]`` of the rooms."""

    class Media:
        css = {"all": ["voiceroom/admin.css"]}  # noqa: RUF012 - Django's way

    def has_moderate_permission(self, request):
        return request.user.has_perm("voiceroom.moderate_room")

    def has_close_permission(self, request):
        return request.user.has_perm("voiceroom.close_room")

    def has_announce_permission(self, request):
        return request.user.has_perm("voiceroom.announce_room")

    def asked(self, request, rows, action, question):
        """A page that asks before an action that sends people out, or ``None`` when they have said yes."""
        if request.POST.get("confirmed"):
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": question,
            "opts": self.model._meta,
            "rows": rows,
            "action": action,
            "checkbox": helpers.ACTION_CHECKBOX_NAME,
        }
        return render(request, "admin/voiceroom/confirm.html", context)

    def do(self, request, rows, deed, room_of=lambda row: row.room):
        """``deed(change, row)`` for each row, each in a change of its room. Answers how many were done."""
        count = 0
        for row in rows:
            try:
                with changing(room_of(row)) as change:
                    deed(change, row)
                count += 1
            except EventError as refusal:
                self.message_user(request, f"{row}: {refusal.code}", messages.WARNING)
        return count


class ReadOnly(Moderated):
    """Rows that nobody writes by hand."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
