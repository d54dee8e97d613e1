"""Acknowledgements both ways: whose they are, when they fail, how many may be awaited."""

import asyncio
import re

import pytest

from realtime.exceptions import AckTimeout, Disconnected
from tests.engine.asgi import open_websocket, turns
from tests.engine.namespaces import Apps, Pending, joined, server, until


async def test_an_ack_counts_once_and_only_for_whom_it_was_asked():
    apps = Apps()
    app = server(apps)
    one, other = await joined(app), await joined(app)
    calling = apps.calls[0].calling("ask")
    number = (await one.read()).removeprefix("42").partition("[")[0]
    other.write(f'43{number}["forged"]', "43999[]", f"43{2**53 - 1}[]")
    await turns()
    assert not calling.done()
    one.write(f'43{number}["first"]', f'43{number}["second"]')
    assert await calling == ["first"] and len(app.clients) == 2


async def test_a_call_without_an_answer_times_out_and_forgets(clock):
    apps = Apps()
    websocket = await joined(server(apps))
    calling = apps.calls[0].calling("ask", timeout=3)
    number = (await websocket.read()).removeprefix("42").partition("[")[0]
    await clock.advance(3.1)
    with pytest.raises(AckTimeout):
        await calling
    assert not apps.calls[0].socket._acks
    websocket.write(f"43{number}[]")


async def test_a_call_whose_timeout_is_no_number_is_not_sent():
    apps = Apps()
    websocket = await joined(server(apps))
    for seconds, error in (float("nan"), ValueError), ("5", TypeError):
        with pytest.raises(error, match="a timeout is a number of seconds, not"):
            await apps.calls[0].calling("ask", timeout=seconds)
    apps.calls[0].calling("the only one")
    assert "the only one" in await websocket.read()


async def test_pending_calls_fail_when_the_client_leaves():
    apps = Apps()
    websocket = await joined(server(apps))
    calls = [apps.calls[0].calling("ask") for _ in range(3)]
    await turns()
    websocket.cut()
    for calling in calls:
        with pytest.raises(Disconnected):
            await calling
    with pytest.raises(Disconnected):
        await apps.calls[0].calling("ask")


async def test_a_client_that_never_answers_has_only_so_many_calls_waiting():
    apps = Apps()
    await joined(server(apps, max_pending_acks=5))
    calls = [apps.calls[0].calling("ask") for _ in range(6)]
    with pytest.raises(AckTimeout, match="MAX_PENDING_ACKS") as caught:
        await calls[5]
    assert caught.value.missing == [apps.calls[0].socket.sid]
    for calling in calls:
        calling.cancel()
    await asyncio.wait(calls)
    assert not apps.calls[0].socket._acks


@pytest.mark.parametrize(
    "asking",
    [{"type": "socketio.call", "timeout": 5}, {"type": "socketio.emit", "id": 1}],
    ids=["a call", "an emit with an id"],
)
async def test_asking_before_the_accept_is_the_applications_error(asking):
    apps = Pending()
    websocket = await open_websocket(server(apps))
    websocket.write("40")
    with pytest.raises(RuntimeError):
        await (await apps.call()).send({**asking, "event": "ask", "args": []})


async def test_the_application_acknowledges_in_its_namespace():
    apps = Apps()
    app = server(apps)
    websocket = await joined(app, "/chat")
    websocket.write('42/chat,7["x"]')
    await until(lambda: apps.calls[0].events())
    assert apps.calls[0].messages[-1]["id"] == 7
    await apps.calls[0].send({"type": "socketio.ack", "id": 7, "args": ["ok", b"\x01"]})
    assert await websocket.read_many(2) == ['461-/chat,7["ok",{"_placeholder":true,"num":0}]', b"\x01"]


async def test_the_ack_of_an_emit_with_an_id_is_a_message(unraised):
    apps = Apps()
    websocket = await joined(server(apps, max_pending_acks=2))
    call = await apps.call()
    message = {"type": "socketio.emit", "event": "ask", "args": [], "flags": {}}
    await call.send({**message, "id": 70})
    await call.send({**message, "id": 71})
    with pytest.raises(AckTimeout, match="MAX_PENDING_ACKS"):
        await call.send({**message, "id": 72})
    number = re.fullmatch(r'42(\d+)\["ask"\]', await websocket.read())[1]
    websocket.write(f'43{number}["yes",1]')
    websocket.write(f'43{number}["again"]')
    websocket.write('42["and on"]')
    websocket.write("41")
    await call.done()
    assert [each for each in call.messages if each["type"] == "socketio.ack"] == [
        {"type": "socketio.ack", "id": 70, "args": ["yes", 1]}
    ]
