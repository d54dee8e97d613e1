"""The server of test_listening.py: middleware, permissions, listeners, targets, dynamic namespaces and acks."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.clients.listening_settings")
django_application = get_asgi_application()

from django.contrib.auth.models import Group  # noqa: E402

from realtime import (  # noqa: E402
    AckTimeout,
    ConnectionRefused,
    Disconnected,
    EngineIO,
    EventError,
    NamespaceConsumer,
    dynamic,
    namespace,
    on,
    on_any,
    on_any_outgoing,
    once,
    user,
)
from realtime.auth import AuthMiddlewareStack  # noqa: E402


def allow(scope):
    """The option ALLOW_REQUEST."""
    return "no strangers" if b"x-stranger" in dict(scope["headers"]) else True


def remember_colour(app):
    """One of the option MIDDLEWARE."""

    async def remembering(scope, receive, send):
        headers = dict(scope["headers"])
        await app({**scope, "colour": headers.get(b"x-colour", b"").decode()}, receive, send)

    return remembering


class Main(NamespaceConsumer):
    async def connect(self, auth):
        self.log = []

    @on("colour")
    async def colour(self):
        return self.scope["request"]["colour"]

    # -- targets ----------------------------------------------------------------------------------------------

    @on("pk")
    async def pk(self):
        return self.user.pk

    @on("tell user")
    async def tell_user(self, pk, text):
        await self.to_user(pk).emit("told", text)

    @on("tell user everywhere")
    async def tell_everywhere(self, pk, text):
        await user(pk).aemit("told", text)

    @on("enter group")
    async def enter_group(self, number):
        await self.join(Group(pk=number))

    @on("tell group")
    async def tell_group(self, number, text):
        await self.server.to(Group(pk=number)).emit("told", text)

    # -- permissions ------------------------------------------------------------------------------------------

    @on("kick", permission="auth.change_user")
    async def kick(self, who):
        return f"kicked {who}"

    @on("ban", permission="auth.change_user")
    def ban(self, who):
        return f"banned {who}"

    # -- acks -------------------------------------------------------------------------------------------------

    @on("ask", concurrent=True)
    async def ask(self, sids, seconds):
        try:
            return {"answers": await self.server.to(sids).call("question", timeout=seconds)}
        except AckTimeout as late:
            return {"answers": late.responses, "missing": late.missing}

    @on("ask me", concurrent=True)
    async def ask_me(self, tag):
        try:
            waiting[tag] = "waiting"
            waiting[tag] = await self.call("question")
        except Disconnected as error:
            waiting[tag] = type(error).__name__

    @on("how it ended")
    async def how_it_ended(self, tag):
        return waiting.get(tag)


waiting = {}


class Listening(NamespaceConsumer):
    async def connect(self, auth):
        self.log = []

    @on_any
    async def note(self, event, *args):
        self.log.append(["in", event, *args])

    @on_any_outgoing
    async def note_outgoing(self, event, *args):
        self.log.append(["out", event, *args])

    @on("echo")
    async def echo(self, *args):
        await self.emit("echo", *args)
        await self.server.to(self.sid).emit("broadcast", *args)

    @once("hello")
    async def hello(self):
        return "welcome"

    @on("*")
    async def again(self, event, *args):
        return f"no {event}"

    @on("log")
    async def give_log(self):
        return self.log

    # -- added and taken away -------------------------------------------------------------------------------------

    @on("count")
    async def count(self, number):
        return number

    @on("change")
    async def change(self, how):
        if how == "grow":
            self.data.update(added=[], heard=[], out=[])
            self.on("count", self.count_too)
            self.on("news", lambda *args: ["news", *args])
            self.once("next", lambda: "once")
            self.on_any(self.hear)
            await self.on_any_outgoing(self.hear_out)
        else:
            self.off("count", self.count_too)
            self.off("news")
            self.off_any(self.hear)
            await self.off_any_outgoing(self.hear_out)
            assert self.listeners_any == [self.note] and self.listeners_any_outgoing == [self.note_outgoing]
        return how

    async def count_too(self, number):
        self.data["added"].append(number + 1)
        return "too late to acknowledge"

    async def hear(self, event, *args):
        self.data["heard"].append(event)

    async def hear_out(self, event, *args):
        self.data["out"].append(event)

    @on("added")
    async def added(self):
        return self.data


async def filter_events(socket, event, args, call_next):
    if event == "shout":
        return await call_next("say", [args[0].upper()])
    if event == "secret":
        raise EventError("not for you", code="secret", data={"why": "because"})
    if event == "swallow":
        return "swallowed"
    return await call_next(event, args)


async def ask_for_token(socket, auth):
    token = (auth or {}).get("token")
    if token != "sesame":
        raise ConnectionRefused("wrong token", data={"token": token})
    socket.data["token"] = token


class Filtered(NamespaceConsumer):
    middleware = [ask_for_token]
    event_middleware = [filter_events]

    @on("say")
    async def say(self, text):
        return text, self.data["token"]


class Staff(Main):
    permission_required = "auth.change_user"


class Team(NamespaceConsumer):
    @on("tell all teams")
    async def tell_all_teams(self, text):
        await namespace(Team).aemit("told", text)


async def is_team(name, auth, handshake):
    return name.startswith("/team-") and (auth or {}).get("token") == "sesame"


application = EngineIO(
    ProtocolTypeRouter(
        {
            "http": django_application,
            "socketio": AuthMiddlewareStack(
                URLRouter(
                    [
                        path("", Main.as_asgi()),
                        path("listening", Listening.as_asgi()),
                        path("filtered", Filtered.as_asgi()),
                        path("staff", Staff.as_asgi()),
                        dynamic(is_team, Team.as_asgi()),
                    ]
                )
            ),
        }
    ),
    allow_request=allow,
    middleware=[remember_colour],
)
