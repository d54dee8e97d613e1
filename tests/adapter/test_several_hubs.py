"""Several hubs in a process: one for each loop and layer."""

import asyncio
import threading

from channels.layers import InMemoryChannelLayer

from realtime.adapter import Hub, hub_for, hubs
from realtime.operators import Operator
from realtime.socketio.parser import JSONParser
from tests.adapter.layers import HI
from tests.adapter.sockets import SECRET, Member, member, member_in_another_thread


async def test_hubs_in_two_threads_share_broadcasts():
    """What the member in the other thread hears is looked at when it has heard."""
    heard = threading.Event()
    async with member_in_another_thread("x") as other:
        other.deliver = lambda frames, flags=None: (other.heard.append(list(frames)), heard.set())
        other.fan_out = lambda members, frames: [each.deliver(frames) for each in members]
        here = await member(hub_for(JSONParser(), None, SECRET), "here", "x")
        await Operator(here.hub, "/").to("x").emit("hi")
        assert await asyncio.to_thread(heard.wait, 5)
        assert here.heard == other.heard == [HI]
        assert len(hubs()) >= 2
    assert all(not hub.loop.is_closed() for hub in hubs()), "a loop that has ended takes its hub along"
    await Operator(here.hub, "/").to("x").emit("hi")


async def test_a_loop_has_one_hub_for_each_layer():
    layer = InMemoryChannelLayer()
    assert hub_for(JSONParser(), layer) is hub_for(JSONParser(), layer)
    assert hub_for(JSONParser(), layer) is not hub_for(JSONParser(), None)
    assert isinstance(hub_for(JSONParser(), None), Hub)


def test_a_member_is_what_a_hub_needs():
    assert {"deliver", "fan_out", "expect_ack", "forget_ack", "disconnect"} <= set(dir(Member))
