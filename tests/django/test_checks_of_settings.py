"""Checks of the keys and values in ``SOCKETIO``."""

import math

import pytest
from django.core import checks

from realtime import conf, values
from realtime.values import POSITIVE
from tests.django.checking import found

pytestmark = pytest.mark.usefixtures("project")


def test_E005_says_which_key_of_recovery_is_wrong(project):
    project.SOCKETIO = {"CONNECTION_STATE_RECOVERY": {"REDISS": "redis://r"}}
    assert "did you mean REDIS?" in found()["realtime.E005"].msg
    project.SOCKETIO = {"CONNECTION_STATE_RECOVERY": {"REDIS": "127.0.0.1:6379"}}
    assert "redis://127.0.0.1:6379/0" in found()["realtime.E005"].msg


def test_E005_an_unknown_key_hears_of_the_nearest(project):
    project.SOCKETIO = {"PING_TIMEOT": 3}
    assert found()["realtime.E005"].hint == "Did you mean PING_TIMEOUT?"
    project.SOCKETIO = {"ZZZ": 3}
    assert "docs/reference/settings.md" in found()["realtime.E005"].hint


async def to_be_awaited(*args):
    """What the engine would not await, and take for a yes."""


@pytest.mark.parametrize(
    "wrong",
    [{"PING_INTERVAL": "25"}, {"PING_INTERVAL": True}, {"PING_INTERVAL": -1}, {"JSONP": 1}, {"TRANSPORTS": "polling"},
     {"TRANSPORTS": []}, {"TRANSPORTS": ["carrier pigeon"]}, {"MAX_HTTP_BUFFER_SIZE": 1.5}, {"ALLOW_REQUEST": 3},
     {"CORS_ALLOW_METHODS": [1]}, {"PATH": None}, {"INITIAL_PACKET": 3}, ["PING_INTERVAL"],
     {"CHECK_ORIGIN": to_be_awaited}, {"IDENTIFY": f"{__name__}.to_be_awaited"}],
)  # fmt: skip
def test_E005_a_value_of_the_wrong_kind(project, wrong):
    project.SOCKETIO = wrong
    assert "realtime.E005" in found()


@pytest.mark.parametrize(
    "right",
    [{"PING_INTERVAL": 25}, {"PING_INTERVAL": 0.5}, {"TRANSPORTS": ("websocket",)}, {"ALLOW_REQUEST": "a.b.c"},
     {"ALLOW_REQUEST": print}, {"COOKIE": {"name": "io"}}, {"INITIAL_PACKET": b"x"}, {"CHANNEL_LAYER": None},
     {"COOKIE": {"path": None, "same_site": "Strict"}}, {"COOKIE": "io"}, {"CORS_PREFLIGHT_MAX_AGE": None},
     {"ping_timeout": 3}, None],
)  # fmt: skip
def test_E005_leaves_what_is_right_alone(project, right):
    project.SOCKETIO = right
    assert "realtime.E005" not in found()


@pytest.mark.parametrize(
    "wrong",
    [{"COOKIE": 3}, {"COOKIE": {"nmae": "io"}}, {"COOKIE": {"secure": "yes"}}, {"HTTP_COMPRESSION": {"treshold": 1}},
     {"HTTP_COMPRESSION": "yes"}, {"CORS_ALLOWED_ORIGINS": ["app.example.com"]}, {"CORS_ALLOWED_ORIGINS": 3},
     {"CORS_ALLOWED_ORIGINS": ["https://app.example.com/"]}, {"CORS_ALLOWED_ORIGINS": ["https://a:b"]},
     {"CORS_PREFLIGHT_STATUS": 404}, {"AUTH_LOST": "never"}, {"PING_INTERVAL": math.inf},
     {"PING_TIMEOUT": math.nan}, {"CORS_ALLOW_METHODS": "GET"},
     {"COOKIE": "a b"}, {"COOKIE": {"name": "a;b"}}, {"COOKIE": {"path": "/\r\nX: y"}},
     {"COOKIE": {"same_site": "some"}}, {"JSON_ENCODER": "json.loads"}, {"MIDDLEWARE": "a.b"}],
)  # fmt: skip
def test_E005_a_value_that_could_never_work(project, wrong):
    project.SOCKETIO = wrong
    (key,) = wrong
    assert f"SOCKETIO = {{'{key}': " in found()["realtime.E005"].hint


