"""A Django project as small as the benchmark allows: users and their sessions in a SQLite file of this run."""

import os
import sys

import django
from django.conf import settings

MEMORY = {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 100_000}}
urlpatterns = []


def redis_layer(url):
    """The layer that the documentation recommends."""
    return {"BACKEND": "realtime.layers.RedisPubSubChannelLayer", "CONFIG": {"hosts": [url]}}


def setup(urls="benchmarks.project"):
    """Configure Django, once: the database ``BENCH_DATABASE``, the Redis server of ``BENCH_REDIS`` if any."""
    if settings.configured:
        return
    redis = os.environ.get("BENCH_REDIS")
    settings.configure(
        ROOT_URLCONF=urls,
        SECRET_KEY="benchmark",
        ALLOWED_HOSTS=["127.0.0.1"],
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["BENCH_DATABASE"]}},
        CHANNEL_LAYERS={"default": redis_layer(redis) if redis else MEMORY},
        USE_TZ=True,
    )
    django.setup()


def log_in(name):
    """The session key of a new user who has logged in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    user = User.objects.create(username=name, password="!")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def main(count):
    """Make the tables and ``count`` logged-in users; print their session keys."""
    from django.core.management import call_command

    setup()
    call_command("migrate", verbosity=0)
    for number in range(count):
        print(log_in(f"user{number}"))


if __name__ == "__main__":
    main(int(sys.argv[1]))
