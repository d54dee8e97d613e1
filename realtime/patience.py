"""A limit of time that is fair to a loop which was busy: what has arrived meanwhile is looked at first."""

import asyncio
from types import TracebackType

GRACE = 0.1  # seconds in which a loop that was blocked may still read what came in time


class patience:  # noqa: N801 - reads as what it is for: with patience(0.8)
    """Raises ``TimeoutError`` if the body takes longer. A loop that stood still for as long is no reason yet.

    As ``asyncio.timeout``, for a fourth of the processor time: nothing in it waits, so it is a plain ``with``.
    """

    __slots__ = ("_cancelling", "_late", "_seconds", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        self._seconds, self._late = seconds, False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("patience() belongs inside a task")
        self._task, self._cancelling = task, task.cancelling()
        self._timer = task.get_loop().call_later(self._seconds, self._look)

    def _look(self) -> None:
        self._timer = self._task.get_loop().call_later(GRACE, self._end)

    def _end(self) -> None:
        self._late = True
        self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._late and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error  # nobody else has cancelled it
