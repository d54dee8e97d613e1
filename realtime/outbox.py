"""What a test has emitted: ``realtime.testing.outbox``, as ``django.core.mail.outbox`` is for mail."""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple, overload

from django.core import mail

from realtime.targets import room_names


class Emitted(NamedTuple):
    """One ``namespace(...).emit(...)``. ``args`` are as a client would get them."""

    namespace: str
    rooms: tuple[str, ...]
    event: str
    args: list[Any]
    excepted: tuple[str, ...] = ()
    flags: Any = None


class Outbox(Sequence[Emitted]):
    """The emits of the test that runs now, oldest first. Empties itself when another test begins."""

    def __init__(self) -> None:
        self._entries: list[Emitted] = []
        self._test: tuple[Any, str] | None = None

    def _now(self) -> list[Emitted]:
        test = _current_test()
        if self._test is None or test[0] is not self._test[0] or test[1] != self._test[1]:
            self._entries, self._test = [], test
        return self._entries

    def append(self, entry: Emitted) -> None:
        self._now().append(entry)

    def clear(self) -> None:
        self._now().clear()

    def assert_emitted(self, event: str, *args: Any, namespace: str | None = None, to: Any = None) -> Emitted:
        """The first emit of this event: with these arguments, if any are given, in that namespace, and to that room
        (a name, a model instance) or to all of a list of rooms. Raises ``AssertionError`` that shows what there is.
        """
        for entry in self._now():
            if _matches(entry, event, args, namespace, to):
                return entry
        raise AssertionError(f"no emit of {(event, *args)!r} in namespace={namespace!r} to={to!r} among {self!r}")

    def assert_not_emitted(self, event: str, *args: Any, namespace: str | None = None, to: Any = None) -> None:
        """Raises ``AssertionError`` if there is one that ``assert_emitted`` would find."""
        found = [entry for entry in self._now() if _matches(entry, event, args, namespace, to)]
        if found:
            raise AssertionError(f"emitted: {found!r}")

    @overload
    def __getitem__(self, index: int) -> Emitted: ...

    @overload
    def __getitem__(self, index: slice) -> list[Emitted]: ...

    def __getitem__(self, index: int | slice) -> Emitted | list[Emitted]:
        return self._now()[index]

    def __len__(self) -> int:
        return len(self._now())

    def __eq__(self, other: object) -> bool:
        return self._now() == (other._now() if isinstance(other, Outbox) else other)

    def __repr__(self) -> str:
        return repr(self._now())


def _matches(entry: Emitted, event: str, args: tuple[Any, ...], namespace: str | None, to: Any) -> bool:
    return (
        entry.event == event
        and (not args or entry.args == list(args))
        and (namespace is None or entry.namespace == namespace)
        and (to is None or set(room_names([to])) == set(entry.rooms))
    )


def _current_test() -> tuple[Any, str]:
    # Django makes another mail.outbox for each test case, pytest names the test (and its phase) in the environment.
    return getattr(mail, "outbox", None), os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]


outbox = Outbox()
