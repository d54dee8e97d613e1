"""What a test has emitted: ``realtime.testing.outbox``, as ``django.core.mail.outbox`` is for mail."""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core import mail


class Emitted(NamedTuple):
    """One ``namespace(...).emit(...)``. ``args`` are as a client would get them."""

    namespace: str
    rooms: tuple
    event: str
    args: list
    excepted: tuple = ()
    flags: Any = None


class Outbox(Sequence):
    """The emits of the test that runs now, oldest first. Empties itself when another test begins."""

    def __init__(self):
        self._entries, self._test = [], None

    def _now(self):
        test = _current_test()
        if self._test is None or test[0] is not self._test[0] or test[1] != self._test[1]:
            self._entries, self._test = [], test
        return self._entries

    def append(self, entry):
        self._now().append(entry)

    def clear(self):
        self._now().clear()

    def __getitem__(self, index):
        return self._now()[index]

    def __len__(self):
        return len(self._now())

    def __eq__(self, other):
        return self._now() == (other._now() if isinstance(other, Outbox) else other)

    __hash__ = None

    def __repr__(self):
        return repr(self._now())


def _current_test():
    # Django makes another mail.outbox for each test case, pytest names the test (and its phase) in the environment.
    return getattr(mail, "outbox", None), os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]


outbox = Outbox()
