"""Websockets: a session that begins with one, and the upgrade of a polling session."""

import asyncio
import logging
from functools import partial
from typing import Any

from ..engineio.packet import PacketType
from ..engineio.session import State
from ..exceptions import HandshakeError, PacketError, PeerError
from ..metrics import count
from ..readyframes import reader, writer
from ..types import Frame, Headers, Message, Receive, Scope, Send
from .client import LINGER
from .credit import paced
from .forwarding import takeover
from .forwarding.asking import Elsewhere
from .request import Request, admit
from .trace import about_client

logger = logging.getLogger("realtime.engine")

BREATH = 256  # frames without a pause after which others get their turn
HANDSHAKE_LEAD = 0.01  # seconds
NOOP_EVERY = 0.1  # seconds; a single noop loses the race against a poll that is on its way (engine.io socket.ts)
CLOSED = State.CLOSED


class Gone(Exception):
    """The client went away while probing; nothing can be said to it."""


async def serve(engine: Any, scope: Scope, receive: Receive, send: Send) -> Any:
    """One websocket, from its handshake to its end."""
    await receive()  # websocket.connect
    request = Request(scope, engine.options)
    try:
        if request.query.transport == "polling":
            return await accept_and_close(send)
        try:
            client = await admit(engine, request)
        except Elsewhere as elsewhere:
            return await serve_elsewhere(engine, elsewhere, request, receive, send)
        opened = client is None
        if opened:
            client = await engine.open(request)
    except HandshakeError as error:
        engine.refused(scope, error)
        return await refuse(scope, send, error)
    del request
    if opened:
        await begin(engine, client, scope, send)
    elif client.session.transport == "websocket" or client.reader is not None:
        return await accept_and_close(send)
    elif not await upgrade(client, scope, receive, send):
        return
    await read(client, receive, reader(scope))


async def serve_elsewhere(engine: Any, elsewhere: Any, request: Any, receive: Receive, send: Send) -> Any:
    """A websocket whose session another engine has, which may let it come here."""
    moved = await engine.forward(elsewhere, request, receive, send)
    if moved is None:
        return
    try:
        client = takeover.adopt(engine, moved)
        client.take_websocket(paced(client, request.scope, send), writer(request.scope))
    except PeerError as error:
        count("tunnel_records_refused")
        logger.warning("a session could not be taken over: %s", error)
        return await send({"type": "websocket.close", "code": 1011})
    await read(client, receive, reader(request.scope))


async def refuse(scope: Scope, send: Send, error: Any) -> Any:
    """Refuses before the handshake ends: 400 with the message where the server can, else its plain 403."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        return await send({"type": "websocket.close"})
    body = error.message.encode()
    headers = [
        (b"content-type", b"text/html"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    status = 503 if error.status == 503 else 400  # as Node: 400 also where polling gets 403
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


async def accept(options: Any, scope: Scope, send: Send) -> None:
    """Accepts with the application's headers, where it has some."""
    await send({"type": "websocket.accept", "headers": headers_for((options.initial_headers, options.headers), scope)})


def headers_for(hooks: Any, scope: Scope) -> Any:
    """What the application's hooks put into the answer to a websocket's handshake."""
    headers: Headers = []
    for hook in hooks:
        if hook:
            hook(headers, scope)
    return headers


async def accept_and_close(send: Send) -> None:
    """What Node does with a websocket too many: clients that see a refused handshake report an error instead."""
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close"})


async def begin(engine: Any, client: Any, scope: Scope, send: Send) -> None:
    """The first frames of a session without polling."""
    try:
        await accept(client.options, client.scope, send)
        if client.session.revision == 3:  # 2.x clients may listen a moment after the handshake only
            await asyncio.sleep(HANDSHAKE_LEAD)
        for frame in engine.greeting(client):
            await send(client._message(frame))
    except BaseException:
        client.lost("transport close")
        raise
    client.attach(paced(client, scope, send), writer(scope))
    if client.session.state is State.OPEN:  # it may have timed out meanwhile
        engine.start(client)


# -- reading ------------------------------------------------------------------------------------------------


