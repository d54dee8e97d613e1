"""Django's settings for the servers that real clients talk to: sessions and users in a database file.

The environment says which: CLIENTS_DATABASE (a path), CLIENTS_SESSIONS (the name of a backend), CLIENTS_CACHE,
CLIENTS_SOCKETIO and CLIENTS_LAYER (JSON).
"""

import json
import os

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "realtime",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
ROOT_URLCONF = "tests.clients.urls"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("CLIENTS_DATABASE", ":memory:"),
        "OPTIONS": {"timeout": 20},
    }
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CHANNEL_LAYERS = {
    "default": json.loads(os.environ.get("CLIENTS_LAYER", '{"BACKEND": "channels.layers.InMemoryChannelLayer"}'))
}
SESSION_ENGINE = f"django.contrib.sessions.backends.{os.environ.get('CLIENTS_SESSIONS', 'db')}"
LOCAL_MEMORY = '{"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}'
CACHES = {"default": json.loads(os.environ.get("CLIENTS_CACHE", LOCAL_MEMORY))}
# Heartbeats that a test can wait for, and that a machine with other things to do does not miss.
SOCKETIO = {"PING_INTERVAL": 1.0, "PING_TIMEOUT": 8.0} | json.loads(os.environ.get("CLIENTS_SOCKETIO", "{}"))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"
USE_TZ = True
