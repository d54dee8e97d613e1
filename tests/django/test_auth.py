import asyncio
import threading
from types import SimpleNamespace

import pytest
from channels.auth import AuthMiddlewareStack as ChannelsStack
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.test import Client, modify_settings
from django.test.utils import CaptureQueriesContext

from realtime import auth
from realtime.auth import AuthMiddlewareStack, fresh_session
from realtime.exceptions import SessionGone
from realtime.identity import session_store
from realtime.threads import off_loop

from .test_identity import in_thread, use_engine

pytestmark = pytest.mark.django_db(transaction=True)

STORES = ["db", "cached_db", "cache", "file"]


@pytest.fixture
def ada():
    return get_user_model().objects.create_user("ada", password="one")


@pytest.fixture
def cookie(ada):
    client = Client()
    client.force_login(ada)
    session = client.session
    session["theme"] = "dark"
    session.save()
    return client.cookies["sessionid"].value


def scope_of(cookie=None, path="/", **more):
    headers = [(b"host", b"localhost")] + ([(b"cookie", b"a=b; sessionid=" + cookie.encode())] if cookie else [])
    return {"type": "socketio", "path": path, "path_remaining": path, "headers": headers, "query_string": b"", **more}


class Reached:
    """An application that remembers the scope it was given."""

    def __init__(self):
        self.scopes = []

    async def __call__(self, scope, receive, send):
        self.scopes.append(scope)
        return await send({"type": "socketio.accept"})


async def through(stack, *scopes):
    """The scopes as they arrive behind the stack, entered at the same time, and what ``send`` returned there."""
    reached = Reached()

    async def send(message):
        return "sent"

    app = stack(reached)
    returned = await asyncio.gather(*(app(scope, None, send) for scope in scopes))
    assert returned == ["sent"] * len(scopes)
    return reached.scopes


@pytest.fixture
def count_queries():
    """Queries of the thread that a test's synchronous code shares: call it with a coroutine."""

    async def count(coroutine):
        def capture():
            return CaptureQueriesContext(connections["default"]).__enter__()

        context = await in_thread(capture)
        result = await coroutine
        await in_thread(context.__exit__, None, None, None)
        return len(await in_thread(list, context)), result

    return count


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

    def log_in():
        client = Client()
        client.force_login(ada)
        return client.cookies["sessionid"].value

    (scope,) = await through(AuthMiddlewareStack, scope_of(await in_thread(log_in)))
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
    settings.AUTHENTICATION_BACKENDS = ["tests.django.test_auth.EveryoneIsBob"]
    (scope,) = await through(AuthMiddlewareStack, scope_of(cookie))
    assert scope["user"].is_anonymous


class EveryoneIsBob:
    """A custom backend, whose users need no session hash."""

    def get_user(self, user_id):
        return SimpleNamespace(name="bob", is_authenticated=True)


async def test_a_custom_backend_is_asked(settings, ada):
    path = "tests.django.test_auth.EveryoneIsBob"
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


# -- once per client ------------------------------------------------------------------------------------------


async def test_two_queries_serve_all_namespaces_of_a_client(ada, cookie, count_queries):
    state = {}
    entries = [scope_of(cookie, path=f"/{number}", client_state=state) for number in range(5)]
    queries, scopes = await count_queries(through(AuthMiddlewareStack, *entries))
    assert queries == 2
    assert {scope["user"].pk for scope in scopes} == {ada.pk} and len(scopes) == 5
    queries, _ = await count_queries(through(AuthMiddlewareStack, scope_of(cookie, path="/later", client_state=state)))
    assert queries == 0


async def test_without_a_shared_state_each_namespace_loads(cookie, count_queries):
    queries, _ = await count_queries(through(AuthMiddlewareStack, scope_of(cookie), scope_of(cookie, path="/b")))
    assert queries == 4


async def test_with_cached_sessions_it_is_one_query(settings, tmp_path, ada, count_queries):
    use_engine(settings, "cached_db", tmp_path)

    def log_in():
        client = Client()
        client.force_login(ada)
        return client.cookies["sessionid"].value

    cookie = await in_thread(log_in)
    queries, _ = await count_queries(through(AuthMiddlewareStack, scope_of(cookie)))
    assert queries == 1


async def test_two_clients_share_nothing(cookie):
    mine, theirs = await through(
        AuthMiddlewareStack, scope_of(cookie, client_state={}), scope_of(None, path="/b", client_state={})
    )
    assert mine["user"].is_authenticated != theirs["user"].is_authenticated


