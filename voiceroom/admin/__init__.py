"""Voiceroom in Django's admin. Actions reach open pages at once, and are in the moderation log."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from voiceroom.admin import doors, log, people, reports, rooms, seats, talk  # noqa: F401

admin.site.site_header = admin.site.site_title = "Voiceroom"
admin.site.index_title = _("Rooms, people and what was said")
