"""Redis as people run it who want it to stay: a master, its replica, and a Sentinel that makes the one the other."""

import contextlib
import tempfile
from pathlib import Path

import redis

from tests.harness.capabilities import program
from tests.harness.processes import Process, RedisServer

NAME = "tests"  # of the master, for the Sentinel


class Sentinel(Process):
    """A Redis Sentinel that knows one master and decides alone."""

    def __init__(self, master, directory, down_after=1000):
        super().__init__()
        self.file = Path(directory) / f"sentinel-{self.port}.conf"
        self.file.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {directory}\n"
            f"sentinel monitor {NAME} 127.0.0.1 {master.port} 1\n"
            f"sentinel down-after-milliseconds {NAME} {down_after}\n"
            f"sentinel failover-timeout {NAME} 10000\n"
        )

    def command(self):
        return [program("redis"), str(self.file), "--sentinel"]


class ReplicatedRedis:
    """``with ReplicatedRedis() as redis``: ``redis.master`` and ``redis.replica``, which has what the master has;
    ``redis.host`` is what a channel layer has in ``hosts``.
    """

    def __enter__(self):
        quickly = ["--repl-diskless-sync-delay", "0"]
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sentinel-"))
            self.master = stack.enter_context(RedisServer(args=quickly))
            following = ["--replicaof", "127.0.0.1", str(self.master.port)]
            self.replica = stack.enter_context(RedisServer(args=[*quickly, *following]))
            self.sentinel = stack.enter_context(Sentinel(self.master, folder))
            self.raw = stack.enter_context(redis.Redis(port=self.sentinel.port))
            self.host = {"sentinels": [("127.0.0.1", self.sentinel.port)], "master_name": NAME}
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *exc):
        return self.stack.__exit__(*exc)

    def is_in_step(self):
        """Whether the Sentinel knows the replica, and the replica has what the master has."""
        known = self.raw.sentinel_master(NAME)["num-slaves"] == 1
        return known and self.replication_of(self.replica).get("master_link_status") == "up"

    def has_promoted(self):
        """Whether the replica is the master now, for whoever asks the Sentinel."""
        return int(self.raw.sentinel_get_master_addr_by_name(NAME)[1]) == self.replica.port

    def has_agreed_to_change(self):
        """Asks the Sentinel to make the replica the master."""
        try:
            return self.raw.sentinel_failover(NAME)
        except redis.ResponseError:  # NOGOODSLAVE: it has not looked at the replica yet
            return False

    def replication_of(self, server):
        """What a server says of its part in the replication; nothing in the moment when it changes it."""
        with redis.Redis.from_url(server.url) as raw, contextlib.suppress(redis.ConnectionError):
            return raw.info("replication")
        return {}
