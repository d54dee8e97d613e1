"""The load generator: one process on a core of its own, raw sockets, answers checked byte by byte.

``python3 load.py '{"port": ..., "pids": [...], "core": 1, ...}'`` reads commands, one JSON object a line, and prints
one JSON object for each. It does not sleep while answers come, so that no server pays for waking it up: on a virtual
machine that is 1 to 3 us, now and then.
"""

import json
import os
import resource
import select
import sys
import time

import meters
import wire
from flows import Broadcast, Echo, Rooms, members_of
from http_flows import Polling, View
from streams import PATIENCE

SATURATED = 0.95  # busy in so much of the time in which no neighbour had its core
SPIN = 0.0005  # seconds without an answer after which it sleeps after all, and leaves its core to others
FLOWS = {"echo": Echo, "broadcast": Broadcast, "rooms": Rooms, "view": View, "polling": Polling}
REST = 0.2  # of the time of a turn


class Generator:
    """The clients of one server."""

    def __init__(self, task):
        self.task, self.connections, self.known = task, [], []

    # -- clients --------------------------------------------------------------------------------------------

    def connect(self, command):
        """Opens clients up to ``total``, ``at_once`` under way at a time; tells what that cost the server."""
        before = time.monotonic(), meters.processor_time_of(self.task["pids"])
        opened = self.recovered = 0
        while (missing := command["total"] - len(self.connections)) > 0:
            opened += self._open(min(missing, command.get("at_once", 50)), command)
        wall, server = time.monotonic() - before[0], meters.processor_time_of(self.task["pids"]) - before[1]
        return {"opened": opened, "wall": wall, "server": server, "recovered": self.recovered}

    def _open(self, number, command):
        eio, cookies = command.get("eio", 4), command.get("cookies", self.task["cookies"])
        ports, first = self.task["ports"], len(self.connections)
        numbers = range(first, first + number)
        which = [(ports[n % len(ports)], n, cookies[n % len(cookies)] if cookies else None) for n in numbers]
        fresh = [self._hello(*each, eio) for each in which]
        for index, each in enumerate(which):
            try:
                fresh[index].opened(eio)
            except (ConnectionError, TimeoutError):  # more came than the server's backlog takes: a client comes again
                fresh[index] = self._hello(*each, eio)
                fresh[index].opened(eio)
            if eio == 4:
                fresh[index].ask(auth=self.known[first + index][1] if command.get("back") else None)
        for index, connection in enumerate(fresh):
            if eio == 4:
                connection.identity = connection.joined()
                if command.get("back"):
                    self.recovered += connection.identity["sid"] == self.known[first + index][0]
        self.connections += fresh
        return number

    def _hello(self, port, number, cookie, eio, tries=5):
        try:
            connection = wire.Connection(port, number)
            connection.hello(port, cookie, eio)
        except (ConnectionError, TimeoutError):
            if not tries:
                raise
            return self._hello(port, number, cookie, eio, tries - 1)
        return connection

    def disconnect(self, command):
        """Closes all."""
        for connection in self.connections:
            connection.sock.close()
        self.connections = []
        time.sleep(command.get("rest", 0.2))
        return {}

    def rooms(self, command):
        """Joins rooms so that each has five members."""
        for number, connection in enumerate(self.connections):
            if names := members_of(number, len(self.connections), command["rooms"]):
                connection.sock.settimeout(30)
                connection.call("rooms", json.dumps(names, separators=(",", ":")))
        return {}

    def remember(self, command):
        """The clients hear a last broadcast, and know what they will claim when they are back."""
        self.connections[0].sock.sendall(wire.client_frame('42["broadcast","x"]'))
        self.known = [(each.identity["sid"], each.claim()) for each in self.connections]
        time.sleep(1)  # states are written to Redis in the background; a client of an instant ago may begin anew
        return {}

    def move(self, command):
        """The server is another one."""
        self.task.update(pids=command["pids"], ports=command["ports"])
        return self.disconnect(command)

    def further(self, command):
        """Every client joins so many further namespaces."""
        for number in range(command["number"]):
            for connection in self.connections:
                connection.ask(f"further{number}")
                connection.joined(f"further{number}")
        return {}

    def memory(self, command):
        """Bytes of the server now."""
        time.sleep(command["rest"])
        return {"bytes": sum(map(meters.memory, self.task["pids"]))}

    # -- work -----------------------------------------------------------------------------------------------

    def run(self, command):
        """Keeps the work going; server processor time per message (or delivery), and how busy we were meanwhile."""
        clients = self.connections[: command.get("clients")]
        flow = FLOWS[command["work"]]({**self.task, "port": self.task["ports"][0], **command}, clients)
        loop = Loop(flow)
        loop.run(command["warm_up"], until=lambda: flow.done >= command.get("enough", float("inf")))
        flow.times.clear()
        before = self._reading(flow, loop)
        loop.run(command["seconds"])
        done, wall, server, own, waited, idle = (b - a for a, b in zip(before, self._reading(flow, loop), strict=True))
        loop.poll.close()
        load = (own - idle) / max(wall - waited, own)
        return {
            "microseconds": server / done * 1e6 if done else None,
            "messages": done,
            "per_second": done / wall,
            "server_load": server / wall,
            "load": max(load, 0.0),
            "saturated": load > SATURATED,
            **latencies(flow.times),
        }

    def _reading(self, flow, loop):
        server, own = meters.processor_time_of(self.task["pids"]), os.getpid()
        return flow.done, time.monotonic(), server, meters.processor_time(own), meters.waiting_time(own), loop.idle


