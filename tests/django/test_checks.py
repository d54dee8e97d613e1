import math
import sys

import pytest
from django.core import checks
from django.test import modify_settings

from realtime import checks as ours
from realtime import conf, values
from realtime.values import POSITIVE

WITHOUT_LAYER = {"CHANNEL_LAYERS": {}}
REDIS = "channels_redis.core.RedisChannelLayer"
PUBSUB = "realtime.layers.RedisPubSubChannelLayer"
IN_MEMORY = "channels.layers.InMemoryChannelLayer"


async def to_be_awaited(*args):
    """What the engine would not await, and take for a yes."""


@pytest.fixture(autouse=True)
def project(settings):
    """A project with nothing to complain about."""
    settings.ASGI_APPLICATION = "tests.django.an_asgi.application"
    settings.CHANNEL_LAYERS = layers(IN_MEMORY, capacity=10000)
    settings.SOCKETIO = {}
    settings.DEBUG = True
    return settings


def layers(backend, **config):
    return {"default": {"BACKEND": backend, "CONFIG": config}}


def found(deploy=False):
    """id -> message of what our checks say."""
    said = checks.run_checks(include_deployment_checks=deploy)
    return {message.id: message for message in said if message.id.startswith("realtime.")}


def test_a_sound_project_hears_nothing(project):
    project.DEBUG = False
    project.CHANNEL_LAYERS = layers(PUBSUB)
    assert found(deploy=True) == {}


# -- errors ---------------------------------------------------------------------------------------------------


def test_E001_asgi_application_is_not_set(project):
    project.ASGI_APPLICATION = None
    assert "ASGI_APPLICATION = " in found()["realtime.E001"].hint


@pytest.mark.parametrize(
    "path", ["an_asgi.bare", "an_asgi.nothing_like_it", "an_asgi.none", "an_asgi_that_fails.application"]
)
def test_E001_asgi_application_is_not_wrapped_or_cannot_be_imported(project, path):
    project.ASGI_APPLICATION = f"tests.django.{path}"
    assert "EngineIO(ProtocolTypeRouter(" in found()["realtime.E001"].hint


@pytest.mark.parametrize("path", ["in_an_object", "in_a_closure", "in_a_router"])
def test_E001_sees_the_engine_through_the_middleware_around_it(project, path):
    project.ASGI_APPLICATION = f"tests.django.an_asgi.{path}"
    assert "realtime.E001" not in found()


def test_E002_daphne_is_missing():
    with modify_settings(INSTALLED_APPS={"remove": ["daphne"]}):
        assert "'daphne'" in found()["realtime.E002"].hint


def test_W016_a_project_with_another_server_needs_no_daphne(monkeypatch):
    monkeypatch.setitem(sys.modules, "daphne", None)  # as if it was not installed
    with modify_settings(INSTALLED_APPS={"remove": ["daphne"]}):
        said = found()
    assert "uvicorn" in said["realtime.W016"].hint and "realtime.E002" not in said


def test_E002_daphne_comes_after_staticfiles():
    with modify_settings(INSTALLED_APPS={"remove": ["daphne"], "append": ["daphne"]}):
        assert "after" in found()["realtime.E002"].msg


@pytest.mark.parametrize(
    "wrong",
    [{}, None, {"other": {"BACKEND": IN_MEMORY}}, {"default": {}}, {"default": {"BACKEND": "no.such.Layer"}}],
)
def test_E003_there_is_no_channel_layer_for_the_alias(project, wrong):
    project.CHANNEL_LAYERS = wrong
    assert IN_MEMORY in found()["realtime.E003"].hint


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"BACKEND": PUBSUB.replace("Channel", "")}, "Cannot import BACKEND"),
        ({"BACKEND": REDIS, "CONFIG": {"hosts": "redis://127.0.0.1"}}, "list of Redis hosts"),
        ({"BACKEND": REDIS, "CONFIG": {"host": []}}, "unexpected keyword argument 'host'"),
    ],
)
def test_E003_says_why_a_layer_cannot_be_made(project, wrong, said):
    project.CHANNEL_LAYERS = {"default": wrong}
    error = found()["realtime.E003"]
    assert said in error.msg and PUBSUB in error.hint


@pytest.mark.parametrize(
    "wrong",
    [
        {"hosts": ["127.0.0.1:6379"]}, {"hosts": [{"address": "http://r"}]}, {"hosts": "redis://r"},
        {"host": ["redis://r"]},
    ],
)  # fmt: skip
def test_E015_an_address_that_leads_to_no_redis(project, wrong):
    project.CHANNEL_LAYERS, project.SOCKETIO = layers(PUBSUB, **wrong), {"CONNECTION_STATE_RECOVERY": True}
    assert PUBSUB in found()["realtime.E015"].hint


