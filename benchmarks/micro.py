"""The pure floors alone: what it costs to decode, encode and frame, without a network, a loop and Django.

``python3 benchmarks/micro.py`` prints microseconds, the best of many rounds. What comes out the same on every run is
compared with ``micro.json``, and a floor that needs more ends with 1: ``--steps`` counts the steps of the interpreter
(bytecode instructions), ``--instructions`` those of the processor by valgrind's callgrind, which sees compiled code
too. ``--update`` writes the file.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import timeit
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from realtime.engineio.packet import REVISIONS  # noqa: E402
from realtime.engineio.payload import decode_payload, encode_payload  # noqa: E402
from realtime.readyframes import text_frame  # noqa: E402
from realtime.socketio.packet import Packet, PacketType  # noqa: E402
from realtime.socketio.parser import JSONParser  # noqa: E402
from realtime.socketio.rooms import group_name  # noqa: E402

KEPT = HERE / "micro.json"
TOLERANCE = {"steps": 0.25, "instructions": 0.1}  # steps differ between versions of Python
COUNTED = 500  # calls, for callgrind

parser = JSONParser()
decoder, decode_frame = parser.decoder(), REVISIONS[4].decode_frame
CHAT = ["message", "hello world", {"a": 1, "ok": True}]
PAGE = ["page", [{"id": n, "name": f"name {n}", "text": "some text " * 20} for n in range(50)]]
MESSAGE, ACKED = parser.encode(Packet(PacketType.EVENT, "/", CHAT))[0], '2123["echo","' + "x" * 32 + '"]'
IN_NAMESPACE, LARGE = "2/chat,12" + MESSAGE[1:], parser.encode(Packet(PacketType.EVENT, "/", PAGE))[0]
FRAMES = ["4" + MESSAGE] * 16
BODIES = {revision: encode_payload(revision, FRAMES) for revision in (3, 4)}
BODIES = {revision: body.encode() if isinstance(body, str) else body for revision, body in BODIES.items()}


def binary():
    for frame in parser.encode(Packet(PacketType.EVENT, "/", ["file", b"x" * 100, b"y" * 100])):
        packet = decoder.add(frame)
    return packet


FLOORS = {
    "decode an event": lambda: decoder.add(MESSAGE),
    "decode an event that wants an ack": lambda: decoder.add(ACKED),
    "decode an event of a namespace": lambda: decoder.add(IN_NAMESPACE),
    "decode 11 KB": lambda: decoder.add(LARGE),
    "encode an event": lambda: parser.encode(Packet(PacketType.EVENT, "/", CHAT)),
    "encode an ack": lambda: parser.encode(Packet(PacketType.ACK, "/", ["x" * 32], 123)),
    "encode 11 KB": lambda: parser.encode(Packet(PacketType.EVENT, "/", PAGE)),
    "encode and decode two attachments": binary,
    "take a frame apart": lambda: decode_frame("2probe"),
    "decode a POST of 16 packets": lambda: list(decode_payload(4, BODIES[4])),
    "decode a POST of 16 packets, Engine.IO 3": lambda: list(decode_payload(3, BODIES[3])),
    "encode a poll of 16 packets": lambda: encode_payload(4, FRAMES),
    "make a websocket frame": lambda: text_frame("4" + MESSAGE),
    "name a room's group": lambda: group_name("/chat", "lobby"),
}


def microseconds(call):
    """The best of 15 rounds."""
    number = max(1, int(0.02 / max(timeit.timeit(call, number=20) / 20, 1e-7)))
    return min(timeit.repeat(call, number=number, repeat=15)) / number * 1e6


def steps(call):
    """Bytecode instructions of one call, after one that loads what is loaded once."""
    number = 0

    def trace(frame, event, _):
        nonlocal number
        frame.f_trace_opcodes = True
        number += event == "opcode"
        return trace

    call()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(None)
    return number


def all_steps():
    return {name: steps(call) for name, call in FLOORS.items()}


def all_instructions():
    """Instructions of the processor for one call of each."""
    if not shutil.which("valgrind"):
        sys.exit("valgrind is missing: apt-get install valgrind")
    counted("decode an event", 0)  # compiles what is not compiled yet
    start = counted("decode an event", 0)
    return {name: round((counted(name, COUNTED) - start) / COUNTED) for name in FLOORS}


def counted(name, number):
    """The instructions of a whole run with so many calls."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", sys.executable, __file__]
        environment = {"PYTHONHASHSEED": "0", "PATH": os.environ["PATH"]}  # the same on every run
        done = subprocess.run([*command, "--call", name, str(number)], capture_output=True, text=True, env=environment)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if not found:
        sys.exit(done.stderr[-500:])
    return int(found[1])


def compare(what, now, kept):
    """Prints the counts beside those that are kept; true if one is above its own by more than the tolerance."""
    worse = False
    for name, count in now.items():
        before = kept.get(name, {}).get(what, count)
        over = count > before * (1 + TOLERANCE[what])
        print(f"{name:42} {count:10,} {what} {count / before - 1:+7.1%}{'  more than is allowed' if over else ''}")
        worse = worse or over
    return worse


def update():
    """Writes both counts."""
    both = {"steps": all_steps(), "instructions": all_instructions()}
    kept = {name: {what: counts[name] for what, counts in both.items()} for name in FLOORS}
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--steps", action="store_true")
    options.add_argument("--instructions", action="store_true")
    options.add_argument("--against", type=Path, default=KEPT, help="another file than micro.json")
    options.add_argument("--update", action="store_true")
    options.add_argument("--json", action="store_true", help="the microseconds as JSON")
    options.add_argument("--call", nargs=2, metavar=("FLOOR", "TIMES"), help="for callgrind")
    chosen = options.parse_args()
    if chosen.call:
        call = FLOORS[chosen.call[0]]
        for _ in range(int(chosen.call[1])):
            call()
    elif chosen.update:
        update()
    elif chosen.steps or chosen.instructions:
        kept = json.loads(chosen.against.read_text())
        counts = {"steps": all_steps} if chosen.steps else {}
        counts |= {"instructions": all_instructions} if chosen.instructions else {}
        sys.exit(any([compare(what, count(), kept) for what, count in counts.items()]))
    else:
        measured = {name: microseconds(call) for name, call in FLOORS.items()}
        lines = [f"{name:42} {value:8.2f} us" for name, value in measured.items()]
        print(json.dumps(measured) if chosen.json else "\n".join(lines))


if __name__ == "__main__":
    main()
