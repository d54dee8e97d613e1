"""Events that the application takes by a plain call, and when they go through its inbox all the same."""

import asyncio
import contextvars

from realtime.engine.inbox import BREATH
from tests.engine.asgi import turns
from tests.engine.namespaces import Apps, joined, server, until

where = contextvars.ContextVar("where", default="outside")


class Taking(Apps):
    """Takes every event. ``answers`` are what its taker returns, the last one first; None without any."""

    def __init__(self):
        super().__init__()
        self.took, self.answers, self.tasks, self.places = [], [], [], []

    async def connect(self, call):
        where.set("inside")
        self.task = asyncio.current_task()
        call.socket.taker = self.take
        await call.accept()

    def take(self, event, args, id):
        self.took.append((event, *args))
        self.tasks.append(asyncio.current_task())
        self.places.append(where.get())
        return self.answers.pop() if self.answers else None


async def taking():
    app = Taking()
    websocket = await joined(server(app))
    await turns()
    return app, websocket.client, app.calls[0]


async def test_an_event_is_taken_before_the_transport_goes_on():
    app, client, call = await taking()
    client.message('2["a",1]')
    client.message('27["b"]')
    assert app.took == [("a", 1), ("b",)] and call.events() == []
    await turns()
    assert call.events() == []


async def test_it_is_taken_in_the_task_and_the_context_of_the_application():
    app, client, _ = await taking()
    client.message('2["a"]')
    asyncio.get_running_loop().call_soon(client.message, '2["from a callback"]')
    mine = asyncio.current_task()
    await turns()
    assert app.tasks == [app.task, app.task] != [mine, mine] and app.places == ["inside", "inside"]
    assert asyncio.current_task() is mine and where.get() == "outside"


async def test_what_the_taker_returns_comes_next_and_everything_behind_it():
    app, client, call = await taking()
    app.answers.append({"type": "the rest"})
    client.message('2["a"]')
    client.message('2["b"]')
    assert app.took == [("a",)]
    await until(lambda: len(call.messages) > 2)
    assert [message["type"] for message in call.messages[1:]] == ["the rest", "socketio.event"]
    await turns()
    client.message('2["c"]')
    assert app.took == [("a",), ("c",)]


async def test_what_comes_while_the_taker_runs_waits_for_it():
    app, client, call = await taking()
    inner = app.take

    def take(event, args, id):
        if event == "a":
            client.message('2["b"]')
            assert not call.socket.resting
        return inner(event, args, id)

    call.socket.taker = take
    client.message('2["a"]')
    assert app.took == [("a",)]
    await turns()
    assert call.events() == [("b",)]


async def test_now_and_then_the_others_get_their_turn():
    app, client, call = await taking()
    for _ in range(BREATH + 2):
        client.message('2["a"]')
    assert len(app.took) == BREATH
    await turns()
    assert len(call.events()) == 2
    client.message('2["a"]')
    assert len(app.took) == BREATH + 1


async def test_a_taker_that_fails_ends_the_connection(caplog, unraised):
    _, client, call = await taking()
    call.socket.taker = lambda event, args, id: 1 / 0
    client.message('2["a"]')
    await call.done()
    assert call.reasons() == ["transport error"] and "ZeroDivisionError" in caplog.text


async def test_one_who_is_gone_takes_nothing():
    app, client, _ = await taking()
    client.message("1")
    client.message('2["a"]')
    assert app.took == []


async def test_nothing_leads_from_a_socket_that_ended_to_its_application():
    _, client, call = await taking()
    client.message("1")
    await call.done()
    await turns()
    assert call.socket.taker is None
