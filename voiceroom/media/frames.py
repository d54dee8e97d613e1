"""Where WebRTC cannot connect: Opus frames as binary events, from the publishing tab to the tabs that asked.

Volatile: a listener that is not ready to receive loses frames, nobody waits, nothing is kept.
"""

from voiceroom.options import DEFAULTS
from voiceroom.rules.over import over


def why_not_frame(frame, may_speak, options=DEFAULTS):
    """``may_speak``: whether this tab publishes for an unmuted seat. 60 ms of Opus at 24 kbit/s are 200 bytes."""
    if not isinstance(frame, bytes | bytearray) or not frame:
        return "bad_arguments"
    if len(frame) > options.frame_bytes:
        return over("too_large", "FRAME_BYTES")
    return None if may_speak else "forbidden"


def why_not_listen(listeners, options=DEFAULTS):
    """``listeners``: the tabs that have asked already."""
    return over("full", "FRAME_LISTENERS") if listeners >= options.frame_listeners else None
