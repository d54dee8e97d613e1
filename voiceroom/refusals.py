"""From the codes of the rules to what a client gets."""

from realtime import ConnectionRefused, EventError


def allow(reason):
    """Answer the command with the code, if there is one."""
    if reason:
        raise EventError(reason, code=reason)


def refuse(reason):
    """Do not let the socket in."""
    raise ConnectionRefused(reason, data={"code": reason})


def number(value):
    """A row's id from the peer."""
    if type(value) is not int or not 0 < value < 2**63:
        raise EventError("an id was expected", code="bad_arguments")
    return value


def flag(value):
    """A true or false from the peer."""
    if not isinstance(value, bool):
        raise EventError("true or false was expected", code="bad_arguments")
    return value
