"""Two people at one seat, who was sent out, and who has no business here: over real sockets."""

import asyncio

import pytest

from tests.harness.site import Site
from tests.media.clients import Visitor

ROUNDS = 50


async def race(one, other, owner, onlooker):
    """Both take seat 4 at the same moment, again and again; each time exactly one has it. Answers who won."""
    await asyncio.gather(*(each.run("room:join") for each in (one, other, owner, onlooker)))
    winners = []
    for _ in range(ROUNDS):
        answers = await asyncio.gather(*(each.run("seat:take", 3) for each in (one, other)))
        codes = [answer.get("error", {}).get("code") for answer in answers]
        assert sorted(codes, key=str) == [None, "seat_taken"]
        winners.append((one, other)[codes.index(None)].user)
        assert await seated(onlooker) == {3: winners[-1]}
        assert (await owner.run("seat:kick", 3))["ok"]
    return winners


async def seated(onlooker):
    """{seat: user id}, as the server tells it."""
    state = await onlooker.run("room:sync")
    return {seat["index"]: seat["person"]["id"] for seat in state["seats"] if seat["person"]}


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_of_two_who_take_one_seat_at_the_same_moment_exactly_one_has_it(site, new_room, transport):
    room = new_room("race")
    bob, carol = (Visitor(site, name, room, transports=[transport]) for name in ("bob", "carol"))
    alice, ada = Visitor(site, "alice", room), Visitor(site, "admin", room)
    async with bob, carol, alice, ada:
        await race(bob, carol, owner=alice, onlooker=ada)


@pytest.mark.redis
async def test_so_it_is_with_two_server_processes(tmp_path, new_room, redis_server):
    with Site(tmp_path / "db.sqlite3", REDIS_URL=redis_server.url) as one:
        two = Site(tmp_path / "db.sqlite3", REDIS_URL=redis_server.url)
        with two.server:
            room = new_room("far", at=one)
            bob, carol = Visitor(one, "bob", room), Visitor(two, "carol", room)
            alice, ada = Visitor(one, "alice", room), Visitor(two, "admin", room)
            async with bob, carol, alice, ada:
                assert set(await race(bob, carol, owner=alice, onlooker=ada)) == {bob.user, carol.user}


async def test_a_seat_for_anybody_is_given_to_each_once(site, new_room):
    room = new_room("any")
    people = [Visitor(site, name, room) for name in ("alice", "bob", "carol", "admin")]
    async with people[0], people[1], people[2], people[3]:
        await asyncio.gather(*(each.run("room:join") for each in people))
        for _ in range(10):
            answers = await asyncio.gather(*(each.run("seat:take", None) for each in people))
            assert all(answer.get("ok") for answer in answers)
            assert sorted((await seated(people[0])).values()) == sorted(each.user for each in people)
            await asyncio.gather(*(each.run("seat:leave") for each in people))


async def test_who_is_kicked_and_banned_is_out_within_a_second_and_stays_out(site, new_room):
    room = new_room("ban")
    alice, bob = Visitor(site, "alice", room), Visitor(site, "bob", room)
    tab = bob.another(transports=["polling"])
    before = Visitor(site, "bob", room)  # another browser, whose session is older than the ban
    async with alice, bob, tab, before:
        await asyncio.gather(*(each.run("room:join") for each in (alice, bob, tab)))
        assert (await bob.run("seat:take", 1))["ok"]
        assert (await alice.run("member:kick", bob.user))["ok"]
        await asyncio.wait_for(asyncio.gather(bob.gone.wait(), tab.gone.wait(), before.gone.wait()), 1)
        assert bob.events("room:closed") == tab.events("room:closed") == [[{"code": "kicked"}]]
        again = bob.another()
        async with again:  # a kick is no ban
            assert (await again.run("room:join"))["ok"]
            assert (await alice.run("member:ban", bob.user, 10, "noise"))["ok"]
            await asyncio.wait_for(again.gone.wait(), 1)
    for visitor in (
        bob.another(),
        bob.another(transports=["polling"]),
        bob.another(transports=["websocket"]),
        before.another(),
        Visitor(site, "bob", room),  # who logs in again
    ):
        assert await visitor.refusal() == "banned"
    async with alice.another() as alice:
        await alice.run("room:join")
        assert await seated(alice) == {}


