"""The settings of the voice room, read when they are needed, each with its default."""

from django.conf import settings


def seat_grace():
    """``SEAT_GRACE``: seconds for which a seat waits for who left."""
    return getattr(settings, "SEAT_GRACE", 25)


def media_backends():
    """``VOICE_MEDIA_BACKENDS``: {name: dotted path of a ``MediaBackend``}."""
    return {"mesh": "voiceroom.media.mesh.Mesh"} | getattr(settings, "VOICE_MEDIA_BACKENDS", {})


def media_backend():
    """``VOICE_MEDIA_BACKEND``: what carries the voices where a room does not say."""
    return getattr(settings, "VOICE_MEDIA_BACKEND", "mesh")


def stun_urls():
    """``VOICE_STUN_URLS``: a list such as ``["stun:stun.example.org"]``."""
    return list(getattr(settings, "VOICE_STUN_URLS", []))


def turn_urls():
    """``VOICE_TURN_URLS``: a list such as ``["turn:turn.example.org:3478?transport=udp"]``."""
    return list(getattr(settings, "VOICE_TURN_URLS", []))


def turn_secret():
    """``VOICE_TURN_SECRET``: the ``static-auth-secret`` of the coturn behind these addresses."""
    return getattr(settings, "VOICE_TURN_SECRET", "")


def turn_ttl():
    """``VOICE_TURN_TTL``: seconds for which TURN credentials are good, 300 to 600."""
    return min(600, max(300, int(getattr(settings, "VOICE_TURN_TTL", 600))))
