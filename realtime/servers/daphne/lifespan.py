"""The lifespan protocol, which daphne does not speak: applications hear when the server starts and when it ends."""

import asyncio
import logging
from typing import Any

logger = logging.getLogger("realtime.engine")

PATIENCE = 10.0  # seconds for the end


class Lifespan:
    """One application's. One that knows no lifespan is left alone."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._to: asyncio.Queue[Any] = asyncio.Queue()
        self._from: asyncio.Queue[Any] = asyncio.Queue()
        self._task: Any = None

    async def startup(self) -> None:
        """Raises RuntimeError if the application says that it cannot start."""
        self._task = asyncio.ensure_future(self._run())
        answer = await self._ask("lifespan.startup")
        if answer is not None and answer["type"] == "lifespan.startup.failed":
            raise RuntimeError(f"the application could not start: {answer.get('message', '')}")

    async def shutdown(self) -> None:
        """Waits for the application, not for ever."""
        if self._task is None or self._task.done():
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._ask("lifespan.shutdown")
        except TimeoutError:
            logger.warning("the application did not answer lifespan.shutdown within %g s", PATIENCE)
        self._task.cancel()

    async def _ask(self, kind: str) -> Any:
        self._to.put_nowait({"type": kind})
        answer = asyncio.ensure_future(self._from.get())
        await asyncio.wait((answer, self._task), return_when=asyncio.FIRST_COMPLETED)
        return answer.result() if answer.done() else answer.cancel() and None

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        try:
            await self._application(scope, self._to.get, self._from.put)
        except Exception as error:
            logger.debug("the application knows no lifespan: %r", error)
