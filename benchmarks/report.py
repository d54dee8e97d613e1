"""Figures of a run -> RESULTS.md, results.json and the plots."""

import json
import time

import plots
import servers
from figures import growth, middle, number_of, ratio, spread, times, values
from machine import machine, versions
from plan import ONE, REDIS
from summary import BROADCAST, CHANNELS, ECHO, NODE, PYTHON, at_a_glance, headline, targets

METHOD = """\
- **The figure is processor time of the server**, all its threads and processes, per message, delivery, client or
  request, by the kernel's clock. It is the median of the rounds, with the lowest and the highest behind it. A ratio is
  the median of the ratios of the same round. Rounds alternate between the subjects, after one that does not count.
- **"Floor"** is an application that answers the same wire by hand under the same server: less than it cannot be.
  "x python-socketio" is the one under uvicorn, "x Channels" a plain consumer with groups under daphne.
- Messages carry 32 bytes unless said otherwise. Echoes go over 20 connections, each with the number of messages under
  way that is said; latency is that of a loop in which every client waits for its answer. "Per second" is what went
  over the wire: of the fastest servers, as much as the generator asked for.
- Everything is on loopback, the server on one core and the load generator on another. **The generator was at most
  {load:.0%} busy.** It takes frames off most members of a broadcast several at a time, and rests after each turn, so
  that it keeps up with every server. A round in which it is over 95% busy, or with fewer than 100 messages, is
  measured again, longer, three times at most, and then gives no figure.
- **One write for each delivery:** a broadcast is asked for when the last one is written. Under `strace` every server,
  ours and the peers, made exactly one system call for each member and broadcast, so none gains by joining two.
- Heartbeats are once in an hour for everybody, compression is off, and our clients are logged in as Django users
  wherever it says "ours". Over Redis, the processor time of Redis itself is not counted, for anybody.
- After a restart, ours logs its clients in and gives them back their ids, rooms and data, which is why it costs more;
  with the others every client begins anew."""
GROWTH = (  # the file, which works, the key, the title, what is counted
    (
        "room-size",
        "growth: broadcast to ",
        "microseconds",
        "Cost of one delivery and the size of the room, us",
        "members",
    ),
    ("rooms", " rooms of 5", "microseconds", "Cost of one delivery and the number of rooms of 5, us", "rooms"),
    ("memory", "memory at ", "kilobytes", "Memory of one idle client, KB", "clients"),
)
GUIDE, MARK = servers.ROOT / "docs/topics/performance.md", "<!-- the plots of benchmarks/ -->"


def table(run, work):
    """One kind of work: a row for each subject."""
    figures, names = run.figures, [subject for subject in run.subjects if subject.name in run.figures[work]]
    key = "kilobytes" if known(figures, work, names, "kilobytes") else "microseconds"
    columns = list(columns_of(run, work, key, names))
    yield "| " + " | ".join(["", *(head for head, _ in columns)]) + " |"
    yield "|---" + "|---:" * len(columns) + "|"
    for subject in names:
        yield "| " + " | ".join([subject.name, *(cell(subject) for _, cell in columns)]) + " |"


def known(figures, work, subjects, key):
    """Whether any of them has such a figure."""
    return any(value is not None for each in subjects for value in values(figures, work, each.name, key))


def columns_of(run, work, key, names):
    """(head, function from a subject to its cell)."""
    figures = run.figures

    def plain(key, form):
        return lambda subject: number_of(figures, work, subject.name, key, form)

    def beside(other):
        return lambda subject: times(ratio(figures, work, subject.name, other, key))

    yield UNITS[key], lambda subject: spread(values(figures, work, subject.name, key))
    if any(subject.floor in figures[work] for subject in names):
        yield "x floor", lambda subject: "-" if subject.name == subject.floor else beside(subject.floor)(subject)
    for other in (NODE, PYTHON, CHANNELS):
        if other in figures[work] and key != "kilobytes":
            yield f"x {other.split()[0].rstrip(',')}", beside(other)
    if work == REDIS.name and ONE.name in figures:
        yield "x one process", lambda subject: times(ratio(figures, work, subject.name, subject.name, of=ONE.name))
    for name, head, form in FURTHER:
        if known(figures, work, names, name):
            yield head, plain(name, form)


