import logging

import pytest

from realtime import origins
from realtime.options import Options

OWN = "https://chat.example.com"


@pytest.fixture(autouse=True)
def project(settings, monkeypatch):
    settings.ALLOWED_HOSTS = ["chat.example.com", "localhost", "[::1]"]
    settings.CSRF_TRUSTED_ORIGINS = []
    settings.SECURE_PROXY_SSL_HEADER = None
    settings.USE_X_FORWARDED_HOST = False
    settings.DEBUG = False
    monkeypatch.setattr(origins, "throttle", origins.Throttle())


def allowed(origin=None, host="chat.example.com", scheme="https", cors=(), type="http", **more):
    headers = {"host": host, **{key.replace("_", "-"): value for key, value in more.items()}}
    if origin is not None:
        headers["origin"] = origin
    return origins.origin_allowed({"type": type, "scheme": scheme}, headers, Options(cors_allowed_origins=cors))


MATRIX = {
    OWN: True,
    OWN + ":443": True,
    "http://chat.example.com": False,
    OWN + ":8443": False,
    "https://evil.com": False,
    "https://chat.example.com.evil.com": False,
    "https://evilchat.example.com": False,
    "https://sub.chat.example.com": False,
    "null": False,
    "": False,
    "http://[": False,
    OWN + "/": False,
    "https://user@chat.example.com": False,
}


@pytest.mark.parametrize("type, scheme", [("http", "https"), ("websocket", "wss")])
@pytest.mark.parametrize("origin", MATRIX)
def test_only_the_origin_of_the_request_itself_is_allowed(origin, type, scheme):
    assert allowed(origin, type=type, scheme=scheme) is MATRIX[origin]


@pytest.mark.parametrize(
    "origin",
    ["https://*.example.com", "https://a b", "https://chat.example.com\r\nX: y", "//chat.example.com",
     "chat.example.com", "https://chat.example.com, https://evil.com", "https://chat.example.com:", "https://chat.example.com:1:2",
     "https://чат.example.com", "javascript:alert(1)", "https://", "\x00"],
)  # fmt: skip
@pytest.mark.parametrize("cors", [(), "*"])
def test_a_malformed_origin_is_refused_and_never_raises(origin, cors):
    assert allowed(origin, cors=cors) is False


def test_an_origin_is_compared_without_regard_to_case():
    assert allowed("HTTPS://Chat.Example.COM", host="CHAT.example.com")


def test_default_ports_are_equal_to_none():
    assert allowed("http://localhost", host="localhost:80", scheme="http")
    assert allowed("http://localhost:80", host="localhost", scheme="ws")
    assert not allowed("http://localhost:443", host="localhost", scheme="http")


@pytest.mark.parametrize(
    "origin, expected",
    [(OWN, True), ("http://chat.example.com", True), (OWN + ":8443", False), ("https://evil.com", False)],
)
def test_where_the_server_tells_no_scheme_the_https_page_of_the_same_host_and_port_is_allowed(origin, expected):
    scope, headers = {"type": "websocket"}, {"host": "chat.example.com", "origin": origin}
    assert origins.origin_allowed(scope, headers, Options()) is expected


def test_a_port_must_be_the_same():
    assert allowed("http://localhost:8000", host="localhost:8000", scheme="http")
    assert not allowed("http://localhost:8001", host="localhost:8000", scheme="http")
    assert allowed("http://[::1]:8000", host="[::1]:8000", scheme="http")


# -- the host -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [None, "https://rebound.evil.com"])
@pytest.mark.parametrize("cors", [(), "*"])
def test_a_host_that_is_not_ours_is_refused_whatever_the_origin(origin, cors):
    assert not allowed(origin, host="rebound.evil.com", cors=cors)


@pytest.mark.parametrize("host", ["", "bad host", "a:b:c", "[", "chat.example.com:port"])
def test_a_malformed_host_is_refused(host):
    assert not allowed(None, host=host)


def test_with_debug_and_no_allowed_hosts_this_machine_is_allowed(settings):
    settings.ALLOWED_HOSTS, settings.DEBUG = [], True
    assert allowed("http://127.0.0.1:8000", host="127.0.0.1:8000", scheme="http")
    assert allowed("http://app.localhost:8000", host="app.localhost:8000", scheme="http")
    assert not allowed(None, host="chat.example.com")
    settings.DEBUG = False
    assert not allowed(None, host="127.0.0.1")