def test_E005_a_number_that_lets_nothing_through(project):
    project.SOCKETIO = {name.upper(): 0 for name in POSITIVE}
    said = [message.msg for message in checks.run_checks() if message.id == "realtime.E005"]
    assert len(said) == len(POSITIVE) and conf.FIELDS.keys() >= POSITIVE
    project.SOCKETIO = {"MAX_CLIENTS": 0, "AUTH_RECHECK": 0, "MAX_STREAMS": 0}
    assert "realtime.E005" not in found()


@pytest.mark.parametrize("name", sorted(conf.FIELDS))
def test_E005_the_line_to_paste_is_right_and_so_is_the_default(project, name):
    for value in (values.example(conf.FIELDS[name]), conf.FIELDS[name].default):
        project.SOCKETIO = {name.upper(): value}
        assert "realtime.E005" not in found()


@pytest.mark.parametrize(
    "key, hint",
    [("pingInterval", "PING_INTERVAL"), ("allowEIO3", "ALLOW_EIO3"), ("perMessageDeflate", "--ws-per-message-deflate"),
     ("cleanupEmptyChildNamespaces", "Leave it out"), ("wsEngine", "--ws"), ("destroyUpgrade", "Leave it out"),
     ("destroyUpgradeTimeout", "Leave it out"), ("adapter", "CHANNEL_LAYERS"), ("cors", "CORS_ALLOWED_ORIGINS")],
)  # fmt: skip
def test_E005_an_option_of_node_is_told_what_it_is_called_here(project, key, hint):
    project.SOCKETIO = {key: True}
    assert hint in found()["realtime.E005"].hint


def test_E005_options_of_the_engine_are_looked_at_too(project):
    project.ASGI_APPLICATION = "tests.django.an_asgi.with_a_wrong_option"
    assert found()["realtime.E005"].msg == "EngineIO(...) in tests.django.an_asgi: ping_timeout = 'long' does not fit."


@pytest.mark.parametrize(
    "wrong",
    [{"ALLOW_REQUEST": "a.b.c"}, {"GENERATE_ID": "json"}, {"HEADERS": "json.nothing"}, {"MIDDLEWARE": ["os.name"]}],
)
def test_E011_a_path_that_leads_to_no_function(project, wrong):
    project.SOCKETIO = wrong
    assert "SOCKETIO = {" in found()["realtime.E011"].hint
    project.SOCKETIO = {"ALLOW_REQUEST": "json.loads", "MIDDLEWARE": ["json.loads"], "CHECK_ORIGIN": None}
    assert "realtime.E011" not in found()


@pytest.mark.parametrize("wrong", [1, "yes", {"MAX_LENGHT": 5}, {"MAX_LENGTH": 0}, {"REDIS": 6379}, {"PREFIX": None}])
def test_E005_recovery_that_says_what_there_is_not(project, wrong):
    project.SOCKETIO = {"CONNECTION_STATE_RECOVERY": wrong}
    assert "MAX_DISCONNECTION_DURATION" in found()["realtime.E005"].hint
    project.SOCKETIO = {"CONNECTION_STATE_RECOVERY": {"MAX_LENGTH": 1000, "SKIP_MIDDLEWARES": True}}
    assert "realtime.E005" not in found()


@pytest.mark.parametrize("origins", ["*", ["*"]])
def test_E006_every_origin_with_credentials(project, origins):
    project.SOCKETIO = {"CORS_ALLOWED_ORIGINS": origins, "CORS_ALLOW_CREDENTIALS": True}
    assert "https://app.example.com" in found()["realtime.E006"].hint


def test_W003_messages_larger_than_daphne_takes(project):
    project.SOCKETIO = {"MAX_HTTP_BUFFER_SIZE": 1_048_577}
    assert "--websocket-max-message-size 1048577" in found()["realtime.W003"].hint
    project.SOCKETIO = {"MAX_HTTP_BUFFER_SIZE": 1_048_576}
    assert "realtime.W003" not in found()


def test_W007_every_origin_in_production(project):
    project.SOCKETIO = {"CORS_ALLOWED_ORIGINS": "*"}
    assert "realtime.W007" in found(deploy=True)
    assert "realtime.W007" not in found()


def test_W008_jsonp_in_production(project):
    project.SOCKETIO = {"JSONP": True}
    assert "'JSONP': False" in found(deploy=True)["realtime.W008"].hint
    assert "realtime.W008" not in found()


def test_W009_a_duration_that_looks_like_milliseconds(project):
    project.SOCKETIO = {"PING_INTERVAL": 25000}
    assert "25" in found()["realtime.W009"].hint
