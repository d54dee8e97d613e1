"""Real parts for tests: server processes, a private Redis, nginx, node. ``from tests.harness import ServerProcess``."""

from tests.harness.capabilities import capability
from tests.harness.nginx import NginxServer
from tests.harness.node import node
from tests.harness.processes import RedisServer, ServerProcess, free_port

__all__ = ["NginxServer", "RedisServer", "ServerProcess", "capability", "free_port", "node"]
