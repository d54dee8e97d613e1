"""The settings of the server in deeds.py."""

from tests.clients.settings import *  # noqa: F403

ASGI_APPLICATION = "tests.cluster.deeds.application"
