"""Seats, raised hands and invitations to sit down."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from voiceroom.admin.base import ReadOnly
from voiceroom.deeds import moderation
from voiceroom.models import HandRequest, ModerationEvent, Seat, SeatInvitation

Action = ModerationEvent.Action


@admin.register(Seat)
class SeatAdmin(ReadOnly):
    list_display = ["room", "number", "user", "mic_on", "muted_by_host", "locked", "away_since"]
    list_filter = [("user", admin.EmptyFieldListFilter), "mic_on", "muted_by_host", "locked", "room"]
    list_select_related = ["room", "user"]
    search_fields = ["room__searched__contains", "user__username"]
    actions = ["empty", "mute", "lock", "unlock"]

    @admin.display(description=_("number"), ordering="index")
    def number(self, seat):
        return seat.index + 1

    @admin.action(description=_("Move to the audience"), permissions=["moderate"])
    def empty(self, request, rows):
        def deed(change, seat):
            moderation.unseat(change, request.user, seat)
            change.log(request.user, Action.SEAT_KICK, seat.user)

        self.do(request, rows.exclude(user=None), deed)

    @admin.action(description=_("Mute"), permissions=["moderate"])
    def mute(self, request, rows):
        def deed(change, seat):
            moderation.mute(change, seat)
            change.log(request.user, Action.SEAT_MUTE, seat.user)

        self.do(request, rows.exclude(user=None), deed)

    @admin.action(description=_("Lock the seats"), permissions=["moderate"])
    def lock(self, request, rows):
        self._lock(request, rows, True)

    @admin.action(description=_("Unlock the seats"), permissions=["moderate"])
    def unlock(self, request, rows):
        self._lock(request, rows, False)

    def _lock(self, request, rows, locked):
        def deed(change, seat):
            if locked and seat.user_id:
                moderation.unseat(change, request.user, seat)
            Seat.objects.filter(pk=seat.pk).update(locked=locked)
            change.seat(seat)
            change.log(request.user, Action.SEAT_LOCK if locked else Action.SEAT_UNLOCK, seat.user)

        self.do(request, rows, deed)


@admin.register(HandRequest)
class HandAdmin(ReadOnly):
    list_display = ["created", "room", "user", "status"]
    list_filter = ["status", "room"]
    list_select_related = ["room", "user"]
    search_fields = ["room__searched__contains", "user__username"]


@admin.register(SeatInvitation)
class SeatInvitationAdmin(ReadOnly):
    list_display = ["created", "room", "user", "by", "status"]
    list_filter = ["status", "room"]
    list_select_related = ["room", "user", "by"]
    search_fields = ["room__searched__contains", "user__username", "by__username"]
