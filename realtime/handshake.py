"""What a consumer sees of the client's handshake."""

from functools import cached_property
from types import MappingProxyType
from typing import Any

from django.http import QueryDict


class Handshake:
    """The request that opened the client's connection, as ``socket.handshake`` in Node.

    ``id`` is a name for the connection, the same in all its namespaces, and opens nothing (Node's ``conn.id`` does);
    ``auth`` is what the client sent for this namespace (a dict or None), ``address`` its IP address or None, ``time``
    the epoch in seconds, ``secure`` whether it came over TLS, ``xdomain`` whether from another origin, ``url`` path
    and query, ``transport`` ``"polling"`` or ``"websocket"``, ``protocol`` the Engine.IO revision, 3 or 4.
    """

    def __init__(self, scope: Any) -> None:
        self._scope = scope
        self.__dict__.update({name: scope["handshake"].get(name) for name in self.FIELDS})

    FIELDS = ("id", "auth", "address", "time", "secure", "xdomain", "url", "transport", "protocol")

    @cached_property
    def headers(self) -> Any:
        """A read-only mapping of lower-case names to values; repeated headers are joined, as HTTP allows."""
        headers: dict[str, str] = {}
        for name, value in self._scope["headers"]:
            name, value = name.decode("latin-1").lower(), value.decode("latin-1")
            separator = "; " if name == "cookie" else ", "  # RFC 9113 section 8.2.3, RFC 9110 section 5.2
            headers[name] = f"{headers[name]}{separator}{value}" if name in headers else value
        return MappingProxyType(headers)

    @cached_property
    def query(self) -> QueryDict:
        """The query string as a ``QueryDict``."""
        return QueryDict(self._scope["query_string"])
