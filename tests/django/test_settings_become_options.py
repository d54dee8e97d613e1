import asyncio
import uuid

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from realtime import EngineIO, conf, identity, origins
from realtime.options import Options
from realtime.testing import EngineCommunicator


def a_function(scope):
    return True


class AParser:
    name = "a"


@override_settings()
def test_without_a_setting_the_defaults_hold(settings):
    if hasattr(settings, "SOCKETIO"):
        del settings.SOCKETIO
    conf._from_settings.cache_clear()
    assert (conf.options().ping_interval, conf.options().path) == (Options().ping_interval, "/socket.io/")


def test_a_setting_is_an_option_in_upper_case(settings):
    settings.SOCKETIO = {"PING_INTERVAL": 3, "JSONP": True}
    assert (conf.options().ping_interval, conf.options().jsonp) == (3, True)


def test_override_settings_reaches_the_options_and_leaves_no_trace(settings):
    settings.SOCKETIO = {"PING_TIMEOUT": 7}
    with override_settings(SOCKETIO={"PING_TIMEOUT": 8}):
        assert conf.options().ping_timeout == 8
    assert conf.options().ping_timeout == 7


def test_the_options_are_made_once(settings):
    settings.SOCKETIO = {}
    assert conf.options() is conf.options()
    origins = ["https://a.example.com"]
    assert conf.options(cors_allowed_origins=origins) is conf.options(cors_allowed_origins=origins)


def test_options_with_overrides_follow_the_settings_too(settings):
    settings.SOCKETIO = {"PING_TIMEOUT": 7}
    assert (conf.options(jsonp=True).ping_timeout, conf.options(jsonp=False).jsonp) == (7, False)
    settings.SOCKETIO = {"PING_TIMEOUT": 8}
    assert (conf.options(jsonp=True).ping_timeout, conf.options(jsonp=True).jsonp) == (8, True)


def test_overrides_of_ever_new_objects_are_forgotten_again(settings):
    settings.SOCKETIO = {}
    for number in range(3 * conf.REMEMBERED):
        assert conf.options(cors_allowed_origins=[str(number)]).cors_allowed_origins == [str(number)]
    assert len(conf._overridden) <= conf.REMEMBERED


@pytest.mark.parametrize("key", ["ping_timeout", "PING_TIMEOUT"])
def test_an_argument_wins_over_the_setting_in_either_case(settings, key):
    settings.SOCKETIO = {"PING_TIMEOUT": 7}
    assert conf.options(**{key: 9}).ping_timeout == 9


@pytest.mark.parametrize("path", ["socket.io", "/socket.io", "socket.io/", "/socket.io/"])
def test_slashes_around_the_path_are_optional(settings, path):
    settings.SOCKETIO = {"PATH": path}
    assert conf.options().path == "/socket.io/"
    assert conf.options(path="/a/b").path == "/a/b/"


def test_an_unknown_key_is_an_error_that_names_the_nearest(settings):
    settings.SOCKETIO = {"PING_TIMEOT": 7}
    with pytest.raises(ImproperlyConfigured, match="PING_TIMEOT.*Did you mean PING_TIMEOUT"):
        conf.options()
    settings.SOCKETIO = {}
    with pytest.raises(ImproperlyConfigured, match="'zzz'"):
        conf.options(zzz=1)


def test_an_unknown_option_of_an_engine_is_an_error_at_once():
    with pytest.raises(ImproperlyConfigured, match="pingInterval.*Did you mean PING_INTERVAL"):
        EngineIO(None, pingInterval=25000)


def test_a_setting_that_is_no_dict_is_an_error(settings):
    settings.SOCKETIO = ["PING_TIMEOUT"]
    with pytest.raises(ImproperlyConfigured, match="must be a dict"):
        conf.options()


def test_a_callable_may_be_an_import_path(settings):
    settings.SOCKETIO = {"ALLOW_REQUEST": "django.utils.timezone.now"}
    from django.utils.timezone import now

    assert conf.options().allow_request is now
    assert conf.options(allow_request=a_function).allow_request is a_function


def test_a_parser_may_be_an_import_path_of_an_object_or_a_class(settings):
    settings.SOCKETIO = {"PARSER": f"{__name__}.AParser"}
    assert conf.options().parser.name == "a"
    assert conf.options(parser="json").parser == "json"


def test_an_import_path_that_leads_nowhere_names_the_key(settings):
    settings.SOCKETIO = {"ALLOW_REQUEST": "django.nowhere.at_all"}
    with pytest.raises(ImproperlyConfigured, match="SOCKETIO.'ALLOW_REQUEST'.*cannot be imported"):
        conf.options()


def test_django_fills_in_the_origin_rule_the_identity_and_its_json(settings):
    settings.SOCKETIO = {}
    made = conf.options()
    assert made.check_origin is origins.origin_allowed
    assert (made.identify, made.identity_gone) == (identity.identify, identity.identity_gone)
    assert made.json_default(uuid.UUID(int=1)) == str(uuid.UUID(int=1))


def test_what_the_project_says_wins_over_what_django_fills_in(settings):
    settings.SOCKETIO = {"CHECK_ORIGIN": None, "IDENTIFY": None, "JSON_DEFAULT": a_function}
    made = conf.options()
    assert (made.check_origin, made.identify, made.json_default) == (None, None, a_function)


def another(name):
    """A value of this option that is not its default, and what becomes of it."""
    default = conf.FIELDS[name].default
    if name in conf.CALLABLES:
        return "asyncio.sleep", asyncio.sleep
    if name in conf.CLASSES:
        return conf.CLASSES[name], conf.CLASSES[name]
    if name == "path":
        return "live", "/live/"
    if name == "connection_state_recovery":
        return True, True
    if name == "middleware":
        return ["asyncio.sleep"], (asyncio.sleep,)
    value = (
        not default if isinstance(default, bool) else default + 1 if isinstance(default, int | float) else ["another"]
    )
    return value, value


@pytest.mark.parametrize("name", sorted(conf.FIELDS))
def test_override_settings_reaches_every_option(settings, name):
    settings.SOCKETIO = {}
    before, (given, expected) = getattr(conf.options(), name), another(name)
    with override_settings(SOCKETIO={name.upper(): given}):
        assert getattr(conf.options(), name) == expected != before
    assert getattr(conf.options(), name) == before


async def test_a_running_engine_follows_the_settings_and_its_sessions_keep_theirs(settings):
    settings.SOCKETIO = {"PING_INTERVAL": 3}
    application = EngineIO(None, ping_timeout=9)
    first, second = EngineCommunicator(application), EngineCommunicator(application)
    opened = await first.open()
    assert (opened["pingInterval"], opened["pingTimeout"]) == (3000, 9000)
    settings.SOCKETIO = {"PING_INTERVAL": 4, "TRANSPORTS": ["polling"]}
    opened = await second.open()
    assert (opened["pingInterval"], opened["upgrades"]) == (4000, [])
    assert application.engine.clients[first.sid].options.ping_interval == 3
