import pytest

from tests.clients.fixtures import client_database, environment_of
from tests.harness import ServerProcess

__all__ = ["client_database"]


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def server(client_database, media, tmp_path_factory):
    temporary = tmp_path_factory.mktemp("temporary")
    environment = environment_of(client_database) | {"STREAMS_MEDIA": str(media), "TMPDIR": str(temporary)}
    with ServerProcess("tests.streams.app:application", env=environment) as running:
        yield running
