"""The floor: an ASGI application that only answers the wire of the benchmark, by hand and without any framework.

It understands nothing else: a websocket, Engine.IO 4, the namespace ``/``. What a Socket.IO server costs above it is
the price of being one.
"""

import secrets

OPEN = '0{"sid":"%s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'
JOINED = '40{"sid":"%s"}'
members = set()


async def application(scope, receive, send):
    """Answers ``40``, ``42<id>["echo",x]`` and ``42["broadcast",x]``; anything else from the client is ignored."""
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": OPEN % secrets.token_urlsafe(15)})
    try:
        while (event := await receive())["type"] == "websocket.receive":
            await answer(event["text"], send)
    finally:
        members.discard(send)


async def answer(text, send):
    """One message of the client."""
    if text.startswith('42["broadcast",'):
        event = {"type": "websocket.send", "text": '42["news",' + text[15:]}
        for member in list(members):
            await member(event)
    elif text.startswith("42"):
        number, _, argument = text[2:].partition('["echo",')
        await send({"type": "websocket.send", "text": f"43{number}[{argument}"})
    elif text == "40":
        members.add(send)
        await send({"type": "websocket.send", "text": JOINED % secrets.token_urlsafe(15)})
