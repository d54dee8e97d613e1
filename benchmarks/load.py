"""The load generator: one process on a core of its own, raw sockets, answers checked byte by byte.

``python3 load.py '{"work": "echo", ...}'`` prints one JSON object. The requests and answers of a run are known
beforehand and of one length each, so that sending is a slice and checking a comparison: a fraction of what any
server pays for the same message.
"""

import json
import os
import select
import sys
import time

import meters
import wire

READ = 32768  # bytes at a time
SATURATED = 0.95  # busy in so much of the time in which no neighbour had its core


class Stream:
    """The flow on one connection: requests to send, and the answers that must come, both going round in a circle."""

    def __init__(self, connection, requests, answers):
        self.sock = connection.sock
        self.sock.settimeout(None)  # reads follow epoll; what is written fits into the socket's buffer
        self.written = self.read = self.done = 0
        self.circle, self.request_size = len(requests), len(requests[0]) if requests else 0
        self.requests = b"".join(requests) * 2
        self.answer_size, self.period = len(answers[0]), sum(map(len, answers))
        self.answers = b"".join(answers) * (READ // self.period + 2)

    def send(self, number):
        """Send the next ``number`` requests."""
        start = self.written % self.circle * self.request_size
        self.sock.sendall(self.requests[start : start + number * self.request_size])
        self.written += number

    def receive(self):
        """Take what is there; return how many answers that completed."""
        data = self.sock.recv(READ)
        start = self.read % self.period
        if not data or data != self.answers[start : start + len(data)]:
            raise wire.WireError(f"unexpected answer: {data[:200]!r}")
        self.read += len(data)
        fresh = self.read // self.answer_size - self.done
        self.done += fresh
        return fresh


def connected(task, join=True):
    """``task["clients"]`` connections, each with one of the cookies in turn, in ``/`` if the server has namespaces."""
    cookies = task["cookies"]
    for number in range(task["clients"]):
        connection = wire.Connection(task["port"])
        connection.open(task["port"], cookies[number % len(cookies)], task["path"])
        if task["namespaces"]:
            connection.join()
        yield connection


def echo_streams(task):
    """Each message has an id of three digits, so that all are of one length. The engine alone gets bare messages."""
    argument, ids = "x" * task["bytes"], range(100, 1000)
    if task["namespaces"]:
        requests = [wire.client_frame(f'42{number}["echo","{argument}"]') for number in ids]
        answers = [wire.server_frame(f'43{number}["{argument}"]') for number in ids]
    else:
        requests = [wire.client_frame(f"4{number}{argument}") for number in ids]
        answers = [wire.server_frame(f"4{number}{argument}") for number in ids]
    return [Stream(connection, requests, answers) for connection in connected(task)]


def broadcast_streams(task):
    """Everybody is a member of the room; the first one asks for the broadcasts."""
    argument = "x" * task["bytes"]
    requests = [wire.client_frame(f'42["broadcast","{argument}"]')]
    answers = [wire.server_frame(f'42["news","{argument}"]')]
    return [Stream(connection, requests, answers) for connection in connected(task)]


class Echo:
    """So many messages outstanding on every connection."""

    def __init__(self, task):
        self.streams = echo_streams(task)
        for stream in self.streams:
            stream.send(task["outstanding"])

    def received(self, stream):
        if fresh := stream.receive():
            stream.send(fresh)

    @property
    def done(self):
        return sum(stream.done for stream in self.streams)


class Broadcast:
    """So many broadcasts outstanding in the one room."""

    def __init__(self, task):
        self.streams = broadcast_streams(task)
        self.done = 0
        for _ in range(task["outstanding"]):
            self.streams[0].send(1)

    def received(self, stream):
        before = self.done // len(self.streams)
        self.done += stream.receive()
        for _ in range(self.done // len(self.streams) - before):
            self.streams[0].send(1)


def run(work, seconds):
    """Keep the work going for so long."""
    poll = select.epoll()
    by_descriptor = {stream.sock.fileno(): stream for stream in work.streams}
    for descriptor in by_descriptor:
        poll.register(descriptor, select.EPOLLIN)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for descriptor, _ in poll.poll(0.1):
            work.received(by_descriptor[descriptor])
    poll.close()


def reading(task, work):
    """Everything that is measured as a difference."""
    own = os.getpid()
    return (
        work.done,
        time.monotonic(),
        meters.processor_time(task["pid"]),
        meters.processor_time(own),
        meters.waiting_time(own),
    )


def flow(task):
    """Server processor time per message (or delivery) of a run, and how busy the generator was meanwhile."""
    work = {"echo": Echo, "broadcast": Broadcast}[task["work"]](task)
    run(work, task["warm_up"])
    before = reading(task, work)
    run(work, task["seconds"])
    done, wall, server, own, waited = (b - a for a, b in zip(before, reading(task, work), strict=True))
    load = own / max(wall - waited, own)
    return {
        "microseconds": server / done * 1e6 if done else None,
        "messages": done,
        "per_second": done / wall,
        "server_load": server / wall,
        "load": load,
        "saturated": load > SATURATED,
    }


def idle(task):
    """Bytes per idle client, and per further namespace of each; nobody says anything after joining."""
    for connection in list(connected({**task, "clients": 20})):
        connection.sock.close()  # what is loaded once, by the first client
    time.sleep(1)
    marks = [meters.memory(task["pid"])]
    clients = list(connected(task))
    time.sleep(1)
    marks.append(meters.memory(task["pid"]))
    for number in range(task["further"]):
        for connection in clients:
            connection.join(f"further{number}")
    time.sleep(1)
    marks.append(meters.memory(task["pid"]))
    return {
        "client": (marks[1] - marks[0]) / len(clients),
        "namespace": (marks[2] - marks[1]) / len(clients) / task["further"] if task["further"] else None,
    }


def main(task):
    """Do the task on its core and print what came out."""
    os.sched_setaffinity(0, {task["core"]})
    print(json.dumps(idle(task) if task["work"] == "memory" else flow(task)))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
