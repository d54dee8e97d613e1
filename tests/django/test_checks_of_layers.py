"""Checks of the channel layer and of the Redis behind it."""

import pytest

from tests.django.checking import IN_MEMORY, PUBSUB, found, layers

pytestmark = pytest.mark.usefixtures("project")

REDIS = "channels_redis.core.RedisChannelLayer"


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


def test_E003_follows_the_alias_and_none_is_no_mistake(project):
    project.SOCKETIO = {"CHANNEL_LAYER": "live"}
    assert "'live'" in found()["realtime.E003"].msg
    assert "'CHANNEL_LAYER': 'default'" in found()["realtime.E003"].hint
    project.SOCKETIO = {"CHANNEL_LAYER": None}
    assert "realtime.E003" not in found()


class AnotherLayer:
    """A channel layer that reaches other processes, and is no Redis."""


def test_W010_recovery_in_the_memory_of_each_of_several_processes(project):
    recovery = {"CONNECTION_STATE_RECOVERY": True}
    project.SOCKETIO = recovery
    assert "realtime.W010" not in found()
    project.CHANNEL_LAYERS = {"default": {"BACKEND": f"{__name__}.AnotherLayer"}}
    assert "another starts anew" in found()["realtime.W010"].msg
    project.SOCKETIO = {"CONNECTION_STATE_RECOVERY": {"REDIS": "redis://127.0.0.1:6379/0"}}
    assert "realtime.W010" not in found()
    project.SOCKETIO = recovery
    project.CHANNEL_LAYERS = {"default": {"BACKEND": "realtime.layers.RedisPubSubChannelLayer"}}
    assert "realtime.W010" not in found()


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
