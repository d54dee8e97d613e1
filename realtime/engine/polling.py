"""HTTP long-polling and JSONP: a GET waits for packets, a POST brings some."""

import asyncio
import json
import re
from typing import Any
from urllib.parse import parse_qs

from ..engineio.handshake import check_session
from ..engineio.payload import decode_payload, decode_utf8, encode_payload
from ..engineio.session import State
from ..exceptions import HandshakeError, PacketError
from ..metrics import count
from ..types import Receive, Scope, Send
from .forwarding.asking import Elsewhere
from .forwarding.takeover import TUNNEL, begin_soon
from .request import Request, admit
from .response import HTML, TEXT, answer, compress, cookie_header, preflight, refuse

UPGRADE_LEAD = 0.01  # seconds
BREATH = 256  # packets of one POST after which others get their turn


class TooLarge(Exception):
    """A body over ``max_http_buffer_size``."""


class Gone(Exception):
    """The client went away before its request was served."""


async def serve(engine: Any, scope: Scope, receive: Receive, send: Send) -> Any:
    """One request."""
    request = Request(scope, engine.options)
    if request.method == "OPTIONS" and request.options.cors_allowed_origins:
        return await preflight(request, send)
    try:
        if request.query.jsonp is not None and not request.options.jsonp:
            raise HandshakeError(3)
        try:
            client = await admit(engine, request)
        except Elsewhere as elsewhere:
            return await engine.forward(elsewhere, request, receive, send)
        if client is None:
            return await handshake(engine, request, send)
        serve_method = {"GET": serve_poll, "POST": serve_post}.get(request.method)
        if serve_method is None:
            return await answer(request, send, 500)
        await serve_method(client, request, receive, send)
    except HandshakeError as error:
        engine.refused(scope, error)
        await refuse(request, send, error)


async def handshake(engine: Any, request: Any, send: Send) -> None:
    """Opens a session. The cookie goes out here and nowhere else."""
    client = await engine.open(request)
    cookie = request.options.cookie
    extra = [cookie_header(cookie, client.sid)] if cookie else []
    frames = engine.greeting(client)
    begin_soon(engine, client)
    await send_frames(client, request, send, frames, extra, first=True)


# -- GET ----------------------------------------------------------------------------------------------------


async def serve_poll(client: Any, request: Any, receive: Receive, send: Send) -> Any:
    """Answers with what is queued, or waits for it. Two polls at a time end the session, as does one that is cut."""
    if client.reader is not None:
        await let_upgrade(client, request)
    if client.answered is not None and not client.polled:
        await last_answer(client)
    if client.polled:
        client.details = "overlap from client"
        client.abort("transport error")
        return await answer(request, send, 400)
    frames = client.poll()
    if TUNNEL in request.scope:
        request.scope[TUNNEL].polls = client
    try:
        if not isinstance(frames, list):
            frames = await wait_for_frames(client, frames, receive)
        if frames is None:
            client.details = "poll connection closed prematurely"
            return client.lost("transport error")
        if TUNNEL in request.scope:  # whoever passes the answer on may fail
            request.scope[TUNNEL].carries, client.answered = client, request.scope[TUNNEL]
        await send_frames(client, request, send, frames)
    except BaseException:  # cancelled by the server, or it has lost the client: so are the frames
        client.lost("transport error")
        raise


async def last_answer(client: Any) -> None:
    """Waits until it is known that the last answer has arrived: what comes next must not overtake a lost one.

    A load balancer asks again, elsewhere, for a GET whose process has died: there may be two polls of one client, and
    frames in the answer to the first. Raises ``HandshakeError``.
    """
    tunnel = client.answered
    if not await tunnel.arrived():
        client.lost("transport error")
    if client.answered is tunnel:
        client.answered = None
    if client.session.state is State.CLOSED:
        raise HandshakeError(1)


async def let_upgrade(client: Any, request: Any) -> None:
    """A GET that was sent behind the upgrade packet may overtake it on its way through the server."""
    await asyncio.sleep(UPGRADE_LEAD)
    check_session(request.query, client.session, is_websocket=False)


