import asyncio
import logging
from types import SimpleNamespace

import pytest
from channels.routing import ProtocolTypeRouter
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from realtime import EngineIO, NamespaceConsumer
from realtime.auth import AuthMiddlewareStack, load
from realtime.exceptions import Disconnected
from realtime.identity import session_store
from realtime.live_auth import standing
from realtime.live_auth.watch import Login, Watch, watch
from realtime.metrics import counters
from realtime.testing import Clock, EngineCommunicator
from tests.django.sessions import in_thread, log_in, use_engine

pytestmark = pytest.mark.django_db(transaction=True)

STORES = ["db", "cached_db", "cache", "file", "signed_cookies"]


def login_of(key):
    return Login(key, *load(key))


def stands(login):
    return login.stands(standing.sessions({login.key} - {None}), standing.users({login.pk} - {None}))


# -- who still stands -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STORES)
def test_a_login_stands_in_every_store_until_its_user_or_session_changes(settings, tmp_path, name, ada):
    use_engine(settings, name, tmp_path)
    login = login_of(log_in(ada))
    assert stands(login)
    ada.set_password("two")
    ada.save()
    assert not stands(login)


@pytest.mark.parametrize("name", [name for name in STORES if name != "signed_cookies"])
def test_a_login_without_its_session_does_not_stand(settings, tmp_path, name, ada):
    use_engine(settings, name, tmp_path)
    login = login_of(log_in(ada))
    session_store()(login.key).delete()
    assert not stands(login)


@pytest.mark.parametrize("name", STORES)
@pytest.mark.parametrize("key", ["neverwasasessionneverwas", "x", None])
def test_who_came_without_a_session_has_none_to_lose(settings, tmp_path, name, key):
    use_engine(settings, name, tmp_path)
    assert stands(login_of(key))


def test_an_inactive_user_whom_the_session_names_comes_again_when_active(ada):
    key = log_in(ada)
    get_user_model().objects.update(is_active=False)
    login = login_of(key)
    assert (login.print, stands(login)) == (None, True)
    get_user_model().objects.update(is_active=True)
    assert not stands(login)


def test_what_does_not_matter_may_change(ada):
    login = login_of(log_in(ada))
    get_user_model().objects.update(first_name="Ada", email="ada@example.com")
    assert stands(login)


def test_a_row_deleted_behind_the_cache_is_out_of_the_cache_too(settings, tmp_path, ada):
    use_engine(settings, "cached_db", tmp_path)
    login = login_of(log_in(ada))
    Session.objects.all()._raw_delete("default")
    assert load(login.key)[1] == ada
    assert not stands(login)
    assert load(login.key)[1].is_anonymous


def test_a_user_that_is_no_django_user_and_a_session_with_a_strange_user_are_left_alone():
    token = SimpleNamespace(pk=object(), is_authenticated=True)
    assert stands(Login(None, session_store()(), token))
    session = session_store()()
    session["_auth_user_id"] = "no number"
    assert stands(Login(None, session, AnonymousUser()))


# -- the look -------------------------------------------------------------------------------------------------


class Closed:
    """The ``send`` of an application, which remembers what it was told."""

    def __init__(self):
        self.told = []

    async def __call__(self, message):
        self.told.append(message)


async def test_a_look_costs_one_query_for_all_sessions_and_one_for_all_users(ada):
    def several():
        return [login_of(log_in(ada)) for _ in range(20)]

    logins = await in_thread(several)
    context = await in_thread(lambda: CaptureQueriesContext(connections["default"]).__enter__())
    await Watch().check(logins)
    await in_thread(context.__exit__, None, None, None)
    assert await in_thread(len, context) == 2


async def test_only_who_has_changed_is_closed_and_only_once(ada):
    logins = await in_thread(lambda: [login_of(log_in(ada)) for _ in range(3)])
    sends = [Closed() for _ in logins]
    guard = Watch()
    with guard.over(logins[0], sends[0], {}), guard.over(logins[1], sends[1], {}), guard.over(logins[2], sends[2], {}):
        await in_thread(session_store()(logins[1].key).delete)
        before = counters["auth_lost"]
        for _ in range(2):
            await guard.check(logins)
    assert [send.told for send in sends] == [[], [{"type": "socketio.close", "client": True, "silent": True}], []]
    assert counters["auth_lost"] == before + 1
    assert not guard.logins and not guard._known


async def test_a_store_that_cannot_be_asked_closes_nobody(ada, caplog):
    login = await in_thread(lambda: login_of(log_in(ada)))
    send, guard = Closed(), Watch()
    with guard.over(login, send, {}), caplog.at_level(logging.ERROR, "realtime.security"):
        await in_thread(lambda: connection.cursor().execute("alter table django_session rename to away"))
        await guard.check([login])
        await in_thread(lambda: connection.cursor().execute("alter table away rename to django_session"))
        assert send.told == [] and "still logged in" in caplog.text
        assert login.key not in caplog.text


# -- with the engine ------------------------------------------------------------------------------------------


class Quiet(NamespaceConsumer):
    pass


@pytest.fixture
async def connected(ada):
    """A client of ada's on a websocket, and the time in the test's hand."""
    key = await in_thread(log_in, ada)
    application = EngineIO(ProtocolTypeRouter({"socketio": AuthMiddlewareStack(Quiet.as_asgi())}), ping_interval=1000.0)
    client = EngineCommunicator(application, headers=[(b"cookie", f"sessionid={key}".encode())])
    socket = await client.websocket()
    await socket.send("40")
    await socket.receive()
    yield socket
    if socket.code is None:
        await socket.close()


class Ending:
    """Waits for the end of a websocket on which nothing else comes."""

    def __init__(self, socket):
        self.task = asyncio.ensure_future(socket.receive())

    async def comes(self, within=1):
        done, _ = await asyncio.wait([self.task], timeout=within)
        return bool(done) and isinstance(self.task.exception(), Disconnected)


async def test_the_client_is_cut_off_without_a_packet(connected, ada):
    await in_thread(ada.delete)
    assert await Ending(connected).comes()
    await asyncio.sleep(0)
    assert not watch().logins


async def test_a_change_counts_when_it_is_committed(connected, ada):
    end, ada.is_active = Ending(connected), False

    def undone():
        with transaction.atomic():
            ada.save()
            transaction.set_rollback(True)

    await in_thread(undone)
    assert not await end.comes(0.3)

    def done():
        with transaction.atomic():
            ada.save()

    await in_thread(done)
    assert await end.comes()


async def test_what_nobody_tells_is_seen_after_auth_recheck(connected, ada):
    clock, end = Clock(), Ending(connected)
    try:
        await in_thread(get_user_model().objects.update, is_active=False)
        await clock.advance(15)
        assert not await end.comes(0.3)
        await clock.advance(60)
        assert await end.comes()
    finally:
        clock.restore()
