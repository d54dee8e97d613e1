"""Makes voices/ anew: speaks the lines of lines.py with espeak-ng and encodes them as Opus.

For whoever changes the lines: ``apt-get install espeak-ng`` and ``python -m voiceroom.bots.make_voices``. Packets are
60 ms long: that is what travels as Socket.IO frames, and WebRTC takes them too, so that nothing is encoded twice.
"""

import io
import subprocess

import av

from voiceroom.bots.lines import CAST, SPOKEN, file_of
from voiceroom.bots.voice import FOLDER

OPTIONS = {"frame_duration": "60", "application": "voip", "vbr": "on"}


def speak(part, text):
    """A WAV of one line."""
    command = ["espeak-ng", "-v", part.voice, "-p", str(part.pitch), "-s", str(part.speed), "--stdout", text]
    return subprocess.run(command, check=True, capture_output=True).stdout


def encode(wav, path):
    with av.open(io.BytesIO(wav)) as source, av.open(str(path), "w", format="ogg") as target:
        stream = target.add_stream("libopus", rate=48000, layout="mono", options=OPTIONS)
        stream.bit_rate = 20_000
        for frame in source.decode(audio=0):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))


def main():
    parts = {part.login: part for part in CAST}
    FOLDER.mkdir(exist_ok=True)
    for slug, lines in SPOKEN.items():
        for number, (who, text) in enumerate(lines):
            encode(speak(parts[who], text), FOLDER / file_of(slug, number))


if __name__ == "__main__":
    main()
