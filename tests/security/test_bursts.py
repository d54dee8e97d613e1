"""A long burst of events is not an attack: a handler that keeps up must not be outrun by the reader."""

import asyncio

from realtime.metrics import counters
from tests.engine.asgi import open_polling
from tests.engine.namespaces import Apps, joined, server


class Counting(Apps):
    """Counts its events; ``done`` when it has ``wanted``."""

    def __init__(self, wanted):
        super().__init__()
        self.wanted, self.seen, self.done = wanted, 0, asyncio.Event()

    async def handle(self, call, message):
        call.messages[:-1] = []
        self.seen += message["type"] == "socketio.event"
        if self.seen == self.wanted:
            self.done.set()


async def test_a_burst_of_events_over_a_websocket_outruns_nobody():
    app = Counting(2000)
    websocket = await joined(server(app, max_inbox_events=300))
    websocket.write(*['42["a"]'] * 2000)
    await asyncio.wait_for(app.done.wait(), 10)
    assert websocket.client.session.state.name == "OPEN"


async def test_a_burst_of_events_in_one_body_outruns_nobody():
    app = Counting(2000)
    session = await open_polling(server(app, max_inbox_events=300))
    assert await session.say("40") == (200, b"ok")
    assert await session.say("\x1e".join(['42["a"]'] * 2000)) == (200, b"ok")
    await asyncio.wait_for(app.done.wait(), 10)
    assert session.client.session.state.name == "OPEN"


async def test_more_packets_in_one_body_than_max_post_packets_end_the_session():
    app, before = Counting(3), counters["packets_refused"]
    session = await open_polling(server(app, max_post_packets=4))
    assert await session.say("\x1e".join(["40", *['42["a"]'] * 3])) == (200, b"ok")
    await asyncio.wait_for(app.done.wait(), 10)
    assert (await session.say("\x1e".join(["3"] * 5)))[0] == 400
    assert session.client.session.state.name == "CLOSED"
    assert session.client.details == "more than MAX_POST_PACKETS (4) packets in one POST"
    assert counters["packets_refused"] == before + 1
