"""People without a page: Socket.IO clients with the session of a user."""

import asyncio
import functools
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, build_opener

import aiohttp
import socketio
from socketio.exceptions import ConnectionError as Refused


def log_in(site, name):
    """A session of this user's, made as the login page makes it."""
    opener = build_opener(HTTPCookieProcessor(jar := CookieJar()), Stay())
    opener.open(f"{site.url}/login/").read()
    cookies = {cookie.name: cookie.value for cookie in jar}
    form = {"username": name, "password": f"{name}-demo", "csrfmiddlewaretoken": cookies["csrftoken"]}
    opener.open(f"{site.url}/login/", urlencode(form).encode()).read()
    return next(cookie.value for cookie in jar if cookie.name == "sessionid")


class Stay(HTTPRedirectHandler):
    """The lobby need not be drawn."""

    def redirect_request(self, *_):
        return None

    def http_error_302(self, request, answer, *_):
        return answer


class Visitor:
    """One tab of a user: its socket in a room, and what came over it. A context manager of its connection."""

    def __init__(self, site, name, room, *, session=None, transports=("polling", "websocket")):
        self.site, self.room, self.transports = site, f"/rooms/{room}", list(transports)
        self.name, self.session, self.heard = name, session, []
        self.codes, self.gone = [], asyncio.Event()

    def another(self, **options):
        """Another tab of the same browser."""
        return Visitor(self.site, self.name, self.room.removeprefix("/rooms/"), session=self.session, **options)

    @functools.cached_property
    def user(self):
        """The user's id."""
        return int(self.site.shell(f"print(User.objects.get(username={self.name!r}).pk)"))

    async def _hear(self, event, *args):
        self.heard.append((event, *args))

    async def connect(self):
        self.session = self.session or await asyncio.to_thread(log_in, self.site, self.name)
        self.web = aiohttp.ClientSession(headers={"Cookie": f"sessionid={self.session}"})  # in each request
        self.client = socketio.AsyncClient(reconnection=False, http_session=self.web)
        self.client.on("*", self._hear, namespace=self.room)
        self.client.on("disconnect", lambda *_: self.gone.set(), namespace=self.room)
        self.client.on("connect_error", lambda error: self.codes.append(error["data"]["code"]), namespace=self.room)
        where = {"transports": self.transports, "namespaces": [self.room]}
        await self.client.connect(self.site.url, wait_timeout=30, **where)

    async def disconnect(self):
        await self.client.disconnect()
        await self.web.close()

    async def refusal(self):
        """Try to come in. Answers the code with which that ended, wherever it ended, or ``None``."""
        try:
            await self.connect()
            answer = await self.run("room:join")
            self.codes.append(answer.get("error", {}).get("code"))
        except Refused:
            pass
        finally:
            await self.disconnect()
        return self.codes[0]

    async def run(self, command, *args):
        """A command; answers its acknowledgement, and what was sent to this socket before has been heard by then."""
        return await self.client.call(command, args, namespace=self.room, timeout=30)

    async def code(self, command, *args):
        """The code with which a command is refused, or ``None``."""
        return (await self.run(command, *args)).get("error", {}).get("code")

    def events(self, name):
        """The arguments of each event of this name that came."""
        return [args for event, *args in self.heard if event == name]

    async def __aenter__(self):
        await self.connect()
        return self

    async def __aexit__(self, *_):
        await self.disconnect()
