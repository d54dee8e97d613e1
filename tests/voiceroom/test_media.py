"""Voices: who is in the mesh, who may signal to whom, frames, and the credentials of TURN."""

import base64
import datetime
import hashlib
import hmac
from types import SimpleNamespace

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.utils import timezone

from realtime import Disconnected
from realtime.testing import Clock
from tests.voiceroom.tabs import code, enter, hear, hear_all, heard, join, leave
from voiceroom import media
from voiceroom.deeds import moderation
from voiceroom.limits import Bucket
from voiceroom.media import mesh, turn
from voiceroom.models import MeshPeer, Room, Seat
from voiceroom.options import DEFAULTS

pytestmark = pytest.mark.django_db(transaction=True)
OFFER = {"type": "offer", "sdp": "v=0"}


async def crowd(number, **facts):
    make = get_user_model().objects.acreate
    users = [await make(username=f"user-{n}", **facts) for n in range(number)]
    return [await join(user) for user in users]


def told(events, name):
    return [event.args for event in events if event.event == name]


# -- signalling -----------------------------------------------------------------------------------------------


async def test_a_signal_reaches_the_one_tab_it_is_for_stamped_by_the_server(room, people):
    ada, a = await join(people["ada"])
    bo, b = await join(people["bo"])
    cy, _ = await join(people["cy"])
    assert b["media"]["peers"] == [a["media"]["tab"]]
    answer = await bo.call("media:signal", a["media"]["tab"], OFFER | {"from": "somebody else"})
    assert answer == {"ok": True}
    heard_by_ada = await hear(ada, "media:signal")
    assert heard_by_ada == {"from": b["media"]["tab"], "message": OFFER | {"from": "somebody else"}}
    assert not told(await heard(cy) + await heard(bo), "media:signal")
    await leave(ada, bo, cy)


async def test_who_is_not_inside_neither_sends_nor_gets_a_signal(room, people):
    ada, a = await join(people["ada"])
    outside = await enter(people["cy"])
    assert code(await outside.call("media:signal", a["media"]["tab"], OFFER)) == "not_inside"
    for name in (outside.sid, f"user:{people['cy'].pk}", "inside", ""):
        await ada.call("media:signal", name, OFFER)
    assert await outside.receive_nothing()
    assert not told(await heard(ada), "media:signal")
    await leave(ada, outside)


async def test_a_signal_never_leaves_its_room(room, people):
    await Room.objects.acreate(slug="cake", name="Cake", owner=people["ada"])
    tea, _ = await join(people["ada"])
    cake, c = await join(people["bo"], "/rooms/cake")
    await tea.call("media:signal", c["media"]["tab"], OFFER)
    assert not told(await heard(cake), "media:signal")
    await leave(tea, cake)


async def test_who_was_sent_out_signals_no_more(room, people):
    ada, a = await join(people["ada"])
    cy, c = await join(people["cy"])
    await ada.call("member:kick", people["cy"].pk)
    with pytest.raises(Disconnected):
        while True:
            await cy.receive()
    while c["media"]["tab"] in (await hear(ada, "media:peers"))["peers"]:
        pass
    assert [peer.tab async for peer in MeshPeer.objects.all()] == [a["media"]["tab"]]
    again = await enter(people["cy"])
    assert code(await again.call("media:signal", a["media"]["tab"], OFFER)) == "not_inside"
    await ada.call("media:signal", c["media"]["tab"], OFFER)
    assert await again.receive_nothing()
    await leave(ada, again)


@pytest.mark.parametrize(
    ("to", "message", "answer"),
    [
        ("x", {"sdp": "x" * DEFAULTS.signal_bytes}, "too_large"),
        ("x", "text", "bad_arguments"),
        ("x", None, "bad_arguments"),
        (None, OFFER, "bad_arguments"),
        (["x"], OFFER, "bad_arguments"),
        (7, OFFER, "bad_arguments"),
    ],
    ids=["large", "text", "nothing", "nobody", "list", "number"],
)
async def test_a_signal_that_is_none_is_refused(room, people, to, message, answer):
    ada, _ = await join(people["ada"])
    assert code(await ada.call("media:signal", to, message)) == answer
    await leave(ada)


