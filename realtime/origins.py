"""Which web pages may talk to the engine: one rule for polling, websocket, upgrade and JSONP.

Browsers send cookies along with a websocket handshake from any site, so the Origin header is what keeps a foreign
page from acting as the logged-in user (cross-site websocket hijacking).
"""

import functools
import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.utils.http import is_same_domain

from realtime.types import Scope

Origin = tuple[str, str, int | None]  # scheme, host, port

logger = logging.getLogger("realtime.security")

# A serialised origin (RFC 6454, section 6.2): scheme, host and port, and nothing after them.
ORIGIN = re.compile(r"([a-z][a-z0-9+.\-]*)://([a-z0-9._\-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?", re.ASCII)
DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
LOCAL_HOSTS = (".localhost", "127.0.0.1", "[::1]")  # as Django's HttpRequest.get_host() with DEBUG

HOST = "Refused a request for the host %r: add it to ALLOWED_HOSTS if it is yours."
FOREIGN = (
    "Refused a request from a page of the origin %r: the request itself is for %s. If that page is yours, add the"
    " origin to CSRF_TRUSTED_ORIGINS or to SOCKETIO['CORS_ALLOWED_ORIGINS']; behind a TLS proxy set"
    " SECURE_PROXY_SSL_HEADER."
)
MALFORMED = "Refused a request with the Origin %r, which names no site."
FETCH_SITE = (
    "Refused a request without an Origin that a browser calls %r: a page of another site made it. List that page's"
    " origin in CSRF_TRUSTED_ORIGINS and let it ask with CORS."
)


def origin_allowed(scope: Scope, headers: Mapping[str, str], options: Any) -> bool:
    """Whether a request may use the engine. ``headers`` maps lower-case names to values. Never raises.

    The host must be allowed by ``ALLOWED_HOSTS``. A present Origin must be the request's own (same scheme, host and
    port), or in ``CSRF_TRUSTED_ORIGINS`` or ``options.cors_allowed_origins``; ``null`` and malformed ones never are.
    Without an Origin the request is refused where ``Sec-Fetch-Site`` says that another site made it. A refusal is
    logged at most once a minute for each reason.
    """
    host = _host(scope, headers)
    if not _host_allowed(host):
        return _refuse(HOST, host)
    given = headers.get("origin")
    if given is None:
        return _no_origin(headers.get("sec-fetch-site", ""))
    origin = parse(given)
    if origin is None:
        return _refuse(MALFORMED, given)
    own = parse(f"{_scheme(scope, headers)}://{host}")
    if origin == own or _trusted(origin) or _listed(origin, options.cors_allowed_origins):
        return True
    # daphne does not say whether its websockets are over TLS; the https page of this host and port is nobody else's.
    if "scheme" not in scope and origin == parse(f"https://{host}"):
        return True
    return _refuse(FOREIGN, given, own and f"{own[0]}://{own[1]}:{own[2]}")


def parse(text: Any) -> Origin | None:
    """(scheme, host, port) of a serialised origin, the default port filled in, or None for what is none."""
    match = ORIGIN.fullmatch(text.lower()) if isinstance(text, str) else None
    if match is None:
        return None
    scheme, host, port = match.groups()
    return scheme, host, int(port) if port else DEFAULT_PORTS.get(scheme)


# -- the request ----------------------------------------------------------------------------------------------


def _host(scope: Scope, headers: Mapping[str, str]) -> str:
    """As ``HttpRequest._get_raw_host``."""
    if settings.USE_X_FORWARDED_HOST and "x-forwarded-host" in headers:
        return headers["x-forwarded-host"]
    if "host" in headers:
        return headers["host"]
    server = scope.get("server") or ("", None)
    return f"{server[0]}:{server[1]}" if server[1] else str(server[0])


def _host_allowed(host: str) -> bool:
    allowed = settings.ALLOWED_HOSTS or (LOCAL_HOSTS if settings.DEBUG else ())
    domain = split_domain_port(host)[0]
    return bool(domain) and validate_host(domain, allowed)


def _scheme(scope: Scope, headers: Mapping[str, str]) -> str:
    """As ``HttpRequest.scheme``: http or https, for websockets too."""
    if settings.SECURE_PROXY_SSL_HEADER:
        name, secure = settings.SECURE_PROXY_SSL_HEADER
        value = headers.get(name.removeprefix("HTTP_").replace("_", "-").lower())
        if value is not None:
            return "https" if value.split(",", 1)[0].strip() == secure else "http"
    return "https" if scope.get("scheme") in ("https", "wss") else "http"


# -- the settings ---------------------------------------------------------------------------------------------


def _trusted(origin: Origin) -> bool:
    return any(_matches(origin, pattern) for pattern in settings.CSRF_TRUSTED_ORIGINS)


def _listed(origin: Origin, allowed: Any) -> bool:
    allowed = [allowed] if isinstance(allowed, str) else allowed or ()
    return any(pattern == "*" or _matches(origin, pattern) for pattern in allowed if "*." not in pattern)


def _matches(origin: Origin, pattern: str) -> bool:
    """``https://*.example.com`` means the domain and all below it, as in Django's CSRF middleware."""
    wanted = _pattern(pattern.replace("*.", "", 1))
    if wanted is None or "*." not in pattern:
        return origin == wanted
    return (origin[0], origin[2]) == (wanted[0], wanted[2]) and is_same_domain(origin[1], "." + wanted[1])


@functools.lru_cache(maxsize=256)
def _pattern(text: str) -> Origin | None:
    return parse(text.rstrip("/"))


# -- the refusal ----------------------------------------------------------------------------------------------


def _no_origin(site: str) -> bool:
    # Browsers leave Origin out of same-origin GETs, other programs always; neither is a foreign page.
    if not {"cross-site", "same-site"}.isdisjoint(site.lower().replace(" ", "").split(",")):  # also if given twice
        return _refuse(FETCH_SITE, site)
    return True


class Throttle:
    """Lets a reason through once a minute. ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, seconds: float = 60) -> None:
        self.clock, self.seconds = clock, seconds
        self.last: dict[str, float] = {}

    def passes(self, reason: str) -> bool:
        now = self.clock()
        if now - self.last.get(reason, -self.seconds) < self.seconds:
            return False
        self.last[reason] = now
        return True


throttle = Throttle()


def _refuse(reason: str, value: Any, *more: Any) -> bool:
    if throttle.passes(reason):
        logger.warning(reason, str(value)[:100], *more)
    return False
