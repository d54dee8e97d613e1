"""Users and model instances as targets, through the engine's own sockets."""

import asyncio
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group, User

from realtime import NamespaceConsumer, namespace, on, user
from realtime.targets import user_room
from realtime.testing import NamespaceCommunicator, outbox

ADA, BOB = User(pk=1, username="ada"), User(pk=2, username="bob")
STAFF = Group(pk=7, name="staff")


class Devices(NamespaceConsumer):
    @on("mine")
    async def mine(self, text):
        await self.to_user(self.user).emit("mine", text)

    @on("theirs")
    async def theirs(self, key, text):
        await self.server.user(key).emit("theirs", text)

    @on("volatile")
    async def theirs_or_not(self, key, text):
        await self.volatile.to_user(key).emit("volatile", text)

    @on("thread")
    def thread(self, key, text):
        self.sync.server.user(key).emit("thread", text)
        return [socket.sid for socket in self.sync.server.user(key).fetch_sockets()]

    @on("enter")
    async def enter(self):
        await self.join(STAFF)
        return sorted(self.rooms - {self.sid})

    @on("exit")
    async def go_out(self):
        await self.leave(STAFF)

    @on("staff")
    async def staff(self, text):
        await self.to(STAFF).emit("staff", text)

    @on("join what I say")
    async def join_any(self, room):
        await self.join(room)

    @on("say where I say")
    async def say_anywhere(self, room):
        await self.server.to(room).emit("heard")


async def come(who=None, name="/chat"):
    return await NamespaceCommunicator(Devices.as_asgi(), name, user=who).connect()


@pytest.fixture
async def devices():
    """Two of Ada's, one of hers in another namespace, one of Bob's, one of somebody who is not logged in."""
    nobody = SimpleNamespace(is_authenticated=False)
    coming = [(ADA, "/chat"), (ADA, "/chat"), (ADA, "/"), (BOB, "/chat"), (nobody, "/chat")]
    clients = [await come(*who) for who in coming]
    yield clients
    for client in clients:
        await client.disconnect()


async def heard(clients):
    """What each client has heard until now."""
    await asyncio.sleep(0.01)
    return [[await client.receive() for _ in range(client._packets.qsize())] for client in clients]


async def test_my_other_devices_hear_it_and_this_one_does_not(devices):
    await devices[0].call("mine", "x")
    assert await heard(devices) == [[], [("mine", "x")], [], [], []]


async def test_all_devices_of_a_user_in_the_namespace_hear_it(devices):
    await devices[0].call("theirs", 1, "x")
    await devices[0].call("theirs", 2, "y")
    await devices[3].call("volatile", 1, "z")
    a, b = ("theirs", "x"), ("volatile", "z")
    assert await heard(devices) == [[a, b], [a, b], [], [("theirs", "y")], []]


async def test_from_a_thread_as_well(devices):
    assert set(await devices[3].call("thread", 1, "x")) == {devices[0].sid, devices[1].sid}
    assert await heard(devices) == [[("thread", "x")], [("thread", "x")], [], [], []]


async def test_from_outside_of_a_consumer(devices):
    await namespace("/chat").user(ADA).to(devices[3].sid).aemit("hi")
    assert await heard(devices) == [[("hi",)], [("hi",)], [], [("hi",)], []]
    assert outbox[-1].rooms == (user_room(1), devices[3].sid)
    await namespace("/chat").except_(user_room(ADA)).aemit("hi")
    assert await heard(devices) == [[], [], [], [("hi",)], [("hi",)]]


async def test_in_every_namespace_from_outside_of_a_consumer(devices):
    await user(ADA).aemit("hi", 1)
    await asyncio.to_thread(user(2).emit, "hi", 2)
    assert await heard(devices) == [[("hi", 1)]] * 3 + [[("hi", 2)], []]
    assert len(await user(1).afetch_sockets()) == 3


async def test_a_model_instance_is_a_room(devices):
    assert await devices[0].call("enter") == ["auth.group:7"]
    await devices[3].call("staff", "x")
    await namespace("/chat").to(Group(pk=7)).aemit("news")
    await devices[0].call("exit")
    await devices[3].call("staff", "y")
    assert await heard(devices) == [[("staff", "x"), ("news",)], [], [], [], []]


async def test_who_says_which_room_reaches_no_user_with_it(devices):
    name = str.__str__(user_room(1)) + ""
    for event in ("join what I say", "say where I say"):
        assert (await devices[3].call(event, name))["error"]["code"] == "forbidden"
    assert await heard(devices) == [[]] * 5


@pytest.mark.parametrize("room", [5, None, 1.5, {"a": 1}, [["a"]]])
async def test_what_a_client_calls_a_room_and_is_none_is_its_fault(devices, room, caplog):
    for event in ("join what I say", "say where I say"):
        assert (await devices[3].call(event, room))["error"]["code"] == "bad_arguments"
    assert await heard(devices) == [[]] * 5
    assert not caplog.records
