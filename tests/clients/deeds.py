"""What happens to users and sessions: in a page, or by ``python -m tests.clients.deeds <deed> <user> <key>``."""

import os
import sys


def create(name, key):
    user_model().create_user(name, password=name)


def save(name, key):
    user_model().get(username=name).save()


def deactivate(name, key):
    change(name, is_active=False)


def make_staff(name, key):
    change(name, is_staff=True)


def new_password(name, key):
    user = user_model().get(username=name)
    user.set_password("another")
    user.save()


def delete_user(name, key):
    user_model().get(username=name).delete()


def delete_session(name, key):
    sessions().get(session_key=key).delete()


def update_is_active(name, key):
    user_model().filter(username=name).update(is_active=False)


def delete_session_raw(name, key):
    rows = sessions().filter(session_key=key)
    rows._raw_delete(rows.db)


def expire_session(name, key):
    from django.utils import timezone

    sessions().filter(session_key=key).update(expire_date=timezone.now())


def user_model():
    from django.contrib.auth.models import User

    return User.objects


def sessions():
    from django.contrib.sessions.models import Session

    return Session.objects


def change(name, **values):
    user = user_model().get(username=name)
    for field, value in values.items():
        setattr(user, field, value)
    user.save()


DEEDS = {
    deed.__name__: deed
    for deed in (
        create, save, deactivate, make_staff, new_password, delete_user, delete_session, update_is_active,
        delete_session_raw, expire_session,
    )
}  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.clients.settings")
    import django

    django.setup()
    DEEDS[sys.argv[1]](*sys.argv[2:])
