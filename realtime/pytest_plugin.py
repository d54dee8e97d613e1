"""Fixtures for pytest: found by its entry point once the package is installed. docs/how-to/test-your-namespaces.md

Nothing of Django is imported before a test asks for a fixture. They need no plugin for asyncio, the tests that await
something do.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from realtime.live_server.server import LiveServer
    from realtime.outbox import Outbox
    from realtime.testing import NamespaceCommunicator, SocketIOTestClient


@pytest.fixture
def socketio_outbox() -> "Outbox":
    """What ``namespace(...).emit(...)`` and ``user(...).emit(...)`` were called with in this test, oldest first."""
    from realtime.testing import outbox

    outbox.clear()
    return outbox


@pytest.fixture
def namespace_communicator() -> "Callable[..., NamespaceCommunicator]":
    """Makes ``NamespaceCommunicator``s: ``namespace_communicator(Chat, "/chat", user=ada)``.

    A consumer class will do for the application; ``namespace_communicator("/chat")`` is the project's own, all of its
    middleware included.
    """
    from realtime.routes import behind_the_engine
    from realtime.testing import NamespaceCommunicator

    def make(application: Any = "/", namespace: str | None = None, **options: Any) -> NamespaceCommunicator:
        if isinstance(application, str):
            namespace, application = application, behind_the_engine()
        elif hasattr(application, "as_asgi"):
            application = application.as_asgi()
        return NamespaceCommunicator(application, namespace or "/", **options)

    return make


@pytest.fixture(params=["websocket", "polling"])
def socketio_transport(request: pytest.FixtureRequest) -> str:
    """Runs the test once for each transport: ``socketio_client(transport=socketio_transport)``."""
    return str(request.param)


@pytest.fixture
def socketio_client() -> "Callable[..., SocketIOTestClient]":
    """Makes ``SocketIOTestClient``s of the project: ``socketio_client(transport="polling", version=2)``."""
    from realtime.testing import SocketIOTestClient

    return SocketIOTestClient


@pytest.fixture(scope="session")
def socketio_server_settings() -> dict[str, Any]:
    """Settings of ``socketio_server`` that are not the module's, of JSON's types. For a ``conftest.py`` to override."""
    return {}


@pytest.fixture(scope="session")
def _socketio_server(django_db_setup: None, socketio_server_settings: dict[str, Any]) -> "Iterator[LiveServer]":
    from realtime.live_server.server import LiveServer

    with LiveServer(**socketio_server_settings) as server:
        yield server


@pytest.fixture
def socketio_server(transactional_db: None, _socketio_server: "LiveServer") -> "Iterator[LiveServer]":
    """A real daphne with the project's ``ASGI_APPLICATION``, in a process of its own on the test database.

    ``socketio_server.url`` is its address, for any client. It starts once and stays for all tests; what it prints is
    shown with a test that fails. Needs pytest-django and a test database that processes can share.
    """
    before = len(_socketio_server.log())
    yield _socketio_server
    print(_socketio_server.log()[before:], end="")
