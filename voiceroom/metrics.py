"""What was refused, by the limit that it was over. Only ever goes up, for the life of the process."""

import collections

from realtime import BroadcastError, ClusterTimeout, namespace

QUESTION = "voiceroom: what was refused"
refused = collections.Counter()
"""``refused["BURST"]`` and so on: names of settings, never anything of a peer's."""


async def everywhere():
    """The sums of all processes that answer."""
    try:
        others = await namespace("/").aserver_side_call(QUESTION)
    except (BroadcastError, ClusterTimeout) as late:
        others = late.responses
    return dict(sum((collections.Counter(each) for each in others), refused.copy()))


def answer(event, **kwargs):
    """What this process says when another one asks; a receiver of ``server_side_event``."""
    return dict(refused) if event == QUESTION else None


def count(reason):
    """Count a refusal by a limit; other reasons, and ``None``, are not counted. Answers the reason."""
    if limit := getattr(reason, "limit", None):
        refused[limit] += 1
    return reason
