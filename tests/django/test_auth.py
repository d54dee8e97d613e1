"""Who a socket is: the user of the session that its client has a cookie of."""

from types import SimpleNamespace

import pytest
from channels.auth import AuthMiddlewareStack as ChannelsStack
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.test import modify_settings

from realtime.auth import AuthMiddlewareStack
from realtime.identity import session_store
from tests.django.sessions import STORES, in_thread, log_in, scope_of, through, use_engine

pytestmark = pytest.mark.django_db(transaction=True)


# -- who it is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stack", [AuthMiddlewareStack, ChannelsStack])
async def test_a_socket_is_the_logged_in_user_with_our_stack_and_with_channels_own(stack, ada, cookie):
    (scope,) = await through(stack, scope_of(cookie))
    assert scope["user"] == ada and scope["user"].is_authenticated
    assert await in_thread(lambda: scope["session"]["theme"]) == "dark"
    assert scope["cookies"] == {"a": "b", "sessionid": cookie}
    assert scope["path"] == "/"


@pytest.mark.parametrize("stack", [AuthMiddlewareStack, ChannelsStack])
@pytest.mark.parametrize("value", [None, "neverwasasession", "x", "sessionid"])
async def test_without_a_session_the_user_is_anonymous(stack, value):
    (scope,) = await through(stack, scope_of(value))
    assert scope["user"].is_anonymous
    assert await in_thread(lambda: dict(scope["session"].items())) == {}


async def test_the_user_is_a_real_object_and_the_session_is_loaded_so_that_reading_never_queries(ada, cookie):
    (scope,) = await through(AuthMiddlewareStack, scope_of(cookie))
    assert type(scope["user"]) is get_user_model()
    assert (scope["session"]["theme"], scope["session"].session_key) == ("dark", cookie)
    (scope,) = await through(AuthMiddlewareStack, scope_of())
    assert type(scope["user"]) is AnonymousUser
    assert scope["session"].get("theme") is None


@pytest.mark.parametrize("name", STORES)
async def test_every_store_works(settings, tmp_path, name, ada):
    use_engine(settings, name, tmp_path)
    (scope,) = await through(AuthMiddlewareStack, scope_of(await in_thread(log_in, ada)))
    assert scope["user"] == ada


async def test_an_inactive_user_is_anonymous(ada, cookie):
    await get_user_model().objects.filter(pk=ada.pk).aupdate(is_active=False)
    (scope,) = await through(AuthMiddlewareStack, scope_of(cookie))
    assert scope["user"].is_anonymous


async def test_after_another_password_the_user_is_anonymous_and_the_store_untouched(ada, cookie):
    ada.set_password("two")
    await ada.asave()
    (scope,) = await through(AuthMiddlewareStack, scope_of(cookie))
    assert scope["user"].is_anonymous
    assert await in_thread(session_store()().exists, cookie)


async def test_a_session_of_a_fallback_secret_is_valid_and_keeps_its_key(settings, ada, cookie):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret of fifty characters, more or less, yes"
    (scope,) = await through(AuthMiddlewareStack, scope_of(cookie))
    assert scope["user"] == ada
    assert await in_thread(session_store()().exists, cookie)


async def test_a_session_of_a_backend_that_is_no_longer_configured_is_anonymous(settings, cookie):
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.EveryoneIsBob"]
    (scope,) = await through(AuthMiddlewareStack, scope_of(cookie))
    assert scope["user"].is_anonymous


class EveryoneIsBob:
    """A custom backend, whose users need no session hash."""

    def get_user(self, user_id):
        return SimpleNamespace(name="bob", is_authenticated=True)


async def test_a_custom_backend_is_asked(settings, ada):
    path = f"{__name__}.EveryoneIsBob"
    settings.AUTHENTICATION_BACKENDS = [path]

    def log_in():
        session = session_store()()
        session.update({"_auth_user_id": str(ada.pk), "_auth_user_backend": path})
        session.save()
        return session.session_key

    (scope,) = await through(AuthMiddlewareStack, scope_of(await in_thread(log_in)))
    assert scope["user"].name == "bob"


async def test_what_is_in_the_scope_already_stays(cookie):
    bob = SimpleNamespace(is_authenticated=True)
    (scope,) = await through(AuthMiddlewareStack, scope_of(cookie, user=bob))
    assert scope["user"] is bob and scope["session"]["theme"] == "dark"


async def test_the_scope_that_came_in_is_left_as_it_was(cookie):
    given = scope_of(cookie)
    await through(AuthMiddlewareStack, given)
    assert "user" not in given


async def test_cookies_in_several_headers_are_read_as_one():
    scope = {**scope_of(), "headers": [(b"cookie", b"a=1"), (b"cookie", b"b=2")]}
    (scope,) = await through(AuthMiddlewareStack, scope)
    assert scope["cookies"] == {"a": "1", "b": "2"}


# -- set-up ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("app", ["django.contrib.auth", "django.contrib.sessions"])
def test_without_the_apps_the_stack_says_what_to_add(app, settings):
    with modify_settings(INSTALLED_APPS={"remove": [app]}):
        with pytest.raises(ImproperlyConfigured, match=app):
            AuthMiddlewareStack(None)


def test_sessions_in_a_cache_need_no_sessions_app(settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    with modify_settings(INSTALLED_APPS={"remove": ["django.contrib.sessions"]}):
        AuthMiddlewareStack(None)