@pytest.mark.parametrize(
    "right",
    [{}, {"prefix": "x", "capacity": 7}, {"hosts": ["redis://r", ("r", 6379), {"address": "rediss://r"}], "x": 1}],
)
def test_E015_leaves_addresses_of_redis_alone(project, right):
    project.CHANNEL_LAYERS = layers(PUBSUB, **right)
    assert "realtime.E015" not in found()


def test_E005_says_which_key_of_recovery_is_wrong(project):
    project.SOCKETIO = {"CONNECTION_STATE_RECOVERY": {"REDISS": "redis://r"}}
    assert "did you mean REDIS?" in found()["realtime.E005"].msg
    project.SOCKETIO = {"CONNECTION_STATE_RECOVERY": {"REDIS": "127.0.0.1:6379"}}
    assert "redis://127.0.0.1:6379/0" in found()["realtime.E005"].msg


def test_E003_follows_the_alias_and_none_is_no_mistake(project):
    project.SOCKETIO = {"CHANNEL_LAYER": "live"}
    assert "'live'" in found()["realtime.E003"].msg
    assert "'CHANNEL_LAYER': 'default'" in found()["realtime.E003"].hint
    project.SOCKETIO = {"CHANNEL_LAYER": None}
    assert "realtime.E003" not in found()


def test_E005_an_unknown_key_hears_of_the_nearest(project):
    project.SOCKETIO = {"PING_TIMEOT": 3}
    assert found()["realtime.E005"].hint == "Did you mean PING_TIMEOUT?"
    project.SOCKETIO = {"ZZZ": 3}
    assert "docs/reference/settings.md" in found()["realtime.E005"].hint


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


def test_W010_recovery_in_the_memory_of_each_of_several_processes(project):
    recovery = {"CONNECTION_STATE_RECOVERY": True}
    project.SOCKETIO = recovery
    assert "realtime.W010" not in found()
    project.CHANNEL_LAYERS = {"default": {"BACKEND": "tests.django.test_checks.AnotherLayer"}}
    assert "another starts anew" in found()["realtime.W010"].msg
    project.SOCKETIO = {"CONNECTION_STATE_RECOVERY": {"REDIS": "redis://127.0.0.1:6379/0"}}
    assert "realtime.W010" not in found()
    project.SOCKETIO = recovery
    project.CHANNEL_LAYERS = {"default": {"BACKEND": "realtime.layers.RedisPubSubChannelLayer"}}
    assert "realtime.W010" not in found()


class AnotherLayer:
    """A channel layer that reaches other processes, and is no Redis."""


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


@pytest.mark.parametrize("app", ["django.contrib.sessions", "django.contrib.auth"])
def test_E007_sessions_or_users_are_missing(project, app):
    with modify_settings(INSTALLED_APPS={"remove": [app, "django.contrib.admin"]}):
        (message,) = ours.session_apps(None)
        assert message.id == "realtime.E007" and f"INSTALLED_APPS += ['{app}']" in message.hint
        project.SOCKETIO = {"IDENTIFY": None}
        assert ours.session_apps(None) == []


# -- warnings -------------------------------------------------------------------------------------------------


def test_W001_the_in_memory_layer_in_production(project):
    project.DEBUG = False
    assert PUBSUB in found(deploy=True)["realtime.W001"].hint
    assert "realtime.W001" not in found()
    project.DEBUG = True
    assert "realtime.W001" not in found(deploy=True)


@pytest.mark.parametrize("layer", [layers(IN_MEMORY), layers(REDIS), layers(REDIS, capacity=999)])
def test_W002_a_layer_that_drops_messages_early(project, layer):
    project.CHANNEL_LAYERS = layer
    assert "'capacity': 10000" in found()["realtime.W002"].hint


@pytest.mark.parametrize("layer", [layers(IN_MEMORY, capacity=1000), layers(REDIS, capacity=1000), layers(PUBSUB)])
def test_W002_leaves_a_roomy_layer_alone(project, layer):
    project.CHANNEL_LAYERS = layer
    assert "realtime.W002" not in found()


def test_W011_the_layer_of_lists_loses_messages(project):
    project.CHANNEL_LAYERS = layers(REDIS, capacity=10000)
    assert PUBSUB in found()["realtime.W011"].hint
    project.CHANNEL_LAYERS = layers(PUBSUB)
    assert "realtime.W011" not in found()


@pytest.mark.parametrize("name", ["group_expiry", "expiry"])
def test_W012_a_layer_that_forgets_who_listens(project, name):
    project.CHANNEL_LAYERS = layers(REDIS, **{name: 59})
    assert f"{name} = 59 seconds" in found()["realtime.W012"].msg
    for layer in (layers(REDIS, **{name: 60}), layers(REDIS), layers(PUBSUB, **{name: 59})):
        project.CHANNEL_LAYERS = layer
        assert "realtime.W012" not in found()


