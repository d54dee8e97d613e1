"""The Django app."""

import os

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RealtimeConfig(AppConfig):
    """Registers the system checks and the receivers of signals, and does nothing else."""

    name = "realtime"
    label = "realtime"
    verbose_name = _("Realtime")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.apps import apps
        from django.conf import settings

        from realtime import checks, children, consumer_checks, hints, layer_checks, logs, redis_checks, route_checks  # noqa: F401

        logs.obey(os.environ.get("DEBUG", ""))
        logs.let_warnings_through()
        if settings.DEBUG:
            hints.give()

        if apps.is_installed("django.contrib.auth"):
            from realtime.live_auth import signals

            signals.connect()
