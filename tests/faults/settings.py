"""Django's settings for the servers that the faults happen to; FAULTS_SOCKETIO and FAULTS_LAYER are JSON."""

import json
import os

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ASGI_APPLICATION = "tests.faults.app.application"
INSTALLED_APPS = ["daphne", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "realtime"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
CHANNEL_LAYERS = {
    "default": json.loads(os.environ.get("FAULTS_LAYER", '{"BACKEND": "channels.layers.InMemoryChannelLayer"}'))
}
SOCKETIO = json.loads(os.environ.get("FAULTS_SOCKETIO", "{}"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"timed": {"format": "%(asctime)s.%(msecs)03d %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "timed"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
USE_TZ = True
