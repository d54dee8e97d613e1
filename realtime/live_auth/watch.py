"""Who is connected to this event loop, and a look now and then whether they still are who they were."""

import asyncio
import contextlib
import logging
import weakref
from collections.abc import Collection, Iterable, Iterator
from contextvars import Context
from typing import Any

from realtime.live_auth.standing import digest, exists, fingerprint, primary_key, sessions, users
from realtime.logs import NOBODY
from realtime.metrics import count
from realtime.threads import off_loop
from realtime.types import Send

logger = logging.getLogger("realtime.security")

BATCH = 500  # logins in one query; databases bound the values of one
ROUND = 0.1  # seconds between looks at a suspect
ROUNDS = 7  # looks where the deed itself is still to come: Django tells of a log-out before it deletes the session
GRACE = 0.5  # seconds for the answer with the new cookie to reach the browser
ROTATED_FOR = 10.0  # seconds in which a client may come with the cookie of before a log-in
RECHECK = 60.0
Name = str | tuple[str]  # the digest of a session, or a user's primary key
_closing: set[asyncio.Task[None]] = set()  # the event loop holds tasks weakly
_watches: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Watch]" = weakref.WeakKeyDictionary()


class Login:
    """Who one client is. ``sends`` are those of its namespaces' applications, by which it can be closed."""

    __slots__ = ("__weakref__", "alive", "digest", "key", "pk", "print", "sends", "told")

    def __init__(self, cookie: str | None, session: Any, user: Any) -> None:
        self.key = cookie
        self.digest = digest(cookie) if cookie else None
        self.alive = bool(cookie) and exists(session)
        self.pk = primary_key(user, session)
        self.print = fingerprint(user) if self.pk and user.is_authenticated else None
        self.sends: list[Send] = []
        self.told = False

    def names(self) -> list[Name]:
        """What it is found by: the digest of its session, its user in a tuple."""
        return [*([self.digest] if self.digest else ()), *([(self.pk,)] if self.pk else ())]

    def stands(self, keys: Collection[str], prints: dict[str, tuple[Any, ...]]) -> bool:
        """Whether nothing has changed, given the sessions and users that exist."""
        if self.alive and self.key not in keys:
            return False
        if self.print is None:
            return not (self.pk in prints and prints[self.pk][1])
        return prints.get(self.pk or "") == self.print

    async def close(self, how: str) -> None:
        """Ends the connection: with DISCONNECT packets if ``how`` is "disconnect", else as if it had broken."""
        if self.told or not self.sends:
            return
        self.told = True
        count("auth_lost")
        logger.info("client closed: its session or user has changed", extra={**NOBODY, "user": self.pk})
        await self.sends[-1]({"type": "socketio.close", "client": True, "silent": how != "disconnect"})


class Watch:
    """The logins of one event loop."""

    def __init__(self) -> None:
        self.logins: set[Login] = set()
        self._known: dict[Name, set[Login]] = {}  # digest of a session, or primary key in a tuple -> {login}
        self.every, self.how = RECHECK, "reconnect"
        self._rotated: dict[str | None, float] = {}  # digest -> until when
        self._suspects: dict[Login, int] = {}  # looks to come
        self._looking: asyncio.Task[None] | None = None
        self._patrol: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def over(self, login: Login, send: Send, limits: dict[str, Any]) -> Iterator[None]:
        """Watches a login as long as one of its namespaces is there."""
        self.every, self.how = limits.get("auth_recheck", RECHECK), limits.get("auth_lost", "reconnect")
        login.sends.append(send)
        if login not in self.logins:
            self._begin(login)
        try:
            yield
        finally:
            login.sends.remove(send)
            if not login.sends:
                self._end(login)

    def _begin(self, login: Login) -> None:
        loop = asyncio.get_running_loop()
        self.logins.add(login)
        for name in login.names():
            self._known.setdefault(name, set()).add(login)
        if self._rotated.get(login.digest, 0) > loop.time():
            if login.alive:
                self._suspect([login], ROUNDS)
            else:
                self._close_later(login)
        if self.every and self._patrol is None:
            self._patrol = loop.create_task(self._go_round(), context=Context())

    def _end(self, login: Login) -> None:
        self.logins.discard(login)
        self._suspects.pop(login, None)
        for name in login.names():
            self._known[name].discard(login)
            if not self._known[name]:
                del self._known[name]

    def _who(self, names: Iterable[Name]) -> list[Login]:
        return [login for name in names for login in self._known.get(name, ())]

    # -- suspects -------------------------------------------------------------------------------------------

    def look_at(
        self, keys: Iterable[str] = (), rotated: Iterable[str] = (), pks: Iterable[str] = (), gone: Iterable[str] = ()
    ) -> None:
        """Something has happened to these sessions (digests) or users (primary keys as text).

        ``keys`` are about to go, those ``rotated`` have become others, ``pks`` have changed, and all of the users
        ``gone`` are closed without a look.
        """
        now = asyncio.get_running_loop().time()
        while self._rotated and next(iter(self._rotated.values())) <= now:  # the oldest are in front
            del self._rotated[next(iter(self._rotated))]
        self._rotated |= dict.fromkeys(rotated, now + ROTATED_FOR)
        self._suspect(self._who([*keys, *rotated]), ROUNDS)
        self._suspect(self._who((pk,) for pk in pks), 1)
        for login in self._who((pk,) for pk in gone):
            self._close_later(login)

    def _close_later(self, login: Login) -> None:
        def close() -> None:
            task = asyncio.get_running_loop().create_task(login.close(self.how))
            _closing.add(task)
            task.add_done_callback(_closing.discard)

        asyncio.get_running_loop().call_later(GRACE, close)

    def _suspect(self, logins: Iterable[Login], rounds: int) -> None:
        for login in logins:
            self._suspects[login] = max(rounds, self._suspects.get(login, 0))
        if self._suspects and self._looking is None:
            self._looking = asyncio.get_running_loop().create_task(self._look(), context=Context())

    async def _look(self) -> None:
        try:
            while self._suspects:
                await asyncio.sleep(ROUND)
                batch = list(self._suspects)
                self._suspects = {login: left - 1 for login, left in self._suspects.items() if left > 1}
                await self.check(batch)
        finally:
            self._looking = None

    # -- all ------------------------------------------------------------------------------------------------

    async def _go_round(self) -> None:
        """Looks at everybody every ``AUTH_RECHECK`` seconds, as long as somebody is there."""
        try:
            while self.logins and self.every:
                await asyncio.sleep(self.every)
                await self.check([login for login in self.logins if login.alive or login.print])
        finally:
            self._patrol = None

    async def check(self, logins: list[Login]) -> None:
        """Closes those of the logins that no longer stand. A store that cannot be asked closes nobody."""
        for start in range(0, len(logins), BATCH):
            batch = logins[start : start + BATCH]
            keys = {login.key for login in batch if login.alive}
            pks = {login.pk for login in batch if login.pk is not None}
            try:
                found = await off_loop(_ask)(keys, pks)
            except Exception:
                logger.exception("could not look whether the users of sockets are still logged in")
                continue
            for login in batch:
                if not login.stands(*found):
                    await login.close(self.how)


def _ask(keys: Collection[str], pks: Collection[str]) -> tuple[set[str], dict[str, tuple[Any, ...]]]:
    return sessions(keys), users(pks)


def watch() -> Watch:
    """The watch of the running loop."""
    loop = asyncio.get_running_loop()
    found = _watches.get(loop)
    if found is None:
        found = _watches[loop] = Watch()
    return found
