"""The kinds of work over HTTP: a view that emits, and long polling."""

import time

import wire
from streams import Flow, Script, Stream


class View(Flow):
    """Requests to a view that emits to everybody, one after the other. The figure is per request."""

    def make(self, task, connections):
        argument = "x" * task["bytes"]
        script = Script([], [wire.server_frame(f'42["news","{argument}"]')])
        self.http = wire.Http(task["port"])
        self.request = (wire.request(task["port"], f"emit?x={argument}") + "\r\n").encode()
        self.done = self.asked = self.news = 0
        self.answered = True
        return [*(Stream(connection, script) for connection in connections), self.http]

    def go(self):
        self.asked, self.answered = self.asked + 1, False
        self.http.send(self.request)

    def received(self, stream):
        if stream is self.http:
            self.answered = self.http.receive() is not None
        else:
            self.news += stream.receive()
        if self.answered and self.news == self.asked * (len(self.streams) - 1):
            self.done = self.asked
            if self.sending:
                self.go()

    @property
    def outstanding(self):
        return self.done < self.asked


class Polls:
    """One polling client: a GET that waits, and a POST with an event, whose acknowledgement is the GET's answer."""

    def __init__(self, task, number):
        port, cookies = task["port"], task["cookies"]
        cookie = cookies[number % len(cookies)] if cookies else None
        self.get, self.post = wire.Http(port, number), wire.Http(port, number)
        start = "socket.io/?EIO=4&transport=polling"
        self.get.send((wire.request(port, start, cookie=cookie) + "\r\n").encode())
        sid = self.get.whole().decode().partition('"sid":"')[2].partition('"')[0]
        self.asking = (wire.request(port, f"{start}&sid={sid}", cookie=cookie) + "\r\n").encode()
        head = wire.request(port, f"{start}&sid={sid}", "POST", cookie) + "Content-Type: text/plain;charset=UTF-8\r\n"
        self.posting = lambda body: (head + f"Content-Length: {len(body)}\r\n\r\n{body}").encode()
        self.say("40")
        self.message = self.posting(f'42123["echo","{"x" * task["bytes"]}"]')
        self.expected, self.missing = f'43123["{"x" * task["bytes"]}"]'.encode(), 0

    def say(self, body):
        """One exchange, waited for."""
        self.post.send(self.posting(body))
        self.post.whole()
        self.get.send(self.asking)
        return self.get.whole()

    def next(self):
        self.missing = 2
        self.get.send(self.asking)
        self.post.send(self.message)


class Polling(Flow):
    """Each client has one event under way."""

    def make(self, task, connections):
        self.clients = [Polls(task, number) for number in range(task["clients"])]
        self.done, self.of = 0, {}
        for client in self.clients:
            self.of[client.get] = self.of[client.post] = client
        return list(self.of)

    def go(self):
        for client in self.clients:
            client.since = time.perf_counter()
            client.next()

    def received(self, stream):
        body = stream.receive()
        if body is None:
            return
        client = self.of[stream]
        if stream is client.get and body != client.expected:
            raise wire.WireError(f"unexpected answer: {body[:200]!r}")
        client.missing -= 1
        if not client.missing:
            self.done += 1
            now = time.perf_counter()
            self.times.append(now - client.since)
            client.since = now
            if self.sending:
                client.next()

    @property
    def outstanding(self):
        return any(client.missing for client in self.clients)
