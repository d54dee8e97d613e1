"""A user and her session, and the settings that the checks look at."""

import pytest
from django.contrib.auth import get_user_model

from tests.django.checking import IN_MEMORY, layers
from tests.django.sessions import log_in


@pytest.fixture
def project(settings):
    """A project with nothing to complain about."""
    settings.ASGI_APPLICATION = "tests.django.an_asgi.application"
    settings.CHANNEL_LAYERS = layers(IN_MEMORY, capacity=10000)
    settings.SOCKETIO = {}
    settings.DEBUG = True
    return settings


@pytest.fixture
def ada():
    return get_user_model().objects.create_user("ada", password="one")


@pytest.fixture
def cookie(ada):
    """The key of a session of Ada's."""
    return log_in(ada, theme="dark")
