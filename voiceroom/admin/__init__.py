"""Voiceroom in Django's admin. Actions reach open pages at once."""

from voiceroom.admin import rooms  # noqa: F401