UNITS = {"microseconds": "us", "kilobytes": "KB"}
FURTHER = (  # keys, heads and forms of what is beside the cost
    ("per_second", "per second", ",.0f"),
    ("median", "median, ms", ".2f"),
    ("p99", "99%, ms", ".2f"),
    ("wall", "seconds for all", ".2f"),
    ("recovered", "recovered", ",.0f"),
)


def growth_table(curves, what, digits=1):
    sizes = sorted({size for points in curves.values() for size, _ in points})
    yield f"| {what} | " + " | ".join(f"{size:,}" for size in sizes) + " |"
    yield "|---" + "|---:" * len(sizes) + "|"
    for subject, points in curves.items():
        by_size = dict(points)
        cells = [f"{by_size[size]:,.{digits}f}" if size in by_size else "-" for size in sizes]
        yield f"| {subject} | " + " | ".join(cells) + " |"


def document(run, output):
    """The page; the plots are written beside it."""
    lines = ["# Benchmark results", ""]
    for sentence in headline(run):
        lines += [sentence, ""]
    lines += [*at_a_glance(run), "", f"Made by `{run.command}` in {duration(run)}, on {machine()}. Less is better.", ""]
    lines += ["## Targets", "", *targets(run), ""]
    if run.problems:
        lines += ["## Not measured", "", *(f"- {problem}" for problem in dict.fromkeys(run.problems)), ""]
    for file, title in bars(run, output / "plots"):
        lines += [f"![{title}](plots/{file}.svg)", ""]
    lines += [*growths(run, output), *tables(run), *micros(run), "## How it is measured", ""]
    lines += [METHOD.format(load=run.highest_load), f"- {run.plan}", "", "## Versions", "", f"{versions()}."]
    return "\n".join(lines) + "\n"


def growths(run, output):
    """How cost grows, with plots."""
    found = {row: growth(run.figures, [work for work in run.figures if row[1] in work], row[2]) for row in GROWTH}
    if any(found.values()):
        yield from ("## How cost grows", "")
    for (file, _, _, title, counted), curves in found.items():
        if curves:
            plots.lines(output / "plots" / f"{file}.svg", title, counted, curves)
            yield from (f"### {title}", "", f"![{title}](plots/{file}.svg)", "", *growth_table(curves, counted), "")


def tables(run):
    """All that was measured."""
    for work in run.figures:
        if not work.startswith("growth"):
            yield from (f"## {work[0].upper()}{work[1:]}", "", *table(run, work), "")


def micros(run):
    """The pure floors alone."""
    if not run.micros:
        return
    kept = json.loads((servers.HERE / "micro.json").read_text())
    yield from (
        "## The pure floors alone",
        "",
        "Without a network, an event loop and Django: `benchmarks/micro.py`.",
        "",
    )
    yield from ("| | us | instructions | steps of the interpreter |", "|---|---:|---:|---:|")
    for name, value in run.micros.items():
        counts = [format(kept[name][what], ",") if name in kept else "-" for what in ("instructions", "steps")]
        yield f"| {name} | {value:.2f} | {' | '.join(counts)} |"
    yield ""


def duration(run):
    minutes, seconds = divmod(round(time.monotonic() - run.began), 60)
    return f"{minutes} min {seconds:02} s"


def bars(run, folder):
    """The plots of echo and broadcast; yields (file, title)."""
    for work, file in ((ECHO, "echo"), (BROADCAST, "broadcast")):
        found = {name: middle(values(run.figures, work, name)) for name in run.figures.get(work, {})}
        if found := {name: value for name, value in found.items() if value is not None}:
            title = f"Server processor time, us: {work}"
            plots.bars(folder / f"{file}.svg", title, found)
            yield file, title


def write(run, output):
    """Everything; returns the page."""
    (output / "plots").mkdir(parents=True, exist_ok=True)
    (output / "results.json").write_text(json.dumps(run.figures, indent=1) + "\n")
    text = document(run, output)
    (output / "RESULTS.md").write_text(text)
    if output == servers.HERE:
        show(sorted((output / "plots").glob("*.svg")))
    return text


def show(found):
    """Puts the plots into the guide, between its two marks."""
    before, _, rest = GUIDE.read_text().partition(MARK)
    _, mark, after = rest.partition(MARK)
    if mark:
        images = "\n".join(f"![{path.stem.replace('-', ' ')}](../../benchmarks/plots/{path.name})" for path in found)
        GUIDE.write_text(f"{before}{MARK}\n{images}\n{MARK}{after}")
