"""Redis Sentinel, for the tests of the layer."""

from tests.harness.capabilities import program
from tests.harness.processes import Process


class Sentinel(Process):
    """A Redis Sentinel that knows one master, "tests", and is enough to make another one out of its replica."""

    def __init__(self, master, directory, down_after=1000):
        super().__init__()
        self.file = directory / f"sentinel-{self.port}.conf"
        self.file.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {directory}\n"
            f"sentinel monitor tests 127.0.0.1 {master.port} 1\n"
            f"sentinel down-after-milliseconds tests {down_after}\n"
            "sentinel failover-timeout tests 10000\n"
        )

    def command(self):
        return [program("redis"), str(self.file), "--sentinel"]
