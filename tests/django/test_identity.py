import pytest
from django.contrib.auth import get_user_model
from django.http import parse_cookie
from django.test import Client

from realtime import identity
from tests.django.sessions import in_thread, use_engine

pytestmark = pytest.mark.django_db(transaction=True)

ENGINES = ["db", "cached_db", "cache", "file", "signed_cookies"]


@pytest.fixture(params=ENGINES)
def engine(request, settings, tmp_path):
    use_engine(settings, request.param, tmp_path)
    return request.param


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def identify(client=None, cookie=None):
    if client is not None:
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return identity.identify({"type": "http"}, {} if cookie is None else {"cookie": cookie})


# -- who ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cookie", [None, "", "theme=dark", "sessionid", "sessionid=", ";;=;", "xsessionid=abc"])
def test_a_request_without_a_session_cookie_is_nobodys(engine, cookie):
    assert identify(cookie=cookie) is None


def test_the_session_key_in_the_cookie_is_the_identity(settings):
    assert identify(cookie="a=b; sessionid=abcdefgh ;c=d") == "abcdefgh"
    settings.SESSION_COOKIE_NAME = "other"
    assert identify(cookie="sessionid=abcdefgh; other=stuvwxyz") == "stuvwxyz"


@pytest.mark.parametrize(
    "header", ["sessionid=one; sessionid=two", 'sessionid="quo\\"ted\\073x"', "sessionid = x=y ", "=x; sessionid=y"]
)
def test_cookies_are_read_as_django_reads_them(header):
    assert identify(cookie=header) == parse_cookie(header)["sessionid"]


def test_identifying_never_asks_the_store(engine, ada, django_assert_num_queries):
    client = browser(ada)
    with django_assert_num_queries(0):
        assert identify(client)


def test_requests_of_one_log_in_are_one_identity_and_of_two_are_two(engine, ada):
    bob = get_user_model().objects.create_user("bob", password="two")
    client = browser(ada)
    assert identify(client) == identify(client)
    assert identify(client) != identify(browser(bob))


def test_saving_a_signed_cookie_again_does_not_change_the_identity(settings, tmp_path, ada):
    use_engine(settings, "signed_cookies", tmp_path)
    client = browser(ada)
    before, cookie = identify(client), client.cookies["sessionid"].value
    session = identity.session_store()(cookie)
    session["theme"] = "dark"
    session.save()
    assert session.session_key != cookie
    assert identify(cookie=f"sessionid={session.session_key}") == before


def test_a_forged_signed_cookie_is_nobodys(settings, tmp_path, ada):
    use_engine(settings, "signed_cookies", tmp_path)
    cookie = browser(ada).cookies["sessionid"].value
    assert identify(cookie=f"sessionid={cookie[:-2]}xx") is None
    assert identify(cookie="sessionid=short") is None


def test_an_anonymous_signed_session_is_nobodys(settings, tmp_path):
    use_engine(settings, "signed_cookies", tmp_path)
    session = identity.session_store()()
    session["theme"] = "dark"
    assert identify(cookie=f"sessionid={session._get_session_key()}") is None


# -- gone -----------------------------------------------------------------------------------------------------


async def test_nobody_is_never_gone(engine):
    assert await identity.identity_gone(None) is False


async def test_a_living_session_is_not_gone(engine, ada):
    client = await in_thread(browser, ada)
    assert await identity.identity_gone(identify(client)) is False


async def test_a_changed_password_that_rotates_the_key_leaves_the_old_session_gone(engine, ada):
    client = await in_thread(browser, ada)
    old = identify(client)

    def change():
        from django.contrib.auth import update_session_auth_hash
        from django.http import HttpRequest

        request = HttpRequest()
        request.user, request.session = ada, identity.session_store()(client.cookies["sessionid"].value)
        ada.set_password("new")
        ada.save()
        update_session_auth_hash(request, ada)
        request.session.save()

    await in_thread(change)
    assert await identity.identity_gone(old) is True


@pytest.mark.parametrize("name", ["db", "cached_db", "cache", "file"])
async def test_a_logged_out_session_is_gone(settings, tmp_path, ada, name):
    use_engine(settings, name, tmp_path)
    client = await in_thread(browser, ada)
    old = identify(client)
    await in_thread(client.logout)
    assert await identity.identity_gone(old) is True


@pytest.mark.parametrize("name", ["db", "cached_db", "cache", "file"])
async def test_a_cookie_that_never_was_a_session_is_gone(settings, tmp_path, name):
    use_engine(settings, name, tmp_path)
    assert await identity.identity_gone("neverwas") is True
    assert await identity.identity_gone("../../etc/passwd") is True


@pytest.mark.parametrize("change", [{"is_active": False}, None])
async def test_a_signed_session_is_gone_with_its_user(settings, tmp_path, ada, change):
    use_engine(settings, "signed_cookies", tmp_path)
    client = await in_thread(browser, ada)
    rows = get_user_model().objects.filter(pk=ada.pk)
    await (rows.aupdate(**change) if change else rows.adelete())
    assert await identity.identity_gone(identify(client)) is True


async def test_a_store_that_cannot_be_asked_leaves_the_session_alone(settings, caplog):
    settings.SESSION_ENGINE = "tests.django.broken_store"
    assert await identity.identity_gone("abcdefgh") is False
    assert "session store" in caplog.text and "abcdefgh" not in caplog.text.split("Traceback")[0]
