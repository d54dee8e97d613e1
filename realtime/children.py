"""Deeds for a consumer class: in each process for the namespaces that lead to it there.

Which children a dynamic namespace has is known only where clients have joined them. So the deed itself travels, to
every hub, and each does it for its own members alone: nobody hears twice. It travels as a ``server_side_event`` of a
sender that no namespace can have.
"""

import asyncio

from realtime import publish
from realtime.adapter import event_packet, hubs
from realtime.operators import Operator
from realtime.parsers import project_parser
from realtime.routes import namespaces_of, path_of
from realtime.signals import server_side_event

SENDER = "realtime.children"  # names of namespaces begin with a slash
DEEDS = frozenset(["emit", "sockets_join", "sockets_leave", "disconnect_sockets"])


def encode(consumer, target, deed, args):
    """The deed as frames."""
    flags = {"volatile": bool(target._flags.get("volatile"))}
    said = [path_of(consumer), deed, list(target._rooms), list(target._excepted), flags, list(args)]
    return project_parser().encode(event_packet("/", ["children", *said]))


async def here(hub, path, target, deed, args):
    """Does it for the members of one hub."""
    for name in namespaces_of(path):
        alone = Operator(hub, name, target._rooms, target._excepted, {**target._flags, "local": True})
        await getattr(alone, deed)(*args)


async def obey(sender, event, args, **kwargs):
    """What another process asked for. The paths and deeds in it are looked up, never imported or called by name."""
    if sender != SENDER:
        return
    path, deed, rooms, excepted, flags, args = publish.decode([event, *args])[1:]
    if deed not in DEEDS:
        return
    loop = asyncio.get_running_loop()
    hub = next((hub for hub in hubs() if hub.loop is loop), None)
    if hub is not None:
        await here(hub, path, Operator(hub, None, tuple(rooms), tuple(excepted), flags), deed, args)


server_side_event.connect(obey, dispatch_uid="realtime.children")
