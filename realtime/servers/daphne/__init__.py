"""daphne with a graceful end, back-pressure both ways and bounded bodies: ``manage.py socketio_serve``."""

from .server import Server

__all__ = ["Server"]