@pytest.mark.parametrize("backend, least", [(REDIS, 50), (PUBSUB, 3)])
def test_W013_too_few_connections_to_redis(project, backend, least):
    def with_connections(number):
        return layers(backend, hosts=[{"address": "redis://localhost", "max_connections": number}])

    project.CHANNEL_LAYERS = with_connections(least - 1)
    assert "max_connections" in found()["realtime.W013"].hint
    for layer in (with_connections(least), layers(backend, hosts=["redis://localhost"]), layers(backend)):
        project.CHANNEL_LAYERS = layer
        assert "realtime.W013" not in found()


def test_W014_several_processes_that_nothing_joins(project, monkeypatch):
    monkeypatch.setenv("WEB_CONCURRENCY", "4")
    assert PUBSUB in found()["realtime.W014"].hint
    project.SOCKETIO = {"CHANNEL_LAYER": None}
    assert "realtime.W014" in found()
    project.SOCKETIO, project.CHANNEL_LAYERS = {}, layers(PUBSUB)
    assert "realtime.W014" not in found()
    project.CHANNEL_LAYERS = layers(IN_MEMORY, capacity=10000)
    for workers in ("1", "", "many"):
        monkeypatch.setenv("WEB_CONCURRENCY", workers)
        assert "realtime.W014" not in found()


@pytest.mark.parametrize(
    "host", ["redis://10.0.0.7:6379/0", ("redis.example.com", 6379), {"address": "redis://r"}, {"host": "r", "port": 1}]
)
def test_W015_a_redis_on_another_machine_in_the_clear(project, host):
    project.CHANNEL_LAYERS = layers(PUBSUB, hosts=[host])
    assert "symmetric_encryption_keys" in found(deploy=True)["realtime.W015"].hint
    assert "realtime.W015" not in found()
    project.CHANNEL_LAYERS = layers(PUBSUB, hosts=[host], symmetric_encryption_keys=["secret"])
    assert "realtime.W015" not in found(deploy=True)


def test_W015_a_log_of_recovery_on_another_machine_in_the_clear(project):
    project.CHANNEL_LAYERS = layers(PUBSUB, hosts=["redis://10.0.0.7"], symmetric_encryption_keys=["secret"])
    project.SOCKETIO = {"CONNECTION_STATE_RECOVERY": {"REDIS": "redis://10.0.0.8:6379"}}
    assert "10.0.0.8" in found(deploy=True)["realtime.W015"].msg
    project.SOCKETIO = {"CONNECTION_STATE_RECOVERY": {"REDIS": "rediss://10.0.0.8:6379"}}
    assert "realtime.W015" not in found(deploy=True)


@pytest.mark.parametrize(
    "host",
    [
        "rediss://10.0.0.7", "redis://localhost", ("127.0.0.1", 6379), "unix:///run/redis.sock",
        {"host": "r", "ssl": True}, {"address": "rediss://r"}, {"address": 7}, (), {},
    ],
)  # fmt: skip
def test_W015_leaves_what_nobody_can_overhear_alone(project, host):
    project.CHANNEL_LAYERS = layers(PUBSUB, hosts=[host])
    assert "realtime.W015" not in found(deploy=True)


def test_W003_messages_larger_than_daphne_takes(project):
    project.SOCKETIO = {"MAX_HTTP_BUFFER_SIZE": 1_048_577}
    assert "--websocket-max-message-size 1048577" in found()["realtime.W003"].hint
    project.SOCKETIO = {"MAX_HTTP_BUFFER_SIZE": 1_048_576}
    assert "realtime.W003" not in found()


def test_W005_sessions_in_signed_cookies(project):
    project.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    assert "cached_db" in found()["realtime.W005"].hint


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


# -- routes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("application", "id", "said"),
    [
        ("nowhere", "realtime.E012", "'socketio': AuthMiddlewareStack(URLRouter("),
        ("a_class", "realtime.E013", "Chat.as_asgi()"),
        ("first_slash", "realtime.E014", "'chat' for '/chat'"),
        ("first_slash_of_an_expression", "realtime.E014", "'^chat$' for '/chat$'"),
        ("last_slash", "realtime.W017", "In asgi.py: 'chat'"),
    ],
)
def test_a_route_that_no_client_reaches_is_named_with_what_to_write(project, application, id, said):
    project.ASGI_APPLICATION = f"tests.django.an_asgi.{application}"
    [message] = found().values()
    assert message.id == id and said in message.hint


def test_sound_routes_hear_nothing(project):
    project.ASGI_APPLICATION = "tests.django.an_asgi.sound"
    assert found() == {}
