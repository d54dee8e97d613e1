"""The settings of the test run: the demo project's, on SQLite and rooms in memory, with cheap passwords.

A server process of a test takes a database file in DATABASE and a Redis in REDIS_URL, as the demo does.
"""

import os

from voiceroom.settings import *  # noqa: F403

DEBUG = False
SECRET_KEY = "only for tests " * 4
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
ROOT_URLCONF = "tests.urls"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
DATABASES = {"default": {**DATABASES["default"], "NAME": os.environ.get("DATABASE", ":memory:")}}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
