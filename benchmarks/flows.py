"""The kinds of work over websockets: what goes out, what must come back, and how much of it was done."""

import socket
import time

import wire
from streams import RECEIVE_TIMEOUT, Flow, Script, Stream


class Echo(Flow):
    """So many messages outstanding on every connection; ids of three digits make all of one length."""

    def make(self, task, connections):
        self.number, self.clock = task["outstanding"], time.perf_counter if task["outstanding"] == 1 else None
        script = Script(*echo_messages(task["bytes"], task.get("binary")))
        return [Stream(connection, script) for connection in connections]

    def go(self):
        for stream in self.streams:
            stream.since = time.perf_counter()
            stream.send(self.number)

    def received(self, stream):
        fresh = stream.receive()
        if fresh and self.clock:
            now = self.clock()
            self.times.append(now - stream.since)
            stream.since = now
        if fresh and self.sending:
            stream.send(fresh)

    @property
    def done(self):
        return sum(stream.done for stream in self.streams)

    @property
    def outstanding(self):
        return any(stream.written > stream.done for stream in self.streams)


def echo_messages(size, binary):
    """Requests and answers; few of the large ones, for they take memory."""
    ids = range(100, 100 + max(3, min(900, 400_000 // size)))
    if binary:
        data, holder = b"x" * size, '{"_placeholder":true,"num":0}'
        asked = [(f'451-{number}["echo",{holder}]', data) for number in ids]
        answered = [(f"461-{number}[{holder}]", data) for number in ids]
    else:
        asked = [(f'42{number}["echo","{"x" * size}"]',) for number in ids]
        answered = [(f'43{number}["{"x" * size}"]',) for number in ids]
    return [b"".join(map(wire.client_frame, each)) for each in asked], [
        b"".join(map(wire.server_frame, each)) for each in answered
    ]


class Broadcast(Flow):
    """Everybody is a member of the room; the first one asks for broadcasts, the next when the witnesses had the last.

    To read a frame costs us about what it costs a server to write it. Only each ninth member is read at once: they are
    the witnesses, of both processes where there are two. The others are read every few broadcasts, several frames in
    one call. The next broadcast is not asked for before the last is written, so that no server can join two writes.
    """

    WITNESS, PILE = 9, 16  # each ninth; frames that wait for the others

    def make(self, task, connections):
        argument = "x" * task["bytes"]
        request, news = (
            wire.client_frame(f'42["broadcast","{argument}"]'),
            wire.server_frame(f'42["news","{argument}"]'),
        )
        script = Script([request], [news])
        streams = [Stream(connection, script) for connection in connections]
        last = len(streams) - 1
        witnesses = [stream for n, stream in enumerate(streams) if n % self.WITNESS == 0 or n == last]
        self.others = [stream for n, stream in enumerate(streams) if n % self.WITNESS and n != last]
        for stream in self.others:
            stream.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, RECEIVE_TIMEOUT)
        self.asked = self.seen = self.taken = 0
        return witnesses

    def go(self):
        self.streams[0].send(1)
        self.asked += 1

    def received(self, stream):
        self.seen += stream.receive()
        if self.seen == self.asked * len(self.streams):
            whole = self.asked
            if self.sending:
                self.go()
            if whole - self.taken >= self.PILE or not self.sending:
                self.take(whole)

    def take(self, whole):
        """The first ``whole`` broadcasts, from all that are no witnesses."""
        for stream in self.others:
            stream.take(whole - self.taken)
        self.taken = whole

    @property
    def done(self):
        return self.seen + self.taken * len(self.others)

    @property
    def outstanding(self):
        return self.done < self.asked * (len(self.streams) + len(self.others))


class Rooms(Flow):
    """Many rooms of five members, and up to 50 events under way, in rooms that have no member in common."""

    STRIDE = 21  # rooms from one event to the next

    def make(self, task, connections):
        argument = "x" * task["bytes"]
        script = Script([], [wire.server_frame(f'42["news","{argument}"]')])
        streams = [Stream(connection, script) for connection in connections]
        self.frames = []
        for room in range(task["rooms"]):
            asker = streams[first_of(room, len(streams), task["rooms"])].sock
            self.frames.append((asker, wire.client_frame(f'42["room","{name_of(room, task["rooms"])}","{argument}"]')))
        self.done = self.asked = 0
        return streams

    def go(self):
        while self.asked * 5 - self.done < 5 * min(50, len(self.frames)):
            sock, frame = self.frames[self.asked * self.STRIDE % len(self.frames)]
            sock.sendall(frame)
            self.asked += 1

    def received(self, stream):
        self.done += stream.receive()
        if self.sending:
            self.go()

    @property
    def outstanding(self):
        return self.done < self.asked * 5


def first_of(room, clients, rooms):
    """The first of the five neighbours that are in a room, and the one who asks for events there."""
    return room * max(1, clients // rooms) % clients


def name_of(room, rooms):
    return f"{rooms}/{room}"


def members_of(client, clients, rooms):
    """The rooms that a client joins."""
    return [name_of(room, rooms) for room in range(rooms) if (client - first_of(room, clients, rooms)) % clients < 5]
