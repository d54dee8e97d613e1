"""What annotations call the things of ASGI and of JSON. Floor 0: imports nothing of ours."""

from collections.abc import Awaitable, Callable
from typing import Any

JSON = Any  # a value that JSON can carry, or one with ``bytes`` in it
Frame = str | bytes
Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[Any]]  # that of "socketio" returns what was asked for
Application = Callable[[Scope, Receive, Send], Awaitable[Any]]
Headers = list[tuple[bytes, bytes]]