async def wait_for_frames(client: Any, poll: Any, receive: Receive) -> Any:
    """The frames as soon as there are some, or None if the client goes away before."""
    gone = asyncio.ensure_future(disconnected(receive))
    try:
        await asyncio.wait((gone, poll), return_when=asyncio.FIRST_COMPLETED)
    finally:
        left = gone.done()
        gone.cancel()
        frames = client.end_poll()
    return None if left else frames


async def disconnected(receive: Receive) -> None:
    """Returns when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_frames(client: Any, request: Any, send: Send, frames: Any, extra: Any = (), first: bool = False) -> None:
    """Frames as the body of an answer, in the form that the client can read."""
    jsonp = request.query.jsonp
    payload = encode_payload(client.session.revision, frames, not client.base64 and jsonp is None)
    kind = TEXT if isinstance(payload, str) else "application/octet-stream"
    if jsonp is not None:
        payload = f"___eio[{jsonp}]({escape_js(str(payload))});"
    body = payload.encode("utf-8", "surrogatepass") if isinstance(payload, str) else payload
    packed, client.compress = client.compress, True
    body, encoding = await compress(request, body) if packed else (body, [])
    await answer(request, send, 200, body, kind, [*extra, *encoding], first)


def escape_js(text: str) -> str:
    """A JavaScript string literal that is safe inside a script, whatever the text."""
    literal = json.dumps(text, ensure_ascii=False)
    return literal.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("</", "<\\/")


# -- POST ---------------------------------------------------------------------------------------------------


async def serve_post(client: Any, request: Any, receive: Receive, send: Send) -> Any:
    """Takes packets in. Two POSTs at a time end the session; a body that is too large does not."""
    if client.posting:
        client.details = "data request overlap from client"
        client.abort("transport error")
        return await answer(request, send, 400)
    client.posting = True
    try:
        body = await read_body(request, receive)
        await take_in(client, request, body)
    except TooLarge:
        count("bodies_refused")
        await answer(request, send, 413)
    except PacketError as error:
        count("packets_refused")
        client.details = str(error)
        client.abort("parse error")
        await answer(request, send, 400)
    except (Gone, TimeoutError) as error:
        if isinstance(error, TimeoutError):
            count("bodies_late")
        client.details = "data request connection closed prematurely"
        client.lost("transport error")
        await answer(request, send, 408)
    except asyncio.CancelledError:  # by the server
        client.lost("transport error")
        raise
    else:
        await answer(request, send, 200, b"ok", HTML)
    finally:
        client.posting = False


async def read_body(request: Any, receive: Receive) -> Any:
    """The whole body. Raises ``TooLarge`` as soon as it is known, ``TimeoutError``, ``Gone``."""
    limit = request.options.max_http_buffer_size
    announced = request.headers.get("content-length", "0")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > limit:
        raise TooLarge
    body = bytearray()
    async with asyncio.timeout(request.options.body_timeout):
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise Gone
            body += message.get("body", b"")
            if len(body) > limit:
                raise TooLarge
            if not message.get("more_body"):
                return body


async def take_in(client: Any, request: Any, body: Any) -> None:
    """Gives the packets to the session, those before a bad one too. Raises ``PacketError`` at that one."""
    binary = request.headers.get("content-type") == "application/octet-stream"
    if binary and client.session.revision == 4:
        raise PacketError("expected text: protocol 4 sends binary as base64")
    if request.query.jsonp is not None:
        body = read_form(body)
    most = client.options.max_post_packets
    for number, packet in enumerate(decode_payload(client.session.revision, body, binary), 1):
        if number > most:
            raise PacketError(f"more than MAX_POST_PACKETS ({most}) packets in one POST")
        client.receive(packet)
        if client.session.state is not State.OPEN:
            break
        if not number % BREATH:
            await asyncio.sleep(0)


def read_form(body: Any) -> Any:
    r"""The payload in a JSONP form, whose client writes a newline as ``\n``, and ``\n`` as ``\\n``."""
    try:
        fields = parse_qs(decode_utf8(body), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        raise PacketError("expected a form with the field d") from None
    text = fields.get("d", [""])[0]
    text = re.sub(r"(\\)?\\n", lambda match: match[0] if match[1] else "\n", text)
    return text.replace("\\\\n", "\\n").encode()
