"""The demo's settings with those that a test changes, and cheap passwords."""

import json
import os

from voiceroom.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
VOICEROOM = {**VOICEROOM, **json.loads(os.environ.get("SITE_CHANGES", "{}"))}  # noqa: F405
