"""The Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RealtimeConfig(AppConfig):
    """Registers the system checks and the receiver of deeds for consumer classes, and does nothing else."""

    name = "realtime"
    label = "realtime"
    verbose_name = _("Realtime")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from realtime import checks, children  # noqa: F401