async def test_a_flood_of_signals_is_stopped(room, people):
    ada, _ = await join(people["ada"])
    answers = [code(await ada.call("media:signal", "x", OFFER)) for _ in range(500)]
    assert answers[0] is None and "too_fast" in answers
    await leave(ada)


# -- places ---------------------------------------------------------------------------------------------------


async def test_six_are_in_the_mesh_and_the_seventh_hears_by_frames(room, people):
    tabs = await crowd(7)
    assert [state["media"]["in_mesh"] for _, state in tabs] == [True] * 6 + [False]
    seventh, state = tabs[6]
    assert state["media"]["peers"] == []
    assert code(await seventh.call("media:signal", tabs[0][1]["media"]["tab"], OFFER)) == "forbidden"
    assert not told(await heard(tabs[0][0]), "media:signal")
    await leave(tabs[0][0])
    assert (await seventh.call("media:enter"))["media"]["in_mesh"]
    await leave(*(tab for tab, _ in tabs[1:]))


async def test_who_speaks_gets_the_place_of_who_listens(room, people):
    tabs = await crowd(7)
    speaker, _ = tabs[6]
    await speaker.call("seat:take", 0)
    granted = (await speaker.call("media:publish"))["media"]
    last = tabs[5][1]["media"]["tab"]
    assert granted["in_mesh"] and len(granted["peers"]) == 5 and last not in granted["peers"]
    (peers,) = told(await heard(tabs[5][0]), "media:peers")[-1]
    assert last not in peers["peers"]
    assert code(await tabs[5][0].call("media:signal", tabs[0][1]["media"]["tab"], OFFER)) == "forbidden"
    await leave(*(tab for tab, _ in tabs))


async def test_four_speak_in_the_mesh_and_the_fifth_by_frames(room, people):
    tabs = await crowd(5)
    granted = []
    for tab, _ in tabs:
        await tab.call("seat:take", None)
        granted.append((await tab.call("media:publish"))["media"]["in_mesh"])
    assert granted == [True] * 4 + [False]
    await tabs[0][0].call("seat:leave")
    assert (await tabs[4][0].call("media:publish"))["media"]["in_mesh"]
    await leave(*(tab for tab, _ in tabs))


def row(tab, publishes=False):
    return SimpleNamespace(tab=tab, publishes=publishes)


@pytest.mark.parametrize(
    ("rows", "publishes", "present", "out"),
    [
        ([], False, "", []),
        ([row(n) for n in "abcde"], False, "abcde", []),
        ([row(n) for n in "abcdef"], False, "abcdef", ["x"]),
        ([row(n) for n in "abcdef"], False, "abdef", ["c"]),
        ([row(n) for n in "abcdef"], True, "abcdef", ["f"]),
        ([row(n) for n in "abcdef"], True, "bcdef", ["a"]),
        ([row(n, True) for n in "abcd"], True, "abcd", ["x"]),
        ([row(n, True) for n in "abcd"], True, "abc", ["d"]),
        ([row(n, True) for n in "abcd"], False, "abcd", []),
        ([*(row(n, True) for n in "abcd"), row("e"), row("f")], False, "abcdef", ["x"]),
        ([*(row(n, True) for n in "abcx"), row("e"), row("f")], True, "abcxef", []),
    ],
)
def test_places_go_to_who_speaks_before_who_listens_and_to_who_is_here_before_who_is_lost(
    rows, publishes, present, out
):
    assert mesh.places(rows, media.Member(1, "x", publishes), set(present)) == out


async def test_who_lost_the_connection_keeps_the_place_for_the_grace(room, people):
    ada, _ = await join(people["ada"])
    cy, c = await join(people["cy"])
    clock = Clock()
    try:
        await cy.disconnect("transport close")
        assert await MeshPeer.objects.filter(tab=c["media"]["tab"]).aexists()
        await heard(ada)
        await clock.advance(DEFAULTS.seat_grace + 1)
        assert c["media"]["tab"] not in (await hear(ada, "media:peers"))["peers"]
    finally:
        clock.restore()
    assert await MeshPeer.objects.acount() == 1
    await leave(ada)


