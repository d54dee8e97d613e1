"""The settings of the server in listening.py."""

from tests.clients.settings import *  # noqa: F403

ASGI_APPLICATION = "tests.clients.listening.application"
