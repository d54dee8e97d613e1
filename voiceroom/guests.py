"""People without an account: real users of Django's, with a name and no password, whom one room's owner lets in.

A browser stays the guest that it was: a signed cookie outlives the session, so that logging out and coming back makes
nobody new, and a ban holds.
"""

import datetime
import secrets

from django.contrib.auth import get_user_model, login
from django.core import signing
from django.db import transaction
from django.utils import timezone

from voiceroom.models import Guest

COOKIE, DAYS = "guest", 90
BACKEND = "django.contrib.auth.backends.ModelBackend"


def known(request):
    """The guest that this browser was before, as a user, or ``None``."""
    try:
        pk = request.get_signed_cookie(COOKIE, default=None, salt=COOKIE, max_age=DAYS * 24 * 3600)
    except signing.BadSignature:
        return None
    return get_user_model().objects.filter(pk=pk, guest__isnull=False, is_active=True).first() if pk else None


def lately(room):
    """How many guests this room got within the hour."""
    return Guest.objects.filter(room=room, created__gt=timezone.now() - datetime.timedelta(hours=1)).count()


@transaction.atomic
def make(room, name, user=None):
    """A guest of this name: ``user`` under a new name, or a new one."""
    if user is None:
        user = get_user_model()(username=f"guest-{secrets.token_hex(6)}")
        user.set_unusable_password()
    user.first_name = name
    user.save()
    Guest.objects.get_or_create(user=user, defaults={"room": room})
    return user


def welcome(request, user, response):
    """Log the guest in, and remember them in this browser."""
    login(request, user, backend=BACKEND)
    age, secure = DAYS * 24 * 3600, request.is_secure()
    response.set_signed_cookie(COOKIE, user.pk, salt=COOKIE, max_age=age, httponly=True, samesite="Lax", secure=secure)
    return response
