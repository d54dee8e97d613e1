"""HTTP long-polling and JSONP: a GET waits for packets, a POST brings some."""

import asyncio
import json
import re
from urllib.parse import parse_qs

from ..engineio.handshake import check_session
from ..engineio.payload import decode_payload, decode_utf8, encode_payload
from ..engineio.session import State
from ..exceptions import HandshakeError, PacketError
from ..metrics import count
from .request import Request, admit
from .response import HTML, TEXT, answer, compress, cookie_header, preflight, refuse

UPGRADE_LEAD = 0.01  # seconds
BREATH = 256  # packets of one POST after which others get their turn


class TooLarge(Exception):
    """A body over ``max_http_buffer_size``."""


class Gone(Exception):
    """The client went away before its request was served."""


async def serve(engine, scope, receive, send):
    """One request."""
    request = Request(scope, engine.options)
    if request.method == "OPTIONS" and request.options.cors_allowed_origins:
        return await preflight(request, send)
    try:
        if request.query.jsonp is not None and not request.options.jsonp:
            raise HandshakeError(3)
        client = await admit(engine, request)
        if client is None:
            return await handshake(engine, request, send)
        serve_method = {"GET": serve_poll, "POST": serve_post}.get(request.method)
        if serve_method is None:
            return await answer(request, send, 500)
        await serve_method(client, request, receive, send)
    except HandshakeError as error:
        engine.refused(scope, error)
        await refuse(request, send, error)


async def handshake(engine, request, send):
    """Opens a session. The cookie goes out here and nowhere else."""
    client = await engine.open(request)
    cookie = request.options.cookie
    extra = [cookie_header(cookie, client.sid)] if cookie else []
    frames = engine.greeting(client)
    engine.start(client)
    await send_frames(client, request, send, frames, extra, first=True)


# -- GET ----------------------------------------------------------------------------------------------------


async def serve_poll(client, request, receive, send):
    """Answers with what is queued, or waits for it. Two polls at a time end the session, as does one that is cut."""
    if client.reader is not None:
        await let_upgrade(client, request)
    if client.polled:
        client.abort("transport error")
        return await answer(request, send, 400)
    frames = client.poll()
    try:
        if not isinstance(frames, list):
            frames = await wait_for_frames(client, frames, receive)
        if frames is None:
            return client.lost("transport error")
        await send_frames(client, request, send, frames)
    except BaseException:  # cancelled by the server, or it has lost the client: so are the frames
        client.lost("transport error")
        raise


async def let_upgrade(client, request):
    """A GET that was sent behind the upgrade packet may overtake it on its way through the server."""
    await asyncio.sleep(UPGRADE_LEAD)
    check_session(request.query, client.session, is_websocket=False)


async def wait_for_frames(client, poll, receive):
    """The frames as soon as there are some, or None if the client goes away before."""
    gone = asyncio.ensure_future(disconnected(receive))
    try:
        await asyncio.wait((gone, poll), return_when=asyncio.FIRST_COMPLETED)
    finally:
        left = gone.done()
        gone.cancel()
        frames = client.end_poll()
    return None if left else frames


async def disconnected(receive):
    """Returns when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_frames(client, request, send, frames, extra=(), first=False):
    """Frames as the body of an answer, in the form that the client can read."""
    jsonp = request.query.jsonp
    payload = encode_payload(client.session.revision, frames, not client.base64 and jsonp is None)
    kind = TEXT if isinstance(payload, str) else "application/octet-stream"
    if jsonp is not None:
        payload = f"___eio[{jsonp}]({escape_js(payload)});"
    body = payload.encode("utf-8", "surrogatepass") if isinstance(payload, str) else payload
    packed, client.compress = client.compress, True
    body, encoding = await compress(request, body) if packed else (body, [])
    await answer(request, send, 200, body, kind, [*extra, *encoding], first)


def escape_js(text):
    """A JavaScript string literal that is safe inside a script, whatever the text."""
    literal = json.dumps(text, ensure_ascii=False)
    return literal.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("</", "<\\/")


# -- POST ---------------------------------------------------------------------------------------------------


async def serve_post(client, request, receive, send):
    """Takes packets in. Two POSTs at a time end the session; a body that is too large does not."""
    if client.posting:
        client.abort("transport error")
        return await answer(request, send, 400)
    client.posting = True
    try:
        body = await read_body(request, receive)
        await take_in(client, request, body)
    except TooLarge:
        count("bodies_refused")
        await answer(request, send, 413)
    except PacketError:
        count("packets_refused")
        client.abort("parse error")
        await answer(request, send, 400)
    except (Gone, TimeoutError) as error:
        if isinstance(error, TimeoutError):
            count("bodies_late")
        client.lost("transport error")
        await answer(request, send, 408)
    except asyncio.CancelledError:  # by the server
        client.lost("transport error")
        raise
    else:
        await answer(request, send, 200, b"ok", HTML)
    finally:
        client.posting = False


async def read_body(request, receive):
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


async def take_in(client, request, body):
    """Gives the packets to the session, those before a bad one too. Raises ``PacketError`` at that one."""
    binary = request.headers.get("content-type") == "application/octet-stream"
    if binary and client.session.revision == 4:
        raise PacketError("expected text: protocol 4 sends binary as base64")
    if request.query.jsonp is not None:
        body = read_form(body)
    for number, packet in enumerate(decode_payload(client.session.revision, body, binary), 1):
        client.receive(packet)
        if client.session.state is not State.OPEN:
            break
        if not number % BREATH:
            await asyncio.sleep(0)


def read_form(body):
    r"""The payload in a JSONP form, whose client writes a newline as ``\n``, and ``\n`` as ``\\n``."""
    try:
        fields = parse_qs(decode_utf8(body), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        raise PacketError("expected a form with the field d") from None
    text = fields.get("d", [""])[0]
    text = re.sub(r"(\\)?\\n", lambda match: match[0] if match[1] else "\n", text)
    return text.replace("\\\\n", "\\n").encode()
