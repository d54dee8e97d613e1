"""Fresh sessions: what views have changed, what is saved, what is gone."""

from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured

from realtime import auth
from realtime.auth import fresh_session
from realtime.exceptions import SessionGone
from realtime.identity import session_store
from tests.django.sessions import STORES, in_thread, log_in, use_engine

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=STORES)
def socket(request, settings, tmp_path, ada):
    """The scope of a logged-in socket, on each of the stores."""
    use_engine(settings, request.param, tmp_path)
    session, user = auth.load(log_in(ada))
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
