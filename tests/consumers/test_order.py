"""The order in which events and messages of the layer are handled, and who need not keep it."""

import asyncio

from realtime import NamespaceConsumer, on, on_layer
from tests.consumers.seam import joined


async def test_events_are_handled_in_order_one_at_a_time():
    order = []

    class Chat(NamespaceConsumer):
        @on("step")
        async def step(self, number):
            order.append((number, "begins"))
            await asyncio.sleep(0)
            order.append((number, "ends"))

    async with joined(Chat) as seam:
        for number in range(3):
            seam.emit("step", number, id=number)
        await seam.until(lambda: seam.acks(2))
    assert order == [(number, word) for number in range(3) for word in ("begins", "ends")]


async def test_concurrent_handlers_do_not_hold_the_next_event_up_and_are_bounded():
    go_on, running = asyncio.Event(), []

    class Chat(NamespaceConsumer):
        @on("slow", concurrent=True)
        async def slow(self, number):
            running.append(number)
            await go_on.wait()
            return number

        @on("quick")
        async def quick(self): ...

    async with joined(Chat, limits={"max_concurrent_events": 2, "sync_threads": 8}) as seam:
        seam.emit("slow", 1, id=1)
        seam.emit("slow", 2, id=2)
        await seam.call("quick")
        seam.emit("slow", 3, id=3)
        seam.emit("quick", id=4)
        for _ in range(10):
            await asyncio.sleep(0)
        assert running == [1, 2] and not seam.acks(4)
        go_on.set()
        await seam.until(lambda: seam.acks(4) and seam.acks(3))
        assert seam.acks(1) == [[1]] and running == [1, 2, 3]


async def test_layer_messages_reach_their_handlers_in_order_with_the_events(caplog):
    seen = []

    class Orders(NamespaceConsumer):
        groups = ["orders"]

        @on_layer("order.paid")
        async def paid(self, message):
            seen.append(message["id"])
            if message["id"] == 2:
                raise KeyError

        @on("event")
        async def event(self):
            seen.append("event")

    async with joined(Orders) as seam:
        for id in (1, 2):
            seam.put("layer", message={"type": "order.paid", "id": id})
        seam.put("layer", message={"type": "websocket.disconnect"})
        await seam.call("event")
    assert seen == [1, 2, "event"]
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
