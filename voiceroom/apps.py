from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VoiceroomConfig(AppConfig):
    name = "voiceroom"
    verbose_name = _("Voiceroom")
    default_auto_field = "django.db.models.BigAutoField"
