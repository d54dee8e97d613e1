"""Requests that reach another process than the one that has their session, carried to it over the channel layer.

``wire`` is what travels, ``line`` makes it arrive once and in order, ``tunnel`` is one request, ``lines``
and ``exchange`` have them all. docs/topics/no-sticky-sessions.md tells how it works.
"""
