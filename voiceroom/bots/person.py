"""One simulated person: comes in, sits down, and does what a polite guest does."""

import asyncio
import logging
import random
import secrets

import aiohttp

from voiceroom.bots.client import Refused
from voiceroom.bots.mesh import Frames, Mesh
from voiceroom.bots.voice import SILENCE, SILENCE_EVERY, Voice

logger = logging.getLogger(__name__)
SOON = 2.0  # seconds before a lost connection is made again
LATER = 60.0  # seconds before somebody who was not let in, or was sent from a seat, tries again
RETRY = 15.0  # seconds between two tries to get a seat
SHY = 8.0  # seconds a shy person listens before it raises its hand
MIND = (4.0, 8.0)  # seconds a host takes to look at a raised hand


def now():
    """Seconds on the loop's clock."""
    return asyncio.get_running_loop().time()


class Person:
    """``shy`` people raise a hand and wait; the others take a seat at once where they may."""

    def __init__(self, client, table, shy=False):
        self.client, self.part, self.table, self.shy = client, client.part, table, shy
        self.voice = Voice()
        self.mesh = Mesh(self.voice, self._signal)
        self.frames = Frames(self.voice, lambda frame: self.client.tell("media:frame", frame))
        self.in_mesh = self.inside = self.seated = self.publishes = self.speaks = False
        self.next_try = now() + (SHY if shy else 0)
        self.tasks = set()

    async def live(self):
        """For ever. A lost connection comes back soon; whoever is not let in tries again later."""
        while True:
            wait = SOON
            try:
                await self.client.open(self.event)
                await self._stay()
            except (Refused, ConnectionError, aiohttp.ClientError, TimeoutError) as error:
                logger.info("%s is not let in: %s", self.part.login, error)
                await self.client.forget()
                wait = LATER
            finally:
                self.inside = self.publishes = False
                await self.mesh.close()
                await self.client.leave()
            await asyncio.sleep(wait)

    async def _stay(self):
        """Until the connection ends. Silence is sent, too: it keeps the way open."""
        while self.client.socket.connected:
            if self.inside:
                await self._care_for_the_seat(now())
            if not self.speaks:
                self.voice.send(SILENCE, now())
            await asyncio.sleep(SILENCE_EVERY)

    # -- the seat ---------------------------------------------------------------------------------------------

    async def _care_for_the_seat(self, time):
        seated = self.client.seat is not None
        if self.seated and not seated:  # a host took it away: be polite
            self.publishes, self.next_try = False, time + LATER
        self.seated = seated
        if seated and not self.publishes:
            await self._publish()
        elif not seated and time >= self.next_try:
            self.next_try = time + RETRY
            await self._sit_down()

    async def _sit_down(self):
        """Takes a seat; the shy, and who has to, raise a hand first. Nobody looked at it: then the shy just sit."""
        apply = self.client.room.get("seat_mode") == "apply" and self.client.role == "member"
        if self.shy or apply:
            self.shy = False
            await self.client.ask("hand:raise")
        else:
            await self.client.ask("seat:take", None)

    async def _publish(self):
        answer = await self.client.ask("media:publish")
        if answer.get("ok"):
            self.publishes = True
            self._call(answer["media"])
            await self.client.ask("mic:state", "on")

    def _call(self, media):
        """Whoever comes to the mesh calls those who are there; out of it, people are heard by frames."""
        self.in_mesh = media["in_mesh"]
        self.frames.wanted(self.in_mesh, media.get("frames_wanted"))
        for tab in media["peers"] if self.in_mesh else ():
            if tab not in self.mesh.peers and tab not in self.table.tabs:
                self.soon(self.mesh.offer(tab))

    # -- what it does -----------------------------------------------------------------------------------------

    @property
    def ready_to_speak(self):
        return self.inside and self.publishes and self.client.may_speak

    async def say(self, packets):
        """Speaks one line; falls silent when it is muted or loses its seat."""
        self.speaks = True
        await self.client.tell("media:speaking", True)
        try:
            await self.voice.speak(packets, lambda: self.ready_to_speak)
        finally:
            self.speaks = False
            await self.client.tell("media:speaking", False)

    async def write(self, text):
        await self.client.tell("chat:typing", True)
        await asyncio.sleep(min(4.0, 0.06 * len(text)))
        await self.client.ask("chat:send", text, secrets.token_urlsafe(12))

    async def react(self):
        if self.client.reactions:
            await self.client.ask("reaction", random.choice(self.client.reactions))

    # -- what it hears ----------------------------------------------------------------------------------------

    async def event(self, name, *args):
        """An event of the room. What a person has to think about is done aside."""
        if handler := EVENTS.get(name):
            self.soon(handler(self, *args))

    def soon(self, deed):
        task = asyncio.ensure_future(deed)
        self.tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task):
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.warning("%s: %r", self.part.login, error)

    async def _connected(self):
        state = await self.client.enter()
        self.inside = bool(state.get("ok"))
        self.publishes = False
        if self.inside:
            self._call(state["media"])
            for person in list(self.client.people.values()):
                self.soon(self.table.welcome(person))
        else:
            logger.info("%s stays outside: %s", self.part.login, state)

    async def _gone(self, *_):
        self.inside = False

    async def _changed(self, news):
        hands = {hand["person"]["id"] for hand in self.client.hands}
        await self.client.changed(news)
        if self.client.role in ("owner", "host", "moderator"):
            for hand in self.client.hands:
                if hand["person"]["id"] not in hands:
                    await self._look_at(hand)

    async def _look_at(self, hand):
        await asyncio.sleep(random.uniform(*MIND))
        if any(other["person"]["id"] == hand["person"]["id"] for other in self.client.hands):
            await self.client.ask("hand:accept", hand["person"]["id"])

    async def _entered(self, tab):
        self.client.people[tab["id"]] = tab["person"]
        await self.table.welcome(tab["person"])

    async def _left(self, tab):
        self.client.people.pop(tab["id"], None)
        await self.mesh.leave(tab["id"])

    async def _message(self, message):
        if self is self.table.people[0] and message["author"]["id"] not in self.table.ids:
            await self.table.react()

    async def _speaking(self, news):
        if news["user"] not in self.table.ids:
            self.table.heard(news["user"], news["on"])

    async def _signalled(self, news):
        if news["from"] not in self.table.tabs:
            await self.mesh.hear(news["from"], news["message"])

    async def _wanted(self, news):
        self.frames.wanted(self.in_mesh, news["frames"])

    async def _mesh_changed(self, news):
        self.in_mesh = self.client.tab in news["peers"]
        self.frames.wanted(self.in_mesh)
        for tab in self.mesh.peers.keys() - (set(news["peers"]) if self.in_mesh else set()):
            await self.mesh.leave(tab)

    async def _invited(self, news):
        await asyncio.sleep(1)
        await self.client.ask("seat:invite_reply", news["id"], True)

    async def _unmute_asked(self, news):
        await asyncio.sleep(1)
        await self.client.ask("seat:unmute")

    async def _signal(self, tab, message):
        await self.client.ask("media:signal", tab, message)


EVENTS = {  # names from the server are data: they index this table
    "connect": Person._connected,
    "disconnect": Person._gone,
    "room:changed": Person._changed,
    "room:entered": Person._entered,
    "room:left": Person._left,
    "chat:message": Person._message,
    "media:speaking": Person._speaking,
    "media:signal": Person._signalled,
    "media:wanted": Person._wanted,
    "media:peers": Person._mesh_changed,
    "seat:invited": Person._invited,
    "seat:unmute_asked": Person._unmute_asked,
}
