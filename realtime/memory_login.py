"""Log-ins for tests: the session cookie of a user, as Django's own test client makes it."""

from typing import Any

from django.conf import settings
from django.test import AsyncClient, Client


def cookie_of(user: Any) -> tuple[bytes, bytes]:
    """The header that makes a request this user's, in a session of its own. Not on a running loop."""
    browser = Client()
    browser.force_login(user)
    return _header(browser)


async def acookie_of(user: Any) -> tuple[bytes, bytes]:
    """As ``cookie_of``, to await."""
    browser = AsyncClient()
    await browser.aforce_login(user)
    return _header(browser)


def _header(browser: Client | AsyncClient) -> tuple[bytes, bytes]:
    name = settings.SESSION_COOKIE_NAME
    return b"cookie", f"{name}={browser.cookies[name].value}".encode()
