"""Refusals that are a matter of number, size or time."""


class Over(str):
    """The code of a refusal that knows its limit: the name of a setting of ``VOICEROOM``, to be counted by."""

    __slots__ = ("limit",)


def over(code, limit):
    """``return over("too_fast", "BURST") if ... else None``"""
    refusal = Over(code)
    refusal.limit = limit
    return refusal
