"""The conversation of one room: who speaks when, so that people take turns and let real people finish."""

import asyncio
import itertools
import random

from voiceroom.bots import voice
from voiceroom.bots.lines import SPOKEN, WELCOMES, WRITTEN, file_of

QUIET = 1.5  # seconds of silence of the real people before anybody goes on
BREATH = (1.0, 3.5)  # seconds between two lines
REST = (8.0, 15.0)  # seconds after a few lines
TYPED = (40.0, 90.0)  # seconds between two typed lines


class Table:
    """The simulated people of one room."""

    def __init__(self, slug):
        self.slug, self.people = slug, []
        self.speaking, self.last_heard = set(), 0.0
        self.welcomed = set()

    @property
    def tabs(self):
        """The tabs of the simulated people."""
        return {person.client.tab for person in self.people}

    @property
    def ids(self):
        return {person.client.id for person in self.people}

    def guests(self):
        """The ids of the real people who are here now."""
        seen = next((person.client.people for person in self.people if person.inside), {})
        return {person["id"] for person in seen.values()} - self.ids

    def heard(self, user, on):
        """A real person began or stopped to speak."""
        (self.speaking.add if on else self.speaking.discard)(user)
        self.last_heard = asyncio.get_running_loop().time()

    async def talk(self):
        """Speaks the lines of the room in turn, for ever."""
        for number, (who, _) in itertools.cycle(enumerate(SPOKEN[self.slug])):
            person = self._person(who)
            if person is None or not person.ready_to_speak:
                await asyncio.sleep(0.2)
                continue
            await self._my_turn()
            await person.say(voice.line(file_of(self.slug, number)))
            await asyncio.sleep(random.uniform(*(REST if number % 4 == 3 else BREATH)))

    def _person(self, login):
        return next((person for person in self.people if person.part.login == login), None)

    async def _my_turn(self):
        clock = asyncio.get_running_loop()
        while True:
            left = QUIET if self.speaking & self.guests() else self.last_heard + QUIET - clock.time()
            if left <= 0:
                return
            await asyncio.sleep(left)

    async def write(self):
        """Types a line now and then, while somebody is there to read it."""
        for who, text in itertools.cycle(WRITTEN[self.slug]):
            await asyncio.sleep(random.uniform(*TYPED))
            person = self._person(who)
            if person and person.inside and self.guests():
                await person.write(text)

    async def welcome(self, newcomer):
        """A word for a real person who came in; once for each."""
        here = [person for person in self.people if person.inside]
        if newcomer["id"] in self.welcomed | self.ids or not here:
            return
        self.welcomed.add(newcomer["id"])
        await asyncio.sleep(random.uniform(1.5, 3.5))
        if newcomer["id"] in self.ids:  # one of us, who was not known yet
            return
        await random.choice(here).write(random.choice(WELCOMES[self.slug]).format(newcomer["name"]))

    async def react(self):
        """Somebody likes what was just said."""
        here = [person for person in self.people if person.inside]
        await asyncio.sleep(random.uniform(0.8, 2.5))
        if here and random.random() < 0.6:
            await random.choice(here).react()
