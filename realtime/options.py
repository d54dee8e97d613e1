"""Every option of the engine with its default. Durations are seconds (milliseconds on the wire), sizes bytes.

The names are Socket.IO's own, in snake case; ``SOCKETIO`` in Django's settings has them in upper case. CORS names
follow django-cors-headers. Floor 0: imports nothing of ours.
"""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

Function = Callable[..., Any]


@dataclasses.dataclass(frozen=True)
class Options:
    """What one EngineIO is told. Immutable; ``dataclasses.replace`` makes another."""

    path: str = "/socket.io/"
    add_trailing_slash: bool = True  # False: "/socket.io" is served too
    transports: Sequence[str] = ("polling", "websocket")
    allow_upgrades: bool = True
    allow_eio3: bool = True  # clients 1.x and 2.x
    jsonp: bool = False

    ping_interval: float = 25.0
    ping_timeout: float = 20.0
    upgrade_timeout: float = 10.0
    connect_timeout: float = 45.0  # to join a first namespace
    delayed_connection_timeout: float = 0.3  # an application waits for an upgrade, where requests come to any process
    close_timeout: float = 30.0  # a closing polling session waits so long for its last poll
    disconnect_timeout: float = 10.0  # events already received, and again the disconnect handlers
    body_timeout: float = 30.0  # a POST must have arrived whole
    stop_timeout: float = 20.0  # for clients to be closed after SIGTERM; 0: the signal is the server's alone
    forward_timeout: float = 4.0  # a process that has a session must answer for it to another
    cluster_timeout: float = 5.0  # for the answers of other processes

    max_http_buffer_size: int = 1_000_000  # a POST body, and a websocket message
    max_header_bytes: int = 65_536  # of a handshake's headers and query, which are kept as long as its session
    max_inbox_events: int = 10_000  # received and not yet handled, per socket
    max_inbox_bytes: int = 16_000_000
    max_outbox_bytes: int = 16_000_000  # accepted and not yet written, per client
    max_post_packets: int = 10_000  # in one POST
    max_poll_packets: int = 16  # in one answer; PyPI's python-engineio client takes no more
    max_concurrent_events: int = 100  # of @on(..., concurrent=True), per socket
    max_pending_acks: int = 1000  # per socket
    max_namespaces: int = 100  # per client
    max_connect_errors: int = 20  # refused namespaces before the client is closed
    max_rooms: int = 1000  # per socket
    max_room_name_length: int = 1000  # of a room that a consumer joins, in characters
    max_name_length: int = 255  # of a namespace or an event name that a client sends, in characters
    max_streams: int = 100  # open at a time, per socket
    max_stream_chunk: int = 1_000_000  # bytes, of what a client writes into a stream
    max_attachments: int = 10
    max_json_depth: int = 64
    max_clients: int = 0  # per process; 0: no limit
    max_layer_message_bytes: int = 8_000_000  # of a broadcast that goes to other processes
    max_answer_bytes: int = 64_000_000  # of what all other processes answer to one request
    max_requests: int = 1000  # of other processes that are being answered at a time
    max_processes: int = 10_000  # that are known to be alive, at a time
    stop_rate: int = 100  # clients let go in a second after SIGTERM; more where stop_timeout is too short for that
    max_forwarded_requests: int = 10_000  # at a time, to other processes, and again from them; 0: none

    cookie: Any = None  # None, True, a name, or a dict of name, path, http_only, same_site, secure, max_age
    initial_packet: str | bytes | None = None
    http_compression: Any = True  # False, True, or {"threshold": bytes}
    cors_allowed_origins: Any = ()  # a list of origins, or "*"
    cors_allow_credentials: bool = False
    cors_allow_methods: Sequence[str] = ("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE")
    cors_allow_headers: Sequence[str] = ()  # empty: whatever the preflight asks for
    cors_expose_headers: Sequence[str] = ()
    cors_preflight_max_age: int | None = None
    cors_preflight_status: int = 204

    middleware: Sequence[Any] = ()  # ASGI middleware, (app) -> app, around the engine's own requests; first: outermost
    allow_request: Function | None = None  # (scope) -> True, False or a message; may be a coroutine function
    generate_id: Function | None = None  # (scope) -> str; may be a coroutine function
    initial_headers: Function | None = None  # (headers: list, scope) for the first answer of a session
    headers: Function | None = None  # (headers: list, scope) for each answer
    check_origin: Function | None = None  # (scope, headers: dict, options) -> bool; None: the request's own origin
    identify: Function | None = None  # (scope, headers: dict) -> hashable; who a session belongs to
    identity_gone: Function | None = None  # coroutine function (identity) -> bool; may an old session be closed

    auth_recheck: float = 60.0  # between looks at who is still logged in; 0: only Django's signals count
    auth_lost: str = "reconnect"  # or "disconnect", after which JavaScript clients stay away

    parser: Any = "json"  # a name, or a parser object
    json_default: Function | None = None  # what JSON cannot encode -> what it can
    json_encoder: type | None = None  # a json.JSONEncoder class
    json_decoder: type | None = None  # a json.JSONDecoder class
    channel_layer: str | None = "default"  # an alias of CHANNEL_LAYERS; None: rooms of this process only
    connection_state_recovery: Any = None  # True, or a dict of what is in realtime.recovery.config
    serve_client: bool = True
    sync_threads: int = 8  # for plain def handlers, per process

    @functools.cached_property
    def for_applications(self) -> dict[str, Any]:
        """Those that are the matter of applications: ``scope["limits"]``, one dict for all sockets."""
        names = "max_concurrent_events sync_threads auth_recheck auth_lost max_streams max_stream_chunk"
        return {name: getattr(self, name) for name in names.split()}

    @functools.cached_property
    def recovery(self) -> Any:
        """``connection_state_recovery`` as a ``Recovery``, or None. Raises ``ValueError``."""
        from .recovery.config import recovery_from

        return recovery_from(self.connection_state_recovery)

    @property
    def compression_threshold(self) -> int | None:
        """Bytes from which an HTTP answer is compressed, or None."""
        if isinstance(self.http_compression, dict):
            return int(self.http_compression.get("threshold", 1024))
        return 1024 if self.http_compression else None
