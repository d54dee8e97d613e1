"""The graceful stop of a process: SIGTERM is held back from the server until the clients of its engines are gone.

Servers differ in what they do with that signal: daphne cuts every connection, uvicorn closes them all at once, and
both tell the application too late or not at all. So the signal is caught here first, whoever handles it, and handed on
to whoever would have had it. A second one goes through at once.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from typing import Any
from weakref import WeakSet

from ..adapter import close_hubs
from ..logs import because
from ..signals import server_stopping
from .draining import drain

logger = logging.getLogger("realtime.engine")

GOODBYE = 2.0  # seconds to say it to the other processes

_stoppers: dict[Any, Any] = {}  # event loop -> Stopper


def stopper() -> "Stopper":
    """The ``Stopper`` of the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _stoppers:
        for gone in [each for each in _stoppers if each.is_closed()]:
            del _stoppers[gone]
        _stoppers[loop] = Stopper(loop)
    found: Stopper = _stoppers[loop]
    return found


def stopping() -> bool:
    """Whether an engine of this process has begun to stop; to be asked from any thread."""
    return any(engine.stopping for each in list(_stoppers.values()) for engine in list(each.engines))


class Stopper:
    """The engines of one event loop, and their common end."""

    def __init__(self, loop: Any) -> None:
        self.loop = loop
        self.engines: WeakSet[Any] = WeakSet()
        self._signal: Any = None
        self._stop: Any = None

    def add(self, engine: Any) -> None:
        """From now on the engine is stopped with the others; the first one's options say whether SIGTERM is caught.

        To be called at the first session: by then the server has done with signals what it does, whereas uvloop forgets
        ``set_wakeup_fd`` when it is run anew, as granian does between the lifespan and the requests.
        """
        self.engines.add(engine)
        if self._signal is None and engine.options.stop_timeout > 0:
            self._signal = Caught(signal.SIGTERM, self)

    async def stop(self) -> None:
        """Lets every client go. May be called again: there is one end. Raises nothing."""
        if self._stop is None:
            self._stop = self.loop.create_task(self._let_all_go())
        await asyncio.wait((self._stop,))

    def hurry(self) -> None:
        """Whoever waits for the end waits no more."""
        if self._stop is not None:
            self._stop.cancel()

    async def _let_all_go(self) -> None:
        engines = list(self.engines)
        clients = sum(len(engine.clients) for engine in engines)
        logger.info("stopping: no new sessions, %d clients are let go", clients)
        for engine in engines:
            engine.stopping = True
        if server_stopping.receivers:
            for engine in engines:
                await server_stopping.asend_robust(type(engine), clients=len(engine.clients))
        options = [engine.options for engine in engines]
        await asyncio.gather(*(drain(e, o.stop_timeout, o.stop_rate) for e, o in zip(engines, options, strict=True)))
        try:
            async with asyncio.timeout(GOODBYE):
                await asyncio.gather(*(engine.leave() for engine in engines))
                await close_hubs()
        except Exception as error:
            logger.warning("stopping: the other processes could not be told: %s", because(error))
        logger.info("stopping: all clients are gone")


class Caught:
    """A signal that first calls ``stopper.stop()``, and then is raised again for whom it was meant.

    An event loop hears of signals in two ways: by a handler that Python calls, and by a byte in the descriptor of
    ``signal.set_wakeup_fd``. Both are taken over, and given back before the signal is raised again.
    """

    def __init__(self, number: signal.Signals, stopper: Any) -> None:
        self._number, self._stopper, self._loop = number, stopper, stopper.loop
        self._task: Any = None
        self._ours: Any = None
        self._wakeup = -1
        with contextlib.suppress(ValueError):  # this is not the main thread: signals are not ours
            self._catch()

    def _catch(self) -> None:
        before = getattr(signal.getsignal(self._number), "__self__", None)
        if isinstance(before, Caught):  # of a loop that served in this thread before
            before.release()
        self._handler = signal.getsignal(self._number)
        if self._handler in (None, signal.SIG_IGN):
            return
        signal.signal(self._number, self._heard)
        self._wakeup = signal.set_wakeup_fd(-1)
        if self._wakeup != -1 and os.name != "nt":
            self._ours, self._ours_in = socket.socketpair()
            self._ours.setblocking(False)
            self._ours_in.setblocking(False)
            signal.set_wakeup_fd(self._ours_in.fileno(), warn_on_full_buffer=False)
            self._loop.add_reader(self._ours, self._woken)

    def _woken(self) -> None:
        """Bytes of the descriptor; those of other signals go where they would have gone."""
        numbers = self._ours.recv(4096)
        others = bytes(number for number in numbers if number != self._number)
        if others:
            os.write(self._wakeup, others)

    def _heard(self, number: int, frame: Any) -> None:
        """The signal's handler, between any two bytecodes of the main thread."""
        if self._loop.is_running():
            self._loop.call_soon_threadsafe(self._begin)
        else:
            self._hand_on()

    def _begin(self) -> None:
        if self._task is not None:
            logger.warning("stopping: told a second time, %s is handed on at once", signal.strsignal(self._number))
            self._stopper.hurry()
            return
        self._task = self._loop.create_task(self._run())

    async def _run(self) -> None:
        await self._stopper.stop()
        self._hand_on()

    def _hand_on(self) -> None:
        if self.release():
            signal.raise_signal(self._number)

    def release(self) -> bool:
        """Gives the signal back. False if it was given back before."""
        if signal.getsignal(self._number) != self._heard:
            return False
        signal.signal(self._number, self._handler)
        if self._ours is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.remove_reader(self._ours)
            with contextlib.suppress(ValueError, OSError):  # ... and what it was woken by
                signal.set_wakeup_fd(self._wakeup)
            self._ours.close()
            self._ours_in.close()
        return True
