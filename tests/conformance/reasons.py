"""Why sessions ended, by the name that each gave itself, for tests to ask."""

import asyncio
import collections


class Reasons:
    def __init__(self):
        self.futures = collections.defaultdict(lambda: asyncio.get_running_loop().create_future())

    def tell(self, name, reason):
        if name and not self.futures[name].done():
            self.futures[name].set_result(reason)

    async def of(self, name):
        """The reason, once there is one; "still open" after four seconds."""
        try:
            return await asyncio.wait_for(asyncio.shield(self.futures[name]), 4)
        except TimeoutError:
            return "still open"


REASONS = Reasons()
