"""What happens outside of a test run: in a shell or a task worker, a process without EngineIO and without sockets."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IN_MEMORY = "channels.layers.InMemoryChannelLayer"
RECORDING = "tests.django.recording_layer.RecordingLayer"
DOWN = "tests.django.recording_layer.LayerThatIsDown"


def shell(script, layer=RECORDING, **socketio):
    """What a process prints that runs ``script`` with Django set up, and neither test run nor server."""
    begin = f"""
        from django.conf import settings
        from tests import settings as ours
        items = {{key: value for key, value in vars(ours).items() if key.isupper()}}
        layers = {{"default": {{"BACKEND": {layer!r}}}}}
        settings.configure(**{{**items, "CHANNEL_LAYERS": layers, "SOCKETIO": {socketio!r}}})
        import django
        django.setup()
        from realtime import namespace
        from realtime.exceptions import *
    """
    code = textwrap.dedent(begin) + textwrap.dedent(script)
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("layer, socketio", [(IN_MEMORY, {}), (RECORDING, {"CHANNEL_LAYER": None})])
def test_where_nobody_could_receive_it_a_deed_is_an_error_that_shows_the_way(layer, socketio):
    said = shell(
        """
        from tests.django.namespaces import Room
        settings.ASGI_APPLICATION = "tests.django.namespaces.application"
        for target in namespace("/chat"), namespace(Room):
            for deed in "emit", "call", "sockets_join", "sockets_leave", "disconnect_sockets", "server_side_emit":
                try:
                    getattr(target, deed)("x")
                except CrossProcessLayerError as error:
                    print(deed, error)
        """,
        layer,
        **socketio,
    )
    assert [line.split()[0] for line in said.splitlines() if "RedisPubSubChannelLayer" in line] == [
        "emit", "call", "sockets_join", "sockets_leave", "disconnect_sockets", "server_side_emit"
    ] * 2  # fmt: skip


def test_inside_a_transaction_it_is_an_error_at_once_and_not_a_line_in_the_log_after_the_commit():
    said = shell(
        """
        from django.db import transaction
        with transaction.atomic():
            for deed in "emit", "sockets_join", "disconnect_sockets":
                try:
                    getattr(namespace("/chat"), deed)("x")
                except CrossProcessLayerError:
                    print(deed)
        """,
        IN_MEMORY,
    )
    assert said.split() == ["emit", "sockets_join", "disconnect_sockets"]


def test_an_emit_goes_to_the_group_of_its_room_encoded():
    said = shell(
        """
        import asyncio, datetime
        from tests.django.recording_layer import sent
        from realtime.socketio.rooms import group_name
        namespace("/chat").to("blue").except_("red").volatile.emit("news", datetime.date(2030, 1, 2), b"\\x00")
        group, message = sent[0]
        print(group == group_name("/chat", "blue"), message["type"], message["rooms"], message["except"])
        print(message["body"], message["volatile"])
        asyncio.run(namespace("/chat").to("blue", "red").aemit("news"))
        namespace("/chat").emit("news")
        namespace("/chat").to("A" * 20).emit("to a socket's id")
        print({group == group_name("/chat") for group, message in sent[1:]}, len(sent))
        """
    )
    assert said.splitlines() == [
        "True socketio.broadcast ['blue'] ['red']",
        """['451-/chat,["news","2030-01-02",{"_placeholder":true,"num":0}]', b'\\x00'] True""",
        "{True} 4",
    ]


def test_rooms_and_disconnects_travel_too_and_local_ones_do_not():
    said = shell(
        """
        from tests.django.recording_layer import sent
        namespace("/chat").sockets_leave("a", "b")
        namespace("/chat").disconnect_sockets(True)
        namespace("/chat").local.emit("x")
        print([(message["type"], message["body"]) for group, message in sent])
        """
    )
    expected = [("socketio.leave", ["a", "b"]), ("socketio.disconnect", True)]
    assert said.strip() == str(expected)


def test_where_no_server_answers_that_is_an_error_that_says_so():
    said = shell(
        """
        for deed in (
            lambda: namespace().call("x", timeout=0.1), lambda: namespace().fetch_sockets(),
            lambda: namespace().server_side_call("x"), lambda: namespace().sockets_join("x"),
        ):
            try:
                deed()
            except ClusterTimeout as error:
                print(error, error.responses)
        """,
        "tests.django.recording_layer.EmptyLayer",
        CLUSTER_TIMEOUT=0.1,
    )
    assert said.splitlines() == ["no process answered in time: does a server run on this channel layer? []"] * 4


def test_a_layer_that_is_down_is_a_broadcast_error():
    said = shell(
        """
        try:
            namespace().emit("x")
        except BroadcastError as error:
            print(error, error.local)
        """,
        DOWN,
    )
    assert "the layer is down" in said and said.endswith(" 0\n")


def test_what_cannot_be_encoded_is_an_error_here_too():
    said = shell(
        """
        try:
            namespace().emit("x", object())
        except EncodeError as error:
            print("encode")
        """
    )
    assert said == "encode\n"


def test_a_deed_for_a_class_travels_to_every_hub():
    said = shell(
        """
        from realtime.adapter import EVERY_HUB
        from tests.django.namespaces import Room
        from tests.django.recording_layer import sent
        namespace(Room).to("blue").emit("x", b"\\x00")
        (group, message), = sent
        print(group == EVERY_HUB, message["type"], message["namespace"], message["rooms"])
        namespace("/chat").server_side_emit("reload", 1)
        print(sent[1][0] == EVERY_HUB, sent[1][1]["namespace"], sent[1][1]["body"])
        """
    )
    assert said.splitlines() == [
        "True socketio.broadcast =tests.django.namespaces.Room ['blue']",
        """True /chat ['42["item",["reload",1]]']""",
    ]
