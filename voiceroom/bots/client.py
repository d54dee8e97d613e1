"""One person's connection: the login form, the room's namespace, and what the server said about the room."""

import functools
import html
import re
import ssl

import aiohttp
import socketio
from socketio.exceptions import ConnectionError as Refused
from socketio.exceptions import SocketIOError

PATIENCE = 20  # seconds for an answer


class Client:
    """Logs in as ``part``, goes into its room, and keeps the room's state. ``events`` has a method for each event.

    ``authority`` is the file of the certificate to believe, for a server that signed its own.
    """

    def __init__(self, url, part, password, authority=None):
        self.url, self.part, self.password = url.rstrip("/"), part, password
        self.namespace = f"/rooms/{part.room}"
        self.tls = ssl.create_default_context(cafile=authority) if authority else True
        self.socket = self.session = None
        self.seats, self.hands, self.people, self.room, self.reactions = {}, [], {}, {}, []
        self.tab = self.id = self.revision = None
        self.role = "member"

    async def open(self, events):
        """Logs in and connects; ``ConnectionError`` or ``aiohttp.ClientError`` when that does not work."""
        if self.session is None:
            # unsafe: aiohttp keeps no cookies of hosts that are bare addresses, and the demo's is one.
            jar, connector = aiohttp.CookieJar(unsafe=True), aiohttp.TCPConnector(ssl=self.tls)
            self.session = aiohttp.ClientSession(connector=connector, cookie_jar=jar)
            await self._log_in()
        self.socket = socketio.AsyncClient(http_session=self.session, handle_sigint=False, reconnection=False)
        self.socket.on("*", events, namespace=self.namespace)  # all but these two
        self.socket.on("connect", functools.partial(events, "connect"), namespace=self.namespace)
        self.socket.on("disconnect", functools.partial(events, "disconnect"), namespace=self.namespace)
        wanted = {"namespaces": [self.namespace], "transports": ["websocket"], "wait_timeout": PATIENCE}
        await self.socket.connect(self.url, headers=self._origin, **wanted)

    async def leave(self):
        """Ends the connection; the login stays."""
        if self.socket:
            await self.socket.disconnect()

    async def forget(self):
        """Ends the connection and forgets the login."""
        session, self.session = self.session, None
        await self.leave()
        if session:
            await session.close()

    @property
    def _origin(self):
        return {"Origin": self.url}

    async def _log_in(self):
        address = f"{self.url}/login/"
        async with self.session.get(address) as page:
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', await page.text())
        form = {
            "username": self.part.login,
            "password": self.password,
            "csrfmiddlewaretoken": html.unescape(token[1]),
        }
        headers = {**self._origin, "Referer": address}
        async with self.session.post(address, data=form, headers=headers, allow_redirects=False) as answer:
            if answer.status != 302:
                raise ConnectionError(f"{self.part.login} cannot log in")

    async def ask(self, event, *args):
        """The acknowledgement of a command: ``{"ok": True, ...}`` or ``{"error": {"code": ...}}``. Never raises."""
        try:
            answer = await self.socket.call(event, args, namespace=self.namespace, timeout=PATIENCE)
        except (SocketIOError, Refused):
            answer = None
        return answer if isinstance(answer, dict) else {"error": {"code": "timeout"}}

    async def tell(self, event, *args):
        """Sends a word that needs no answer."""
        try:
            await self.socket.emit(event, args, namespace=self.namespace)
        except SocketIOError:
            pass  # gone for the moment

    # -- the room ---------------------------------------------------------------------------------------------

    async def enter(self):
        """Goes in, or in again; the answer of the server."""
        state = await self.ask("room:join", {"tab": self.tab} if self.tab else {})
        if state.get("ok"):
            self.take_over(state)
        return state

    def take_over(self, state):
        """The whole state, from room:join or room:sync."""
        if you := state.get("you"):
            self.id, self.role = you["id"], you["role"]
        self.tab = state.get("media", {}).get("tab") or self.tab
        self.revision, self.room = state.get("revision"), state.get("room", {})
        self.seats = {seat["index"]: seat for seat in state.get("seats", [])}
        self.hands, self.reactions = state.get("hands", []), state.get("reactions", self.reactions)
        if "tabs" in state:
            self.people = {tab["id"]: tab["person"] for tab in state["tabs"]}

    async def changed(self, news):
        """A part of the state changed; a gap in the revisions means that something was missed."""
        if self.revision is None or news["revision"] <= self.revision:
            return
        if news["revision"] > self.revision + 1:
            return await self._catch_up()
        self.revision = news["revision"]
        self.room |= news.get("room") or {}
        self.seats |= {seat["index"]: seat for seat in news.get("seats") or []}
        self.hands = news.get("hands", self.hands)
        for person in news.get("people") or []:
            self.role = person["role"] if person["id"] == self.id else self.role

    async def _catch_up(self):
        state = await self.ask("room:sync")
        if state.get("ok"):
            self.take_over(state)

    @property
    def seat(self):
        """The seat this person sits on, or None."""
        return next((seat for seat in self.seats.values() if (seat["person"] or {}).get("id") == self.id), None)

    @property
    def may_speak(self):
        return bool(self.seat) and not self.seat["muted"]
