"""The settings of the test run: the demo project's, on a SQLite of its own, with cheap passwords.

A server process of a test takes a database file in DATABASE and a Redis in REDIS_URL, as the demo does.
"""

import os
import tempfile
from pathlib import Path

from voiceroom.settings import *  # noqa: F403

DEBUG = False
SECRET_KEY = "only for tests " * 4
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
ROOT_URLCONF = "tests.urls"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
# A file, as in production: Django never closes a connection to memory, so that one which a thread of a pool opened in
# one test would be in the way of the next.
OF_THIS_RUN = Path(tempfile.gettempdir(), f"realtime-tests-{os.getpid()}.sqlite3")
NAMES = {"NAME": os.environ.get("DATABASE") or OF_THIS_RUN, "TEST": {"NAME": OF_THIS_RUN}}
DATABASES = {"default": {**DATABASES["default"], **NAMES}}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
