"""``settings.VOICEROOM`` as ``Options``: read late, remembered, forgotten when the setting changes."""

import difflib
import functools

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from voiceroom.options import FIELDS, Options

MESH = {"mesh": "voiceroom.media.mesh.Mesh"}


@functools.cache
def options():
    """The options of this project. Raises ``ImproperlyConfigured`` for a name that is none."""
    given = getattr(settings, "VOICEROOM", {})
    if not isinstance(given, dict):
        raise ImproperlyConfigured("VOICEROOM must be a dict, such as VOICEROOM = {'SEAT_GRACE': 25}")
    for name in given:
        if name not in FIELDS:
            raise ImproperlyConfigured(f"VOICEROOM has no setting {name!r}. {advice(name)}")
    return Options(**{name.lower(): value for name, value in given.items()})


def advice(name):
    """What to write instead of a setting that there is not."""
    near = difflib.get_close_matches(str(name).upper(), FIELDS, n=1, cutoff=0.5)
    return f"Did you mean {near[0]}?" if near else "The settings are listed in docs/reference/voice-settings.md."


def media_backends():
    """{name: dotted path of a ``MediaBackend``}, the mesh among them."""
    return MESH | options().media_backends


# Defaults, bounds and choices of columns, which migrations name: functions, so that they are read when they are needed.


def capacity():
    return options().capacity


def most_people():
    return options().most_people


def seats():
    return options().seats


def most_seats():
    return options().most_seats


def media_choices():
    return [(name, name) for name in media_backends()]


def _forget(*, setting, **kwargs):
    if setting == "VOICEROOM":
        options.cache_clear()


setting_changed.connect(_forget, dispatch_uid="voiceroom.conf")
