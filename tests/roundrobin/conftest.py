import json

import pytest

from tests.clients.fixtures import client_database, jar
from tests.engine.conftest import unraised
from tests.harness.fixtures import require
from tests.roundrobin.engines import Balancer
from tests.roundrobin.servers import round_robin

__all__ = ["client_database", "jar", "unraised"]


@pytest.fixture(scope="session")
def server(client_database, redis_server, shared_cache):
    """What the tests of one server have, but with three processes behind a round robin."""
    require("nginx")
    with round_robin(client_database, redis_server, more=shared_cache) as front:
        yield front


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory):
    """The environment of processes that share Django's cache: there they note who has left."""
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    return {"CLIENTS_CACHE": json.dumps({"BACKEND": backend, "LOCATION": str(tmp_path_factory.mktemp("cache"))})}


@pytest.fixture
async def balancer(redis_server):
    """``balancer(count, **options)``: engines in front of which each request goes to the next."""
    made = []

    def make(*args, **options):
        made.append(Balancer(redis_server, *args, **options))
        return made[-1]

    yield make
    for each in made:
        await each.close()