async def test_what_a_server_that_died_left_in_the_mesh_goes_with_the_grace(room, people):
    await MeshPeer.objects.acreate(room=room, user=people["cy"], tab="ghost")
    ada, state = await join(people["ada"])
    assert state["media"]["peers"] == ["ghost"]  # may come back, and be heard without having gone
    left = timezone.now() - datetime.timedelta(seconds=DEFAULTS.seat_grace + 1)
    await MeshPeer.objects.filter(tab="ghost").aupdate(away_since=left)
    assert (await ada.call("media:enter"))["media"]["peers"] == []
    await leave(ada)


async def test_who_says_goodbye_leaves_the_mesh_at_once(room, people):
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    await heard(ada)
    await leave(cy)
    assert len((await hear(ada, "media:peers"))["peers"]) == 1
    await leave(ada)


# -- frames ---------------------------------------------------------------------------------------------------


async def test_frames_go_from_who_may_speak_to_who_asked(room, people):
    ada, a = await join(people["ada"])
    bo, _ = await join(people["bo"])
    cy, _ = await join(people["cy"])
    assert code(await ada.call("media:frame", b"opus")) == "forbidden"
    await ada.call("seat:take", 0)
    assert code(await ada.call("media:frame", b"opus")) == "forbidden"  # the microphone is off
    await ada.call("mic:state", "on")
    await bo.call("media:fallback", True)
    assert (await hear(ada, "media:wanted"))["frames"] is True
    await heard(bo)
    assert code(await ada.call("media:frame", b"opus")) is None
    assert await hear_all(bo, "media:frame") == [a["media"]["tab"], b"opus"]
    assert not told(await heard(cy) + await heard(ada), "media:frame")
    await leave(bo)
    assert (await hear(ada, "media:wanted"))["frames"] is False
    await leave(ada, cy)


async def test_whoever_is_muted_moved_off_or_not_the_publishing_tab_sends_no_frame(room, people):
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    other, _ = await join(people["cy"])

    async def speak():
        await cy.call("mic:state", "on")
        return code(await cy.call("media:frame", b"opus"))

    await cy.call("seat:take", 0)
    assert await speak() is None
    assert code(await other.call("media:frame", b"opus")) == "forbidden"
    await ada.call("seat:mute", 0)
    assert await speak() == "forbidden"
    await ada.call("seat:ask_unmute", 0)
    await cy.call("seat:unmute")
    assert await speak() is None
    await other.call("media:publish")
    assert await speak() == "forbidden"
    assert code(await other.call("media:frame", b"opus")) is None
    await ada.call("seat:kick", 0)
    assert code(await other.call("media:frame", b"opus")) == "forbidden"
    await leave(ada, cy, other)


@pytest.mark.parametrize(
    ("frame", "answer"),
    [("text", "bad_arguments"), (b"", "bad_arguments"), (None, "bad_arguments"), (b"x" * 2001, "too_large")],
    ids=["text", "empty", "none", "large"],
)
async def test_what_is_no_frame_is_refused(room, people, frame, answer):
    ada, _ = await join(people["ada"])
    await ada.call("seat:take", 0)
    await ada.call("mic:state", "on")
    assert code(await ada.call("media:frame", frame)) == answer
    await leave(ada)


async def test_speaking_is_told_to_the_room_and_to_the_lobby(room, people):
    lobby = await enter(people["cy"], "/")
    await lobby.call("lobby:join")
    ada, a = await join(people["ada"])
    bo, _ = await join(people["bo"])
    assert code(await ada.call("media:speaking", True)) == "forbidden"
    await ada.call("seat:take", 0)
    await ada.call("mic:state", "on")
    assert code(await ada.call("media:speaking", True)) is None
    assert await hear(bo, "media:speaking") == {"tab": a["media"]["tab"], "user": people["ada"].pk, "on": True}
    while (news := await hear(lobby, "lobby:people"))["speaking"] == []:
        pass
    assert news["speaking"] == [people["ada"].pk]
    await bo.call("media:quality", 2)
    assert await hear(ada, "media:quality") == {"user": people["bo"].pk, "level": 2}
    await leave(ada, bo, lobby)


