"""Microphones that are files, and the Chromium processes that have them."""

import math
import os
import struct
import wave

RATE = 48_000


def write_tone(path, hertz, seconds=2):
    """A WAV file with one tone; whole periods, so that Chromium, which repeats it, makes no click."""
    samples = (round(12_000 * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(RATE * seconds))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


SANDBOX = ["--no-sandbox"] if os.geteuid() == 0 else []
LOOPBACK = "--allow-loopback-in-peer-connection"  # needed where there is no other interface, harmless elsewhere
FAKE = "--use-fake-device-for-media-stream"
ALLOW = "--use-fake-ui-for-media-stream"


def with_tone(path):
    """The arguments of a Chromium whose microphone plays this file, and which may use it."""
    return [*SANDBOX, "--disable-gpu", LOOPBACK, FAKE, ALLOW, f"--use-file-for-fake-audio-capture={path}"]


ASKING = [*SANDBOX, "--disable-gpu", FAKE]  # a microphone, and only the context's permissions for it
WITHOUT = [*SANDBOX, "--disable-gpu", ALLOW, "--disable-audio-input"]  # permission, and no microphone