async def test_a_namespace_that_is_left_while_it_waits_does_not_take_the_others_with_it(cookie, ada):
    state, reached = {}, Reached()

    async def send(message):
        return None

    app = AuthMiddlewareStack(reached)
    leaving = asyncio.ensure_future(app(scope_of(cookie, client_state=state), None, send))
    staying = asyncio.ensure_future(app(scope_of(cookie, path="/b", client_state=state), None, send))
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    assert [scope["path"] for scope in reached.scopes] == ["/b"] and reached.scopes[0]["user"] == ada


async def test_after_a_failure_the_next_namespace_tries_again(settings, cookie, ada):
    state, engine = {}, settings.SESSION_ENGINE
    settings.SESSION_ENGINE = "tests.django.broken_store"
    with pytest.raises(ConnectionError):
        await through(AuthMiddlewareStack, scope_of(cookie, client_state=state))
    settings.SESSION_ENGINE = engine
    (scope,) = await through(AuthMiddlewareStack, scope_of(cookie, client_state=state))
    assert scope["user"] == ada


async def test_authentication_has_a_few_threads_of_its_own():
    names, together, gate = set(), threading.Barrier(4, timeout=10), threading.Lock()

    def work():
        with gate:
            names.add(threading.current_thread().name)
        together.wait()

    await asyncio.gather(*(off_loop(work, sensitive=False)() for _ in range(8)))
    assert len(names) == 4 and all(name.startswith("realtime-auth") for name in names)


# -- fresh ----------------------------------------------------------------------------------------------------


@pytest.fixture(params=STORES)
def socket(request, settings, tmp_path, ada):
    """The scope of a logged-in socket, on each of the stores."""
    use_engine(settings, request.param, tmp_path)
    client = Client()
    client.force_login(ada)
    session, user = auth.load(client.cookies["sessionid"].value)
    return {"session": session, "user": user}


def stored(key):
    return dict(session_store()(key).items())


async def test_a_fresh_session_sees_what_a_view_has_changed(socket):
    def view():
        session = session_store()(socket["session"].session_key)
        session["theme"] = "dark"
        session.save()

    await in_thread(view)
    async with fresh_session(socket) as session:
        assert session["theme"] == "dark"
    assert "theme" not in socket["session"]


async def test_a_changed_fresh_session_is_saved(socket):
    async with fresh_session(socket) as session:
        session["theme"] = "light"
    assert (await in_thread(stored, socket["session"].session_key))["theme"] == "light"


async def test_an_unchanged_fresh_session_is_not_saved(socket):
    def view():
        session = session_store()(socket["session"].session_key)
        session["theme"] = "dark"
        session.save()

    async with fresh_session(socket) as session:
        session.get("theme")
        await in_thread(view)
    assert (await in_thread(stored, socket["session"].session_key))["theme"] == "dark"


async def test_nothing_is_saved_when_the_block_fails(socket):
    with pytest.raises(LookupError):
        async with fresh_session(socket) as session:
            session["theme"] = "light"
            raise LookupError
    assert "theme" not in await in_thread(stored, socket["session"].session_key)


async def test_a_session_that_was_deleted_is_gone(socket):
    await in_thread(session_store()().delete, socket["session"].session_key)
    with pytest.raises(SessionGone):
        async with fresh_session(socket):
            pytest.fail("there is no session")


async def test_a_session_that_is_deleted_meanwhile_is_gone_and_not_brought_back(socket):
    key = socket["session"].session_key
    with pytest.raises(SessionGone):
        async with fresh_session(socket) as session:
            session["theme"] = "light"
            await in_thread(session_store()().delete, key)
    assert not await in_thread(session_store()().exists, key)


async def test_a_flush_in_the_block_makes_no_new_session(socket):
    async with fresh_session(socket) as session:
        await in_thread(session.flush)
    assert session.session_key is None


@pytest.mark.parametrize("scope", [{}, {"session": SimpleNamespace(session_key=None)}])
async def test_a_socket_without_a_session_has_no_fresh_one(scope):
    with pytest.raises(SessionGone):
        async with fresh_session(scope):
            pytest.fail("there is no session")


async def test_with_signed_cookies_a_fresh_session_says_why_there_is_none(settings, tmp_path):
    use_engine(settings, "signed_cookies", tmp_path)
    with pytest.raises(ImproperlyConfigured, match="cannot set a cookie"):
        async with fresh_session({}):
            pytest.fail("there is no session")


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