class Loop:
    """Polls without sleeping, and knows how much of its time was for nothing.

    After each turn it rests for a part of the time that the turn took. With a server that is slower than we are, this
    changes nothing; one that is faster is asked as often as we can ask with some time to spare.
    """

    def __init__(self, flow):
        self.flow, self.empty, self.rested, self.price = flow, 0, 0.0, price_of_nothing()
        self.streams = {stream.sock.fileno(): stream for stream in flow.streams}
        self.poll = select.epoll()
        for descriptor in self.streams:
            self.poll.register(descriptor, select.EPOLLIN)

    @property
    def idle(self):
        """Seconds of processor time spent on waiting."""
        return self.empty * self.price + self.rested

    def run(self, seconds, until=lambda: False):
        """Keeps the flow going; it begins and ends with nothing under way."""
        self.flow.sending = True
        self.flow.go()
        self._turn(seconds, until)
        self.flow.sending = False
        self._turn(PATIENCE, lambda: not self.flow.outstanding)
        if self.flow.outstanding:
            raise wire.WireError("answers are missing")

    def _turn(self, seconds, until):
        poll, streams, received, clock = self.poll.poll, self.streams, self.flow.received, time.monotonic
        now = busy_at = clock()
        end = now + seconds
        while now < end and not until():
            ready = poll(0 if now - busy_at < SPIN else 0.02)
            began = clock()
            for descriptor, _ in ready:
                received(streams[descriptor])
            now = clock()
            if ready:
                busy_at = now
                self._rest(now, (now - began) * REST)
            else:
                self.empty += 1

    def _rest(self, now, seconds):
        start, clock = time.thread_time(), time.monotonic
        while clock() < now + seconds:
            pass
        self.rested += time.thread_time() - start


def price_of_nothing(tries=300):
    """Seconds of processor time for a poll that finds nothing."""
    with select.epoll() as poll:
        start = time.thread_time()
        for _ in range(tries):
            poll.poll(0)
            time.monotonic()
        return (time.thread_time() - start) / tries


def latencies(times):
    """Median and 99th percentile, in milliseconds."""
    if not times:
        return {}
    times = sorted(times)
    return {"median": times[len(times) // 2] * 1e3, "p99": times[len(times) * 99 // 100] * 1e3}


def main(task):
    """Does what is asked, on its core."""
    os.sched_setaffinity(0, {task["core"]})
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    generator = Generator(task)
    for line in sys.stdin:
        command = json.loads(line)
        print(json.dumps(getattr(generator, command["do"])(command)), flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
