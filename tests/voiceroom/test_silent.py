"""A room while another process dies or stands still: what is asked of all processes ends with what the others said."""

import pytest

from realtime import ClusterTimeout, namespace
from realtime.adapter import Hub
from realtime.asking import Gathered
from tests.voiceroom.tabs import COMINGS, code, enter, hear, join, leave
from voiceroom import live

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def silent(monkeypatch):
    """Another process is there, and answers nothing."""

    async def far(*args, **options):
        return Gathered([], 1, ["web-2:4711"])

    monkeypatch.setattr(Hub, "_is_alone", lambda hub, flags: False)
    monkeypatch.setattr(Hub, "_far", far)


async def test_a_room_goes_on_while_a_process_is_silent(room, people, silent, caplog):
    lobby = await enter(people["bo"], "/")
    assert [each["slug"] for each in (await lobby.call("lobby:join"))["rooms"]] == ["tea"]
    ada, a = await join(people["ada"])
    bo, b = await join(people["bo"])
    with pytest.raises(ClusterTimeout, match="0 of 1 other processes answered in time; silent: web-2:4711"):
        await namespace("/rooms/tea").afetch_sockets()
    assert a["ok"] and b["ok"] and b["media"]["peers"] == [a["media"]["tab"]]
    assert {tab["id"] for tab in b["tabs"]} == {a["media"]["tab"], b["media"]["tab"]}
    for command in (("seat:take", 0), ("mic:state", "on"), ("media:publish",), ("room:sync",)):
        assert code(await ada.call(*command)) is None, command
    assert code(await bo.call("media:fallback", True)) is None
    assert code(await ada.call("media:frame", b"opus")) is None
    assert (await hear(lobby, "lobby:people", skip=("lobby:room",)))["slug"] == "tea"
    await leave(ada)
    left = await hear(bo, "room:left", skip=(*COMINGS, "media:wanted", "media:frame", "media:speaking"))
    assert left["id"] == a["media"]["tab"]
    back, again = await join(people["bo"], options={"tab": b["media"]["tab"]})
    assert again["media"]["tab"] == b["media"]["tab"]
    await leave(back, bo, lobby)
    assert not [record for record in caplog.records if record.levelname == "ERROR"], caplog.text


def test_the_admin_shows_who_is_there_while_a_process_is_silent(room, people, silent, monkeypatch):
    def late(*args):
        raise ClusterTimeout(["a socket"], asked=1, silent=["web-2:4711"])

    monkeypatch.setattr("voiceroom.live.namespace", lambda name: type("Target", (), {"fetch_sockets": late})())
    assert live.sockets(room) == ["a socket"]
