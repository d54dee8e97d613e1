"""Real parts for tests: server processes, a private Redis, node. ``from tests.harness import ServerProcess``."""

from tests.harness.capabilities import capability
from tests.harness.node import node
from tests.harness.processes import RedisServer, ServerProcess, free_port

__all__ = ["RedisServer", "ServerProcess", "capability", "free_port", "node"]