def test_without_a_host_header_the_address_of_the_server_counts():
    scope = {"type": "http", "scheme": "http", "server": ("localhost", 8000)}
    assert origins.origin_allowed(scope, {"origin": "http://localhost:8000"}, Options())
    assert not origins.origin_allowed({"type": "http", "server": None}, {}, Options())


# -- behind a proxy -------------------------------------------------------------------------------------------


def test_behind_a_tls_proxy_the_scheme_is_the_proxys_word_if_it_is_trusted(settings):
    assert not allowed(OWN, scheme="http", x_forwarded_proto="https")
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert allowed(OWN, scheme="http", x_forwarded_proto="https")
    assert allowed(OWN, scheme="http", x_forwarded_proto="https, http")
    assert not allowed(OWN, scheme="https", x_forwarded_proto="http")
    assert allowed(OWN, scheme="wss")


def test_the_forwarded_host_counts_only_where_the_project_says_so(settings):
    assert not allowed(OWN, host="localhost", x_forwarded_host="chat.example.com")
    settings.USE_X_FORWARDED_HOST = True
    assert allowed(OWN, host="localhost", x_forwarded_host="chat.example.com")
    assert not allowed(OWN, host="localhost", x_forwarded_host="evil.com")


# -- other origins that the project trusts --------------------------------------------------------------------


def test_a_trusted_origin_of_the_csrf_setting_is_allowed_exactly(settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.example.org", "http://dev.example.org:3000"]
    assert allowed("https://app.example.org")
    assert allowed("http://dev.example.org:3000")
    assert not allowed("http://app.example.org")
    assert not allowed("http://dev.example.org")
    assert not allowed("https://sub.app.example.org")


def test_a_wildcard_in_the_csrf_setting_means_the_domain_and_all_below_it(settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.example.org"]
    assert allowed("https://a.example.org")
    assert allowed("https://a.b.example.org")
    assert allowed("https://example.org")
    assert not allowed("https://evilexample.org")
    assert not allowed("http://a.example.org")
    assert not allowed("https://a.example.org:8443")


def test_a_listed_cors_origin_is_allowed_exactly():
    assert allowed("https://app.example.org", cors=["https://app.example.org/"])
    assert allowed("https://app.example.org", cors="https://app.example.org")
    assert allowed("capacitor://localhost", cors=["capacitor://localhost"])
    assert not allowed("https://b.app.example.org", cors=["https://app.example.org", "https://*.example.org"])


def test_a_star_allows_every_origin_that_is_one():
    assert allowed("https://evil.com", cors="*")
    assert allowed("https://evil.com", cors=["*"])
    assert not allowed("null", cors="*")


# -- no origin ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("site, expected", [(None, True), ("same-origin", True), ("none", True),
                                            ("", True), ("cross-site", False), ("same-site", False),
                                            ("Cross-Site ", False)])  # fmt: skip
def test_without_an_origin_the_browsers_word_on_the_site_decides(site, expected):
    assert allowed(None, **({} if site is None else {"sec_fetch_site": site})) is expected


# -- the log --------------------------------------------------------------------------------------------------


def test_a_refusal_is_logged_with_the_setting_to_edit_once_a_minute(caplog, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(origins, "throttle", origins.Throttle(lambda: now[0]))
    with caplog.at_level(logging.WARNING, "realtime.security"):
        allowed("https://evil.com"), allowed("https://other.com")
        assert len(caplog.messages) == 1
        assert "'https://evil.com'" in caplog.text and "CSRF_TRUSTED_ORIGINS" in caplog.text
        allowed(None, host="evil.com")
        assert "ALLOWED_HOSTS" in caplog.messages[1]
        now[0] += 60
        allowed("https://evil.com")
    assert len(caplog.messages) == 3


def test_a_hostile_value_cannot_forge_or_flood_the_log(caplog):
    allowed("https://evil.com\r\nINFO all is well\x1b[2J" + "x" * 5000)
    (message,) = caplog.messages
    assert "\n" not in message and "\x1b" not in message and len(message) < 300
