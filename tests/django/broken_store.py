"""A session store that is down."""

from django.contrib.sessions.backends.base import SessionBase


class SessionStore(SessionBase):
    def exists(self, session_key):
        raise ConnectionError("the store is down")

    def load(self):
        raise ConnectionError("the store is down")
