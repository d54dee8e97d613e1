"""The namespaces of a client share what was found out about it, and what that costs."""

import asyncio
import threading

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from realtime.auth import AuthMiddlewareStack
from realtime.threads import off_loop
from tests.django.sessions import Reached, in_thread, log_in, scope_of, through, use_engine

pytestmark = pytest.mark.django_db(transaction=True)


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
    cookie = await in_thread(log_in, ada)
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
