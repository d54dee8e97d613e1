"""What is said on a connection, and what must come back.

The requests and answers of a run are known beforehand and of one length each, so that sending is a slice and checking
a comparison: a fraction of what any server pays for the same message.
"""

import socket
import struct

import wire

READ = 65536  # bytes at a time
PING, PONG = wire.server_frame("2"), wire.client_frame("3")  # of Engine.IO: a server may ask whether we have read
PATIENCE = 20  # seconds for answers that are on their way
RECEIVE_TIMEOUT = struct.pack("ll", PATIENCE, 0)  # for the kernel: a struct timeval


class Script:
    """What is said on a connection and must be answered, both going round in a circle. Shared by all that say it."""

    def __init__(self, requests, answers):
        self.circle, self.request_size = len(requests), len(requests[0]) if requests else 0
        self.requests = b"".join(requests) * 2
        self.answer_size, self.period = len(answers[0]), sum(map(len, answers))
        self.answers = b"".join(answers) * (READ // self.period + 2)


class Stream:
    """The flow on one connection: how far it has come in its script."""

    def __init__(self, connection, script):
        self.sock, self.script = connection.sock, script
        self.sock.settimeout(None)  # reads follow epoll; what is written the server reads before it is answered
        self.written = self.read = self.done = 0

    def send(self, number):
        """Sends the next ``number`` requests."""
        script = self.script
        start = self.written % script.circle * script.request_size
        self.sock.sendall(script.requests[start : start + number * script.request_size])
        self.written += number

    def receive(self):
        """Takes what is there; returns how many answers that completed."""
        data, script = self.sock.recv(READ), self.script
        if not data:
            raise wire.WireError("the server closed the connection")
        start = self.read % script.period
        if data != script.answers[start : start + len(data)]:
            data = self._without_pings(data)
        if data != script.answers[start : start + len(data)]:
            raise wire.WireError(f"unexpected answer: {data[:200]!r}")
        self.read += len(data)
        fresh = self.read // script.answer_size - self.done
        self.done += fresh
        return fresh

    def take(self, number):
        """Waits for the next ``number`` answers, all alike, and takes them at once."""
        size = number * self.script.answer_size
        data = self.sock.recv(size, socket.MSG_WAITALL)
        while PING in data:
            data = self._without_pings(data)
            data += self.sock.recv(size - len(data), socket.MSG_WAITALL)
        if data != self.script.answers[:size]:
            raise wire.WireError(f"{number} answers were to come, and not {data[:200]!r}")

    def _without_pings(self, data):
        """Answers the pings among the answers."""
        self.sock.sendall(PONG * data.count(PING))
        return data.replace(PING, b"")


class Flow:
    """One run of one kind of work. ``go`` starts what is then kept going while ``sending``; ``done`` counts what the
    figure is per; ``outstanding`` tells whether answers are on their way.
    """

    def __init__(self, task, connections):
        self.sending, self.times = True, []
        self.streams = self.make(task, connections)
