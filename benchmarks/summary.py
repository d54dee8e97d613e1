"""What a run says in short: one table for who has to choose, and what was to be reached."""

from figures import middle, ratio, values
from plan import ONE, REDIS

NODE, PYTHON = "Node socket.io and ws", "python-socketio, uvicorn"
CHANNELS = "Channels consumer and groups, daphne"
CALLED = {NODE: "Node", PYTHON: "python-socketio under uvicorn", CHANNELS: "a plain Channels consumer"}
READY, UVICORN, DAPHNE = "ours, uvicorn, our class", "ours, uvicorn", "ours, daphne"
ECHO, BROADCAST, CONNECT, IDLE = (
    "acked echo, 1 outstanding",
    "broadcast to 200",
    "connect with a Django user",
    "memory at ",
)
TARGETS = (  # subject, work, compared with the floor, a subject, or a work of the same subject, at most
    (DAPHNE, ECHO, "floor", 1.2),
    (UVICORN, ECHO, "floor", 1.5),
    (READY, ECHO, NODE, 1.0),
    (DAPHNE, BROADCAST, "floor", 1.1),
    (UVICORN, BROADCAST, "floor", 1.1),
    (READY, BROADCAST, NODE, 0.65),
    (DAPHNE, REDIS.name, ONE.name, 1.25),
    (UVICORN, REDIS.name, ONE.name, 1.25),
    (READY, REDIS.name, ONE.name, 1.25),
)


def headline(run):
    """One sentence for each of echo and broadcast, as far as they were measured."""
    for work, what in (
        (ECHO, "An event and its acknowledgement cost"),
        (BROADCAST, "One delivery of a broadcast costs"),
    ):
        cost = middle(values(run.figures, work, READY))
        others = [(called, ratio(run.figures, work, READY, name)) for name, called in CALLED.items()]
        beside = [f"{value:.2f} of what {called} needs" for called, value in others if value is not None]
        if cost is not None and beside:
            yield f"{what} {cost:.1f} us of processor time under uvicorn with our protocol class: {join(beside)}."


def join(parts):
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def at_a_glance(run):
    """A row for each server that somebody may choose."""
    idle = next((work for work in run.figures if work == "memory at 1,000 clients"), None)
    idle = idle or next((work for work in run.figures if work.startswith(IDLE)), IDLE)
    columns = {
        "acked echo, us": (ECHO, "microseconds"),
        "delivery of a broadcast to 200, us": (BROADCAST, "microseconds"),
        "the same over two processes and Redis, us": (REDIS.name, "microseconds"),
        "connect with a Django user, us": (CONNECT, "microseconds"),
        "connect without, us": ("connect", "microseconds"),
        "idle client, KB": (idle, "kilobytes"),
    }
    columns = {head: column for head, column in columns.items() if column[0] in run.figures}
    if not columns:
        return
    yield "| | " + " | ".join(columns) + " |"
    yield "|---" + "|---:" * len(columns) + "|"
    for subject in run.subjects:
        found = [middle(values(run.figures, work, subject.name, key)) for work, key in columns.values()]
        if subject.name != subject.floor and any(value is not None for value in found):
            cells = ["-" if value is None else f"{value:,.{0 if value >= 100 else 1}f}" for value in found]
            yield f"| {subject.name} | " + " | ".join(cells) + " |"


def targets(run):
    """What was to be reached and what was."""
    yield "| | compared with | at most | measured | |"
    yield "|---|---|---|---|---|"
    for subject, work, other, limit in TARGETS:
        compared = f"floor, {subject.partition(', ')[2]}" if other == "floor" else other
        if other == ONE.name:
            measured, asked = ratio(run.figures, work, subject, subject, of=other), (subject,)
        else:
            measured, asked = ratio(run.figures, work, subject, compared), (subject, compared)
        if measured is None:
            result = f"- | not measured: {why_not(run, work, *asked)}"
        else:
            result = f"{measured:.2f}x | {'reached' if measured <= limit else '**not reached**'}"
        yield f"| {subject}: {work} | {compared} | {limit:g}x | {result} |"


def why_not(run, work, *subjects):
    """Why there is no ratio between the two."""
    for subject in subjects:
        if subject not in {each.name for each in run.subjects}:
            return f"{subject} was left out of this run"
        starts = (f"{subject}, {work}: ", f"{subject}, start: ")
        if found := [problem for problem in run.problems if problem.startswith(starts)]:
            return found[0]
        if work in run.figures and not any(values(run.figures, work, subject)):
            return f"no round gave a figure for {subject}"
    return "this work was left out of this run"