async def test_the_socket_of_who_is_banned_hears_nothing_more(site, new_room):
    """Also one that ignores the goodbye: the server has closed it."""
    room = new_room("deaf")
    alice, bob = Visitor(site, "alice", room), Visitor(site, "bob", room)
    async with alice, bob:
        await asyncio.gather(alice.run("room:join"), bob.run("room:join"))
        assert (await alice.run("member:ban", bob.user, None, ""))["ok"]
        await asyncio.wait_for(bob.gone.wait(), 1)
        heard = len(bob.heard)
        await alice.run("chat:send", "among ourselves", "k" * 20)
        await asyncio.sleep(0.2)
        assert len(bob.heard) == heard


OFFER = {"type": "offer", "sdp": "v=0", "call": "1-2"}


async def test_who_is_not_inside_can_neither_send_nor_receive_signalling(site, new_room):
    room, elsewhere = new_room("signal"), new_room("elsewhere")
    alice, bob = Visitor(site, "alice", room), Visitor(site, "bob", room)
    carol = Visitor(site, "carol", room)  # connected, and never joins
    ada = Visitor(site, "admin", elsewhere)  # inside another room
    async with alice, bob, carol, ada:
        a, b = [(await each.run("room:join"))["media"]["tab"] for each in (alice, bob)]
        await ada.run("room:join")
        assert await carol.code("media:signal", a, OFFER) == "not_inside"
        for command, *args in (("media:publish",), ("media:refresh",), ("media:frame", b"\1\0\0a"), ("room:sync",)):
            assert await carol.code(command, *args) == "not_inside"
        await ada.run("media:signal", a, OFFER)
        assert (await bob.run("media:signal", a, OFFER))["ok"]
        await asyncio.gather(*(each.run("room:sync") for each in (alice, bob, carol, ada)))
        assert alice.events("media:signal") == [[{"from": b, "message": OFFER}]]
        assert [each.events("media:signal") for each in (bob, carol, ada)] == [[], [], []]
        assert carol.heard == []
        await alice.run("member:kick", bob.user)
        await asyncio.wait_for(bob.gone.wait(), 1)
        await alice.run("media:signal", b, OFFER)
    assert bob.events("media:signal") == []


async def test_the_sender_of_a_signal_is_who_the_server_says(site, new_room):
    room = new_room("stamp")
    alice, bob = Visitor(site, "alice", room), Visitor(site, "bob", room)
    async with alice, bob:
        a, b = [(await each.run("room:join"))["media"]["tab"] for each in (alice, bob)]
        await bob.run("media:signal", a, OFFER | {"from": a})
        await alice.run("room:sync")
        assert [args[0]["from"] for args in alice.events("media:signal")] == [b]


async def test_frames_come_only_from_who_may_speak(site, new_room):
    room = new_room("speak")
    alice, bob = Visitor(site, "alice", room), Visitor(site, "bob", room)
    async with alice, bob:
        await asyncio.gather(alice.run("room:join"), bob.run("room:join"))
        await alice.run("media:fallback", True)
        assert await bob.code("media:frame", b"\1\0\0a") == "forbidden"
        await bob.run("seat:take", 1)
        await bob.run("media:publish")
        await bob.run("mic:state", "on")
        await bob.run("media:frame", b"\1\0\0b")
        await alice.run("seat:mute", 1)
        assert await bob.code("media:frame", b"\1\0\0c") == "forbidden"
        await alice.run("room:sync")
        assert [frame for _, frame in alice.events("media:frame")] == [b"\1\0\0b"]
