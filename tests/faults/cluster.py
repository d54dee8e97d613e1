"""A cluster of tests.faults.app: processes on one Redis of their own, behind an nginx that knows no session."""

import contextlib
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen

import redis

from tests.harness import NginxServer, RedisServer, ServerProcess

LAYER = "realtime.layers.RedisPubSubChannelLayer"
FULL = os.environ.get("FAULTS") == "full"  # the figures of the requirements; otherwise what fits into a CI run


class Cluster:
    """``with Cluster(2) as cluster``: ``cluster.url`` is nginx, ``cluster.servers`` the processes, ``cluster.redis``.

    ``socketio`` are options in lower case. ``layer`` False leaves one process alone, without Redis; ``redis`` is one
    that somebody else has started.
    """

    def __init__(
        self, processes=2, *, layer=LAYER, config=None, redis=None, server="socketio_serve", args=(), **socketio
    ):
        self.stack, self.redis = contextlib.ExitStack(), redis
        self.count, self.layer, self.config, self.server, self.args = processes, layer, config or {}, server, args
        self.socketio = {name.upper(): value for name, value in socketio.items()}

    def __enter__(self):
        with self.stack:  # what has started ends if the rest cannot
            if self.layer and self.redis is None:
                self.redis = self.stack.enter_context(RedisServer())
            self.servers = [self.stack.enter_context(self.process(f"p{i}")) for i in range(self.count)]
            self.nginx = self.stack.enter_context(NginxServer([server.port for server in self.servers]))
            self.stack = self.stack.pop_all()
        return self

    def __exit__(self, *exc):
        return self.stack.__exit__(*exc)

    def process(self, name):
        """One more process of this cluster, not yet started and not behind nginx."""
        environment = {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "FAULTS_PROCESS": name,
            "FAULTS_SOCKETIO": json.dumps(self.socketio),
        }
        if self.layer:
            config = {"hosts": [getattr(self.redis, "host", None) or self.redis.url], **self.config}
            environment["FAULTS_LAYER"] = json.dumps({"BACKEND": self.layer, "CONFIG": config})
        return ServerProcess("tests.faults.app:application", server=self.server, args=self.args, env=environment)

    @property
    def url(self):
        return self.nginx.url

    def vitals(self):
        """What each process says of itself."""
        return [ask(server, "vitals") for server in self.servers]

    def counted(self, name):
        """A metric, summed over the processes."""
        return sum(each["counters"].get(name, 0) for each in self.vitals())

    def logs(self):
        return [server.log() for server in self.servers]

    def client(self):
        """A connection to the cluster's Redis."""
        return redis.Redis(port=self.redis.port)


def ask(server, deed, **args):
    """What ``/deed`` of tests.faults.app answers."""
    query = "&".join(f"{name}={value}" for name, value in args.items())
    with urlopen(f"{server.url}/{deed}?{query}", timeout=900) as answer:
        return json.loads(answer.read())


def flood(cluster, count, rate):
    """All processes write ``count`` messages each to the room; returns futures of what they say when they have."""
    pool = ThreadPoolExecutor(len(cluster.servers))
    return [
        pool.submit(ask, server, "flood", writer=f"flood{i}", count=count, rate=rate)
        for i, server in enumerate(cluster.servers)
    ]


def eventually(true, within=10.0):
    """Waits until ``true()`` is so; whether it became so."""
    deadline = time.monotonic() + within
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
