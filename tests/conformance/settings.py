"""Django's settings for the conformance servers: no database, no sessions, rooms in memory."""

SECRET_KEY = "conformance-servers-keep-no-secrets"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["realtime"]
ROOT_URLCONF = "tests.conformance.settings"
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
USE_TZ = True

urlpatterns = []
