"""Whatever is refused is counted, so that somebody can notice."""

import asyncio

import pytest

from realtime.exceptions import RealtimeError
from realtime.metrics import counters
from tests.engine.asgi import Request, engine, open_polling, open_websocket
from tests.engine.namespaces import Apps, joined, server


@pytest.mark.parametrize("frame", ["9", "42[", '42["connect"]', '42/never,["a"]', "451-[" + "[" * 100])
async def test_a_frame_that_the_protocol_does_not_allow_is_counted(frame):
    websocket, before = await open_websocket(server(Apps())), counters["packets_refused"]
    websocket.write(frame)
    assert (await websocket.read())[0] == "closed"
    assert counters["packets_refused"] == before + 1


async def test_a_body_that_the_protocol_does_not_allow_is_counted():
    session, before = await open_polling(engine()), counters["packets_refused"]
    assert (await session.say("abc"))[0] == 400
    assert counters["packets_refused"] == before + 1


async def test_a_body_that_does_not_come_is_counted():
    session, before = await open_polling(engine(body_timeout=0.01)), counters["bodies_late"]
    request = Request(session.app, session.query, method="POST")
    assert (await request.answer())[0] == 408
    assert counters["bodies_late"] == before + 1


async def test_a_call_over_max_pending_acks_is_counted():
    app, before = Apps(), counters["acks_refused"]
    await joined(server(app, max_pending_acks=1))
    call = await app.call()
    waiting = call.calling("first")
    await asyncio.sleep(0)
    with pytest.raises(RealtimeError, match="MAX_PENDING_ACKS"):
        await call.calling("second")
    assert counters["acks_refused"] == before + 1
    waiting.cancel()
