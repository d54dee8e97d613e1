"""What the pages of the admin share."""

from django.contrib import admin, messages

from realtime import EventError
from voiceroom.deeds.changes import changing


class Moderated(admin.ModelAdmin):
    """Actions may ask for ``permissions=["moderate"]``, ``["close"]`` or ``["announce"]`` of the rooms."""

    def has_moderate_permission(self, request):
        return request.user.has_perm("voiceroom.moderate_room")

    def has_close_permission(self, request):
        return request.user.has_perm("voiceroom.close_room")

    def has_announce_permission(self, request):
        return request.user.has_perm("voiceroom.announce_room")

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
