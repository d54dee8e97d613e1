"""System checks of ``settings.VOICEROOM``. Each hint is a line to paste."""

from django.conf import settings
from django.core.checks import Error, register

from voiceroom import conf
from voiceroom.options import DEFAULTS, FIELDS, why_not

PAIRS = [
    ("SEATS", "MOST_SEATS"),
    ("CAPACITY", "MOST_PEOPLE"),
    ("MESH_SPEAKING", "MESH_PLACES"),
    ("LOBBY_PAGE", "LOBBY_SHOWN"),
]


@register()
def voiceroom_settings(app_configs, **kwargs):
    """Names that there are, with values that fit."""
    given = getattr(settings, "VOICEROOM", {})
    if not isinstance(given, dict):
        hint = "In settings.py: VOICEROOM = {'SEAT_GRACE': 25}"
        return [Error("VOICEROOM is no dict.", hint=hint, id="voiceroom.E001")]
    problems = [problem for name, value in given.items() for problem in _problems(name, value)]
    return problems or list(_contradictions(given))


def _problems(name, value):
    if name not in FIELDS:
        yield Error(f"VOICEROOM: there is no setting {name!r}.", hint=conf.advice(name), id="voiceroom.E001")
    elif reason := why_not(name, value):
        hint = f"In settings.py: VOICEROOM = {{{name!r}: {getattr(DEFAULTS, name.lower())!r}}}"
        shown = "its value" if "SECRET" in name else repr(value)
        yield Error(f"VOICEROOM: {name} {reason}, {shown} does not fit.", hint=hint, id="voiceroom.E002")


def _contradictions(given):
    """Settings of which one bounds the other, and the backend that there has to be."""
    options = conf.options()
    for small, large in PAIRS:
        if getattr(options, small.lower()) > getattr(options, large.lower()):
            message = f"VOICEROOM: {small} is greater than {large}."
            yield Error(message, hint=f"Give both: {small} is at most {large}.", id="voiceroom.E003")
    if options.media_backend not in conf.media_backends():
        names = ", ".join(sorted(conf.media_backends()))
        message = f"VOICEROOM: MEDIA_BACKEND names no backend, {options.media_backend!r}."
        yield Error(message, hint=f"One of {names}, or add it to MEDIA_BACKENDS.", id="voiceroom.E003")
