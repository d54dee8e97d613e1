"""What a consumer class asks of the other processes for each of its namespaces, and who is silent in one of them."""

import pytest
from channels.routing import URLRouter
from django.urls import path

from realtime import NamespaceConsumer, hubs, namespace
from realtime.exceptions import BroadcastError, ClusterTimeout
from realtime.options import Options
from realtime.signals import server_side_event
from tests.cluster.seats import introduced


class Rooms(NamespaceConsumer):
    pass


application = URLRouter([path(name, Rooms.as_asgi()) for name in ("red", "green", "blue")])


@pytest.fixture
async def two(table, clock, settings, monkeypatch):
    """The hub of this process, and one that stands for another process."""
    settings.ASGI_APPLICATION = f"{__name__}.application"
    a, b = await introduced(clock, await table.hub(options=Options(cluster_timeout=1)), await table.hub())
    b.leads = lambda: True
    monkeypatch.setattr(hubs, "_hubs", {"a": a})
    return a, b


@pytest.fixture
def answering():
    """Receivers say the name of the namespace; not where its name is in the set."""
    silent = set()

    async def say(sender, **kwargs):
        if sender in silent:
            raise ZeroDivisionError
        return sender

    server_side_event.connect(say)
    yield silent
    server_side_event.disconnect(say)


async def test_each_namespace_of_the_class_is_asked(two, answering):
    assert sorted(await namespace(Rooms).aserver_side_call("who")) == ["/blue", "/green", "/red"]


async def test_all_are_asked_though_one_stays_silent_and_the_error_has_what_the_others_said(two, answering):
    answering.add("/blue")  # the first in order
    with pytest.raises(ClusterTimeout, match="0 of 1 other processes answered in time; silent: B") as late:
        await namespace(Rooms).aserver_side_call("who")
    assert late.value.responses == ["/green", "/red"]


async def test_a_process_that_is_silent_in_each_is_named_once(two, answering):
    answering.update({"/blue", "/green", "/red"})
    with pytest.raises(ClusterTimeout) as late:
        await namespace(Rooms).aserver_side_call("who")
    assert (late.value.asked, late.value.silent, late.value.responses) == (1, ["B"], [])


async def test_a_layer_that_is_away_is_said_after_all_were_tried(two):
    a, _ = two
    a.link.layer.away = True
    with pytest.raises(BroadcastError, match="could not be reached"):
        await namespace(Rooms).aserver_side_emit("who")
