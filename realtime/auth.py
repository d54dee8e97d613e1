"""``scope["user"]`` and ``scope["session"]`` for namespaces: Django's own, loaded once for each client.

The stack of the same name in Channels works on our scope too, but queries for each namespace, on the one thread that
all synchronous code shares, and leaves a session that touches the database when it is first read.
"""

import asyncio
import contextlib
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.base import UpdateError
from django.core.exceptions import AppRegistryNotReady, ImproperlyConfigured
from django.http import parse_cookie

from realtime.exceptions import SessionGone
from realtime.identity import SIGNED_COOKIES, session_store
from realtime.live_auth.watch import Login, watch
from realtime.threads import off_loop

LOGIN_KEY = "realtime.login"
STATE_KEY = "realtime.auth"  # in scope["client_state"], which the namespaces of one client share


class AuthMiddlewareStack:
    """Gives the scope ``cookies``, ``session`` and ``user``, and passes it on.

    ``session`` is a loaded snapshot to read, ``user`` a ``User`` or an ``AnonymousUser``, by the rules of
    ``django.contrib.auth.get_user``; reading them never queries. They cost at most two queries (one with cached
    sessions) for each client, whatever the number of its namespaces, in threads of their own. What is in the scope
    already stays. Raises ``ImproperlyConfigured`` when made in a project without sessions or users.
    """

    def __init__(self, inner: Any) -> None:
        require_apps()
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        cookies = parse_cookie(cookie_header(scope))
        key = cookies.get(settings.SESSION_COOKIE_NAME)
        session, user = await _shared(scope, key)
        added = {"cookies": cookies, "session": session, "user": user}
        inner = {**scope, **{key: scope.get(key, added[key]) for key in added}}
        with watch().over(_login(inner, key, session), send, scope.get("limits") or {}):
            return await self.inner(inner, receive, send)


@contextlib.asynccontextmanager
async def fresh_session(scope: Any) -> Any:
    """The session of this socket as it is now: ``async with fresh_session(scope) as session``.

    Loads it in a thread and saves it afterwards if it was changed (as Django counts it: ``session.modified``). Raises
    ``SessionGone`` when it was deleted meanwhile (a log-out) or there never was one, and ``ImproperlyConfigured``
    with signed cookies: a socket has no response that could set one.
    """
    if settings.SESSION_ENGINE == SIGNED_COOKIES:
        raise ImproperlyConfigured(
            "Sessions in signed cookies cannot be changed over a socket, because it cannot set a cookie. Use another"
            " engine, such as SESSION_ENGINE = 'django.contrib.sessions.backends.cached_db'."
        )
    key = scope["session"].session_key if "session" in scope else None
    session = await off_loop(_existing_session)(key)
    yield session
    # A flush inside the block has deleted it already; saving would make a new one that no cookie names.
    if session.modified and session.session_key is not None:
        await off_loop(_save)(session)


def require_apps() -> Any:
    """Raises ``ImproperlyConfigured``, with the line to add, where Django's sessions or users are not installed."""
    try:
        missing = [app for app in _needed_apps() if not apps.is_installed(app)]
    except AppRegistryNotReady as error:
        raise ImproperlyConfigured(
            "AuthMiddlewareStack was made before Django was set up: call get_asgi_application() in asgi.py first."
        ) from error
    if missing:
        lines = " and ".join(repr(app) for app in missing)
        raise ImproperlyConfigured(f"AuthMiddlewareStack needs {lines} in INSTALLED_APPS.")


def cookie_header(scope: Any) -> Any:
    """All Cookie headers as one: HTTP/2 may split them (RFC 9113, section 8.2.3)."""
    return "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")


# -- once per client ------------------------------------------------------------------------------------------


async def _shared(scope: Any, key: Any) -> Any:
    """Session and user of the client. Its namespaces may ask at the same time; one load answers them all."""
    state = scope.get("client_state")
    if state is None:
        return await off_loop(load)(key)
    task = state.get(STATE_KEY)
    if task is None or task.done() and (task.cancelled() or task.exception()):
        task = state[STATE_KEY] = asyncio.ensure_future(off_loop(load)(key))
    # Shielded: a namespace that is left while it waits must not take the others' load with it.
    return await asyncio.shield(task)


def _login(scope: Any, key: Any, session: Any) -> Any:
    """Who the client is, for the watch; one for all its namespaces."""
    login = Login(key, session, scope["user"])
    return scope.get("client_state", {}).setdefault(f"{LOGIN_KEY}.{login.pk}", login)


def load(key: Any) -> Any:
    """The session of a key as it is stored, and its user. Runs in a thread; writes nothing."""
    session = session_store()(key)
    session._get_session()
    request: Any = SimpleNamespace(session=_Detached(session._get_session()))
    user = auth.get_user(request)
    return session, user


class _Detached(dict[str, Any]):
    """A session for ``get_user`` that keeps its hands off the store.

    ``get_user`` rotates the key of a session that only a fallback secret verifies, and flushes one that nothing does.
    A socket cannot tell the browser its new key; the browser's next request to a view does both.
    """

    def cycle_key(self) -> Any:
        pass

    def flush(self) -> Any:
        self.clear()


# -- fresh ----------------------------------------------------------------------------------------------------


def _existing_session(key: Any) -> Any:
    store = session_store()
    # Asked first: the file store replaces an expired session by a new one when it loads it.
    session = store(key) if key and store().exists(key) else store()
    session._get_session()
    if session.session_key is None or session.session_key != key:
        raise SessionGone("This session was deleted or has expired.")
    session.modified = False
    return session


def _save(session: Any) -> Any:
    try:
        session.save()
    except UpdateError as error:
        raise SessionGone("This session was deleted before it could be saved.") from error


def _needed_apps() -> Any:
    yield "django.contrib.auth"
    if settings.SESSION_ENGINE in ("django.contrib.sessions.backends.db", "django.contrib.sessions.backends.cached_db"):
        yield "django.contrib.sessions"
