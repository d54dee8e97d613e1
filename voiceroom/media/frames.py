"""Where WebRTC cannot connect: Opus frames as binary events, from the publishing tab to the tabs that asked.

Volatile: a listener that is not ready to receive loses frames, nobody waits, nothing is kept.
"""

LARGEST = 2000  # bytes; 60 ms of Opus at 24 kbit/s have about 200
LISTENERS = 50  # tabs of one room that may ask for frames


def why_not_frame(frame, may_speak):
    """``may_speak``: whether this tab publishes for an unmuted seat."""
    if not isinstance(frame, bytes | bytearray) or not frame:
        return "bad_arguments"
    if len(frame) > LARGEST:
        return "too_large"
    return None if may_speak else "forbidden"


def why_not_listen(listeners):
    """``listeners``: the tabs that have asked already."""
    return "full" if listeners >= LISTENERS else None
