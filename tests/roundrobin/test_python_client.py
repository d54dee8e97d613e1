"""The client of PyPI's python-socketio, as with one daphne, with three."""

import pytest

from tests.clients.test_python import *  # noqa: F403

pytestmark = [pytest.mark.redis, pytest.mark.nginx]


@pytest.fixture(params=["default"])
def serializer(request):
    """What a message says makes no difference to where it goes."""
    return request.param
