"""What the client tests need of a server. The event names are theirs; most handlers are one line."""

import asyncio
from datetime import UTC, datetime

from django.contrib.auth import get_user_model
from django.core.cache import cache

from realtime import AckTimeout, ConnectionRefused, EventError, NamespaceConsumer, on


class Main(NamespaceConsumer):
    """Everything that a socket can do, for its client to ask for."""

    async def connect(self, auth):
        self.collected = []
        self.auth = auth
        for i in range(int(self.handshake.query.get("greetings", 0))):
            await self.emit("greeting", i)

    async def disconnect(self, reason):
        if "tag" in self.handshake.query:
            await cache.aadd(f"departure-{self.handshake.query['tag']}", reason)  # why its first socket went

    # -- who and where ----------------------------------------------------------------------------------------

    @on("handshake")
    async def on_handshake(self):
        of = self.handshake
        plain = {name: getattr(of, name) for name in ("auth", "address", "secure", "xdomain", "url", "transport")}
        return plain | {"headers": dict(of.headers), "query": of.query.dict()}

    @on("sid")
    async def on_sid(self):
        return self.sid

    @on("auth")
    async def on_auth(self):
        return self.auth

    @on("where")
    async def on_where(self):
        return str(self.namespace)

    @on("captured")
    async def on_captured(self):
        return self.scope["url_route"]["kwargs"]

    @on("whoami")
    async def on_whoami(self):
        return self.user.username, self.session.session_key

    # -- events and acks --------------------------------------------------------------------------------------

    @on("echo")
    async def on_echo(self, *args):
        await self.emit("echo", *args)

    @on("message")
    async def on_message(self, *args):
        await self.emit("message", *args)

    @on("ack")
    async def on_ack(self, *args):
        return args

    @on("call")
    async def on_call(self, event, *args):
        try:
            return list(await self.call(event, *args, timeout=5))
        except AckTimeout:
            return "AckTimeout"

    @on("never", concurrent=True)
    async def on_never(self):
        await asyncio.sleep(2)

    @on("full")
    async def on_full(self):
        raise EventError("the room is full", code="full", data={"limit": 2})

    @on("crash")
    async def on_crash(self):
        raise RuntimeError("between us")

    @on("users")
    def on_users(self):
        return list(get_user_model().objects.values_list("username", flat=True))

    @on("types")
    async def on_types(self, *args):
        return [type(arg).__name__ for arg in args]

    @on("new year")
    async def on_new_year(self):
        return datetime(2026, 1, 1, tzinfo=UTC)

    @on("code points")
    async def on_code_points(self, text):
        return [ord(character) for character in text]

    @on("text")
    async def on_text(self, points):
        return "".join(map(chr, points))

    @on("fête 🎉")
    async def on_party(self, guests):
        return "party", guests

    @on("__class__")
    async def on_class(self, value):
        return "only a name", value

    # -- rooms ------------------------------------------------------------------------------------------------

    @on("join")
    async def on_join(self, room):
        await self.join(room)

    @on("leave")
    async def on_leave(self, room):
        await self.leave(room)

    @on("to")
    async def on_to(self, rooms, event, *args):
        await self.to(*rooms).emit(event, *args)

    @on("everyone in")
    async def on_everyone_in(self, rooms, event, *args):
        await self.server.to(*rooms).emit(event, *args)

    @on("except")
    async def on_except(self, rooms, event, *args):
        await self.except_(*rooms).emit(event, *args)

    @on("broadcast")
    async def on_broadcast(self, event, *args):
        await self.broadcast.emit(event, *args)

    @on("volatile")
    async def on_volatile(self, event, *args):
        await self.volatile.emit(event, *args)

    @on("volatile burst")
    async def on_volatile_burst(self, event, count):
        for i in range(count):
            await self.volatile.emit(event, i)

    # -- many, and the end ------------------------------------------------------------------------------------

    @on("collect")
    async def on_collect(self, item):
        self.collected.append(item)

    @on("collected")
    async def on_collected(self):
        return self.collected

    @on("count")
    async def on_count(self, count):
        for i in range(count):
            await self.emit("number", i)

    @on("close")
    async def on_close(self):
        await self.close()

    @on("close everything")
    async def on_close_everything(self):
        await self.close(client=True)


class Chat(Main):
    """Takes every event."""

    @on("*")
    async def on_any(self, event, *args):
        return event, *args


class Secure(Main):
    """Lets nobody in without the token."""

    async def connect(self, auth):
        match (auth or {}).get("token"):
            case None:
                raise ConnectionRefused("no token")
            case "sesame":
                await super().connect(auth)
            case _:
                raise ConnectionRefused("not you", data={"code": 401, "hints": ["sesame"]})
