"""Who an Engine.IO session belongs to: the Django session of the browser that opened it.

The engine asks at the handshake and again at every request, so ``identify`` reads a cookie and nothing else. The
answer is a secret (a session key is a credential): compared, never logged.
"""

import logging
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation

from realtime.threads import off_loop
from realtime.types import Scope

logger = logging.getLogger("realtime.security")

SIGNED_COOKIES = "django.contrib.sessions.backends.signed_cookies"


def session_store() -> Any:
    """The ``SessionStore`` class of ``SESSION_ENGINE``."""
    return import_module(settings.SESSION_ENGINE).SessionStore


def identify(scope: Scope, headers: Mapping[str, str]) -> Any:
    """The session key in the cookie, or None without one; ``headers`` maps lower-case names to values.

    With signed cookies the value changes with every save, so there it is (user id, session auth hash). A cookie
    whose session does not exist (any more) is an identity like others: that browser's requests belong together, its
    user is anonymous, and logging in gives it another one. Never touches the store, never raises.
    """
    key = cookie(headers.get("cookie", ""), settings.SESSION_COOKIE_NAME)
    if not key or settings.SESSION_ENGINE != SIGNED_COOKIES:
        return key or None
    return _signed_identity(key)


async def identity_gone(identity: Any) -> bool:
    """Whether the session of ``identity`` was flushed or its key rotated, so that nobody can use it again.

    With signed cookies: whether the user is gone or has another password. False for None, and False when the store
    cannot be asked (that is logged). The store is asked in a thread.
    """
    if identity is None:
        return False
    try:
        return bool(await off_loop(_signed_gone if isinstance(identity, tuple) else _key_gone)(identity))
    except Exception:
        logger.exception("Could not ask the session store whether a session still exists.")
        return False


def cookie(header: str, name: str) -> str | None:
    """The value of one cookie in a Cookie header, as ``django.http.parse_cookie`` would give it, or None."""
    found = None
    for chunk in header.split(";"):
        key, separator, value = chunk.partition("=")
        if separator and key.strip() == name:
            found = value.strip()  # the last one wins
    if found is not None and found.startswith('"'):
        from http import cookies

        return cookies._unquote(found)
    return found


def _key_gone(key: str) -> bool:
    try:
        return not session_store()().exists(key)
    except SuspiciousOperation:  # the file store's word for a key that it could not have made
        return True


def _signed_identity(value: str) -> tuple[Any, Any] | None:
    from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY

    data = session_store()(value).load()
    return (data[SESSION_KEY], data.get(HASH_SESSION_KEY)) if SESSION_KEY in data else None


def _signed_gone(identity: tuple[Any, Any]) -> bool:
    from django.contrib.auth import get_user_model

    user_id, auth_hash = identity
    user = get_user_model()._default_manager.filter(pk=user_id).first()
    if user is None or not user.is_active:
        return True
    return auth_hash not in (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
