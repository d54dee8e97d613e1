"""The engine: asyncio and ASGI around the pure floors. Knows no consumer and no ORM."""

from .server import Engine

__all__ = ["Engine"]
