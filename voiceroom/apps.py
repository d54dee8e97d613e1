from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VoiceroomConfig(AppConfig):
    name = "voiceroom"
    verbose_name = _("Voiceroom")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from realtime.signals import cluster_restored, server_side_event
        from voiceroom import checks, metrics, outages  # noqa: F401

        server_side_event.connect(metrics.answer, sender="/", dispatch_uid="voiceroom.metrics")
        cluster_restored.connect(outages.ask_to_load_again, dispatch_uid="voiceroom.outages")
