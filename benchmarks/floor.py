"""The floor: an ASGI application that only answers the wire of the benchmark, by hand and without any framework.

It understands nothing else: a websocket, Engine.IO 4, the namespace ``/``. What a Socket.IO server costs above it is
the price of being one.
"""

import json
import secrets

OPEN = '0{"sid":"%s","upgrades":[],"pingInterval":3600000,"pingTimeout":3600000,"maxPayload":1000000}'
HOLDER = '{"_placeholder":true,"num":0}'
JOINED = '40{"sid":"%s"}'
members, rooms = set(), {}


async def application(scope, receive, send):
    """Answers what ``answer`` knows; anything else from the client is ignored."""
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": OPEN % secrets.token_urlsafe(15)})
    waiting = None  # the number of a message whose attachment comes next
    try:
        while (event := await receive())["type"] == "websocket.receive":
            if (text := event.get("text")) is None:
                await send({"type": "websocket.send", "text": f"461-{waiting}[{HOLDER}]"})
                await send({"type": "websocket.send", "bytes": event["bytes"]})
            elif text.startswith("451-"):
                waiting = text[4:].partition("[")[0]
            else:
                await answer(text, send)
    finally:
        members.discard(send)
        for inside in rooms.values():
            inside.discard(send)


async def answer(text, send):
    """One message of the client: ``40``, or an event called echo, broadcast, room or rooms."""
    if text.startswith('42["broadcast",'):
        await tell(members, text[15:-1])
    elif text.startswith('42["room","'):
        room, _, argument = text[11:-1].partition('",')
        await tell(rooms[room], argument)
    elif '["rooms",' in text:
        number, _, names = text[2:-1].partition('["rooms",')
        for name in json.loads(names):
            rooms.setdefault(name, set()).add(send)
        await send({"type": "websocket.send", "text": f"43{number}[true]"})
    elif text.startswith("42"):
        number, _, argument = text[2:].partition('["echo",')
        await send({"type": "websocket.send", "text": f"43{number}[{argument}"})
    elif text == "40":
        members.add(send)
        await send({"type": "websocket.send", "text": JOINED % secrets.token_urlsafe(15)})


async def tell(whom, argument):
    """The event ``news`` for each of them."""
    event = {"type": "websocket.send", "text": f'42["news",{argument}]'}
    for member in list(whom):
        await member(event)
