"""Checks of the project: its ASGI application, its apps, its routes."""

import sys

import pytest
from django.test import modify_settings

from realtime import checks as ours
from tests.django.checking import PUBSUB, found, layers

pytestmark = pytest.mark.usefixtures("project")


def test_a_sound_project_hears_nothing(project):
    project.DEBUG = False
    project.CHANNEL_LAYERS = layers(PUBSUB)
    assert found(deploy=True) == {}


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


@pytest.mark.parametrize("app", ["django.contrib.sessions", "django.contrib.auth"])
def test_E007_sessions_or_users_are_missing(project, app):
    with modify_settings(INSTALLED_APPS={"remove": [app, "django.contrib.admin"]}):
        (message,) = ours.session_apps(None)
        assert message.id == "realtime.E007" and f"INSTALLED_APPS += ['{app}']" in message.hint
        project.SOCKETIO = {"IDENTIFY": None}
        assert ours.session_apps(None) == []


def test_W005_sessions_in_signed_cookies(project):
    project.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    assert "cached_db" in found()["realtime.W005"].hint


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