async def read(client: Any, receive: Receive, give_me: Any) -> None:
    """Reads until the websocket is closed; a closed session has LINGER seconds for it."""
    try:
        async with asyncio.timeout(LINGER if client.session.state is CLOSED else None) as client.reader:
            await read_frames(client, receive, give_me)
    except TimeoutError:
        await client.hang_up()
    except Exception:
        client.reader = None
        logger.exception("internal error while reading from a websocket", extra=about_client(client))
        client.abort("transport error")
    finally:
        client.reader = None
        client.lost("transport close")
        if client.credit is not None:
            client.credit.end()


async def read_frames(client: Any, receive: Receive, give_me: Any) -> None:
    decode, limit, number = client.revision.decode_frame, client.options.max_http_buffer_size, 0
    if give_me is not None:  # the server hands messages over by a call; receive() then tells of the end only
        give_me(partial(take, client, decode, limit))
    while True:
        message = await receive()
        if message["type"] != "websocket.receive":
            client.details = f"websocket closed with {message.get('code') or 1005}"
            return
        take(client, decode, limit, frame_of(message))
        number += 1
        if not number % BREATH:
            await asyncio.sleep(0)


def take(client: Any, decode: Any, limit: int, frame: Frame) -> None:
    """One frame of the client."""
    try:
        if len(frame) * 4 > limit and is_too_large(frame, limit):
            count("frames_refused")
            client.close_code = 1009
            client.details = "frame over MAX_HTTP_BUFFER_SIZE"
            client.abort("transport error")
        if frame.__class__ is str and frame[:1] == "4":
            client.message(frame[1:])
        else:
            client.receive(decode(frame))
    except PacketError as error:
        count("packets_refused")
        logger.info("client closed: %s", error, extra=about_client(client))
        client.details = str(error)
        client.abort("parse error")


def frame_of(message: Message) -> Any:
    """The frame, ``str`` or ``bytes``, of a websocket.receive."""
    text = message.get("text")
    return text if text is not None else message.get("bytes") or b""


def is_too_large(frame: Frame, limit: int) -> bool:
    """Whether a frame is over ``max_http_buffer_size``, for servers that have no limit of their own."""
    return len(frame if isinstance(frame, bytes) else frame.encode("utf-8", "surrogatepass")) > limit


# -- the upgrade --------------------------------------------------------------------------------------------


async def upgrade(client: Any, scope: Scope, receive: Receive, send: Send) -> bool:
    """Moves a polling session to this websocket. False if that failed; the session then goes on polling."""
    noops = asyncio.ensure_future(send_noops(client))
    try:
        async with asyncio.timeout(client.options.upgrade_timeout) as client.reader:  # from here no other can upgrade
            await send({"type": "websocket.accept", "headers": headers_for((client.options.headers,), scope)})
            await probe(client, receive, send)
    except (TimeoutError, PacketError) as error:
        client.reader = None
        logger.debug("upgrade failed: %r", error)
        await send({"type": "websocket.close"})
        return False
    except Gone:
        return False
    finally:
        client.reader = None
        noops.cancel()
    if takeover.upgraded(client, scope):
        return False
    logger.debug("session upgraded", extra=about_client(client))
    client.take_websocket(paced(client, scope, send), writer(scope))
    return True


async def probe(client: Any, receive: Receive, send: Send) -> None:
    """2probe, 3probe, and the client's 5 when no poll of its is open any more. Raises ``PacketError``, ``Gone``."""
    probed = False
    while True:
        message = await receive()
        if message["type"] != "websocket.receive":
            raise Gone
        packet = client.revision.decode_frame(frame_of(message))
        if packet == (PacketType.PING, "probe"):
            probed = True
            await send({"type": "websocket.send", "text": "3probe"})
        elif probed and packet.type is PacketType.UPGRADE and client.session.state is State.OPEN:
            return
        else:
            raise PacketError("expected a probe and an upgrade packet")


async def send_noops(client: Any) -> None:
    """Lets polls go, again and again: the client upgrades only when none is open."""
    while True:
        await asyncio.sleep(NOOP_EVERY)
        client.noop()
