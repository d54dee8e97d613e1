"""The settings that the checks look at."""

import pytest

from tests.django.checking import IN_MEMORY, layers


@pytest.fixture
def project(settings):
    """A project with nothing to complain about."""
    settings.ASGI_APPLICATION = "tests.django.an_asgi.application"
    settings.CHANNEL_LAYERS = layers(IN_MEMORY, capacity=10000)
    settings.SOCKETIO = {}
    settings.DEBUG = True
    return settings
