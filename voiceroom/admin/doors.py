"""Invite links."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from voiceroom.admin.base import ReadOnly
from voiceroom.models import InviteLink, ModerationEvent


@admin.register(InviteLink)
class InviteLinkAdmin(ReadOnly):
    list_display = ["room", "by", "created", "expires", "uses", "max_uses", "good"]
    list_filter = ["revoked", "room", "expires"]
    list_select_related = ["room", "by"]
    search_fields = ["room__searched__contains", "by__username"]
    actions = ["revoke"]

    @admin.display(description=_("good"), boolean=True)
    def good(self, link):
        return link.why_not() is None

    @admin.action(description=_("Revoke the links"), permissions=["moderate"])
    def revoke(self, request, links):
        def deed(change, link):
            InviteLink.objects.filter(pk=link.pk).update(revoked=True)
            change.log(request.user, ModerationEvent.Action.REVOKE)

        self.do(request, links.filter(revoked=False), deed)
