"""What the ASGI servers can be given, so that they do more for this library. Each module needs its own server."""
