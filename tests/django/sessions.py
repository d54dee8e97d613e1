"""Users that are logged in, the stores of their sessions, and scopes that carry their cookies."""

import asyncio

from channels.db import database_sync_to_async
from django.test import Client

STORES = ["db", "cached_db", "cache", "file"]


def use_engine(settings, name, tmp_path):
    """Sessions are kept in this store from here on."""
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{name}"
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(tmp_path)}
    }
    if name == "file":
        from django.contrib.sessions.backends.file import SessionStore

        settings.SESSION_FILE_PATH = str(tmp_path)
        SessionStore._storage_path = str(tmp_path)


async def in_thread(function, *args, **kwargs):
    """In the thread that a test's synchronous code shares."""
    return await database_sync_to_async(function)(*args, **kwargs)


def log_in(user, **session):
    """The key of a new session of this user, which holds this."""
    client = Client()
    client.force_login(user)
    if session:
        kept = client.session
        kept.update(session)
        kept.save()
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
