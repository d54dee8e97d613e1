"""Connection state recovery: a client that lost its connection goes on where it was, and gets what it missed.

A log of what was sent, by position; a session for each socket, by a secret that its client has (``pid``); and a hub
that writes the one and keeps the other, in memory or in Redis. The engine's side is ``realtime.engine.recoverable``.
"""
