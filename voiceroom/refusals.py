"""From the codes of the rules to what a client gets."""

from realtime import ConnectionRefused, EventError
from voiceroom import metrics


def allow(reason):
    """Answer the command with the code, if there is one."""
    if metrics.count(reason):
        raise EventError(str(reason), code=str(reason))


def refuse(reason):
    """Do not let the socket in."""
    raise ConnectionRefused(str(metrics.count(reason)), data={"code": str(reason)})


def number(value):
    """A row's id from the peer."""
    if type(value) is not int or not 0 < value < 2**63:
        raise EventError("an id was expected", code="bad_arguments")
    return value
