"""Spoken lines, read from Ogg Opus files and played in real time: packets that are ready to be sent, never decoded."""

import asyncio
from pathlib import Path

FOLDER = Path(__file__).parent / "voices"
FRAME = 0.06  # seconds of sound in a packet
RATE = 48_000  # Opus counts in 48 kHz, whatever it was fed
SILENCE = (
    b"\x78"  # a head without a body (RFC 6716, 3.1): so DTX says that nothing is said, and receivers conceal nothing
)
SILENCE_EVERY = 0.4  # seconds


def packets(content):
    """The packets of an Ogg stream (RFC 3533) without its two headers."""
    return list(_all_packets(content))[2:]


def _all_packets(content):
    position, packet = 0, b""
    while position < len(content):
        table = content[position + 27 : position + 27 + content[position + 26]]
        position += 27 + len(table)
        for size in table:  # a segment of 255 goes on in the next one, also over a page's end
            packet += content[position : position + size]
            position += size
            if size < 255:
                yield packet
                packet = b""


def line(name):
    """The packets of one line."""
    return packets((FOLDER / name).read_bytes())


class Voice:
    """One person's voice. ``heard`` are callables that get each packet as it is said: (its time in 48 kHz, packet)."""

    def __init__(self):
        self.heard = set()

    def send(self, packet, at):
        for hear in list(self.heard):
            hear(int(at * RATE), packet)

    async def speak(self, spoken, may_go_on):
        """Plays the packets at their pace; ends early when ``may_go_on()`` says no."""
        clock = asyncio.get_running_loop()
        start = clock.time()
        for number, packet in enumerate(spoken):
            if not may_go_on():
                return
            due = start + number * FRAME
            await asyncio.sleep(due - clock.time())
            self.send(packet, due)
