"""Several server processes behind an nginx that gives each request to the next one: no sticky sessions anywhere."""

import contextlib

from tests.clients.fixtures import client_server
from tests.harness import NginxServer


@contextlib.contextmanager
def round_robin(database, redis, servers=("daphne",) * 3, more=None, prefix="roundrobin", **options):
    """The nginx; ``processes`` are the servers behind it."""
    layer = {
        "BACKEND": "realtime.layers.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [redis.url], "prefix": prefix},
    }
    with contextlib.ExitStack() as stack:
        processes = [client_server(database, server=each, layer=layer, more=more, **options) for each in servers]
        for process in processes:
            process.args = ["--proxy-headers"] if process.server == "daphne" else []
            stack.enter_context(process)
        front = stack.enter_context(NginxServer([process.port for process in processes]))
        front.processes = processes
        yield front
