"""Routes to namespaces that no pattern can describe: a function says which there are."""

from collections import Counter
from inspect import isawaitable
from typing import Any

from django.urls import re_path
from django.urls.exceptions import Resolver404

from .bridges import in_thread
from .chain import is_async
from .handshake import Handshake


def dynamic(accepts: Any, application: Any) -> Any:
    """A route for a ``URLRouter``: ``application`` for every namespace that ``accepts`` says yes to.

    ``accepts(name, auth, handshake)`` is asked each time a client wants to join: ``name`` such as ``"/team-7"``,
    ``auth`` what the client sent (a dict or None), ``handshake`` a ``realtime.handshake.Handshake``. It may be a
    coroutine function; a plain one runs in a thread, and may return an awaitable. After a no the router goes on to its
    next route.
    """
    return re_path("", DynamicNamespace(accepts, application))


class DynamicNamespace:
    """The ASGI application behind a ``dynamic`` route. Knows the namespaces that have sockets now, and no others."""

    def __init__(self, accepts: Any, application: Any) -> None:
        self.accepts, self.application = accepts, application
        self._calls: Counter[str] = Counter()  # of the application, by namespace

    def serves(self, name: str) -> bool:
        """Whether somebody is in this namespace, or about to be, in this process."""
        return name in self._calls

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        name = scope["namespace"]
        if not await self._accepted(name, scope):
            raise Resolver404(f"not a namespace: {name!r}")
        self._calls[name] += 1
        try:
            return await self.application(scope, receive, send)
        finally:
            self._calls[name] -= 1
            if not self._calls[name]:
                del self._calls[name]

    async def _accepted(self, name: str, scope: Any) -> Any:
        asked = name, scope["handshake"]["auth"], Handshake(scope)
        if is_async(self.accepts):
            return await self.accepts(*asked)
        answer = await in_thread(self.accepts, *asked, threads=scope.get("limits", {}).get("sync_threads", 8))
        return await answer if isawaitable(answer) else answer