async def test_the_admins_mute_takes_the_voice_at_once(room, people):
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    await cy.call("seat:take", 0)
    await cy.call("mic:state", "on")
    await database_sync_to_async(moderation.mute_seat)(room, people["ada"], 0)
    assert code(await cy.call("media:frame", b"opus")) == "forbidden"
    assert (await Seat.objects.aget(index=0)).muted_by_host
    await leave(ada, cy)


# -- TURN -----------------------------------------------------------------------------------------------------

TURN = {"TURN_URLS": ["turn:t.example:3478"], "TURN_SECRET": "north"}


def test_turn_credentials_are_those_coturn_checks_and_end_by_themselves(settings):
    settings.VOICEROOM = TURN
    (server,), seconds = turn.ice_servers(7, now=1000)
    assert (server["username"], seconds) == ("1600:7", 600)
    assert server["credential"] == base64.b64encode(hmac.digest(b"north", b"1600:7", hashlib.sha1)).decode()


@pytest.mark.parametrize(("ttl", "expected"), [(1, 300), (400, 400), (86400, 600)])
def test_turn_credentials_live_five_to_ten_minutes(settings, ttl, expected):
    settings.VOICEROOM = {"TURN_TTL": ttl}
    assert turn.ice_servers(7)[1] == expected


async def test_turn_credentials_are_for_who_is_inside(room, people, settings):
    settings.VOICEROOM = TURN | {"STUN_URLS": ["stun:t.example"]}
    ada, state = await join(people["ada"])
    stun, relay = state["media"]["ice_servers"]
    assert stun == {"urls": ["stun:t.example"]} and relay["username"].endswith(f":{people['ada'].pk}")
    fresh = await ada.call("media:refresh")
    assert fresh["ok"] and fresh["ice_servers"][1]["credential"] and fresh["expires_in"] == 600
    outside = await enter(people["cy"])
    assert code(await outside.call("media:refresh")) == "not_inside"
    answers = [code(await ada.call("media:refresh")) for _ in range(6)]
    assert answers[-1] == "too_fast"
    await leave(ada, outside)


# -- backends -------------------------------------------------------------------------------------------------


class Silent:
    """A backend of a project's own."""

    name, enforces_mute = "silent", True
    deeds = []

    async def open_room(self, room):
        self.deeds.append("open")

    async def close_room(self, room):
        self.deeds.append("close")

    async def grant(self, room, member, *, ttl=300):
        return {"token": f"for {member.tab}"}

    async def signal(self, room, member, message):
        return {"type": "answer"}

    async def set_publish(self, room, member, *, seat, muted):
        self.deeds.append((seat, muted))

    async def remove(self, room, member):
        self.deeds.append("remove")


async def test_a_room_takes_any_backend_by_its_name(room, people, settings):
    settings.VOICEROOM = {"MEDIA_BACKENDS": {"silent": "tests.voiceroom.test_media.Silent"}}
    await Room.objects.aupdate(media_backend="silent")
    Silent.deeds.clear()
    ada, state = await join(people["ada"])
    assert (state["media"]["backend"], state["media"]["enforces_mute"]) == ("silent", True)
    assert state["media"]["token"] == f"for {state['media']['tab']}"
    await ada.call("seat:take", 3)
    await ada.call("mic:state", "on")
    assert await ada.call("media:signal", None, OFFER) == {"ok": True, "answer": {"type": "answer"}}
    await leave(ada)
    assert Silent.deeds == ["open", (3, True), (3, False), "remove"]


def test_a_bucket_lets_a_burst_pass_and_then_its_rate():
    bucket = Bucket(2, 3)
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(100.5), bucket.take(100.5), bucket.take(103.0)] == [True, False, True]
