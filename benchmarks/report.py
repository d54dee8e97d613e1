"""Figures of a run -> the page ``RESULTS.md``."""

import platform
import statistics
import subprocess
from pathlib import Path

import servers

FLOOR = "bare application (floor)"
COLUMNS = {
    "echo 1": "acked echo, 1 outstanding (us)",
    "echo 50": "acked echo, 50 outstanding (us)",
    "broadcast": "delivery of a broadcast to 200 (us)",
    "client": "idle client (KB)",
    "namespace": "further namespace (KB)",
}
ENGINE, OURS = "ours, engine alone", "ours, namespace and logged-in user"
TARGETS = (  # subject, what, {server: at most}, as a ratio to the floor or in KB
    (OURS, "echo 1", {"daphne": 1.3, "uvicorn": 2.0}),
    (OURS, "broadcast", {"daphne": 1.2, "uvicorn": 1.2}),
    (ENGINE, "client", {"daphne": 1.3, "uvicorn": 1.3}),
    (OURS, "client", {"daphne": 2.0, "uvicorn": 2.0}),
    (OURS, "namespace", {"daphne": 12.0, "uvicorn": 12.0}),
)
PACKAGES = (
    *("django", "channels", "daphne", "twisted", "autobahn", "uvicorn", "uvloop", "httptools", "websockets"),
    *("python-socketio", "python-engineio"),
)
METHOD = """\
Processor time of the server process per message, all threads, from the kernel's clock of that process; memory is PSS.
A figure is the median of the rounds, with the lowest and the highest behind it. A ratio compares with the bare
application in the same round, and is the median of those. The rounds alternate between the subjects. Messages carry
32 bytes; echoes go over 20 connections, broadcasts to one room of 200 members. The server has one core and the load
generator another, which was at most {load:.0%} busy: a round in which it was saturated gives no figure."""


def known(values):
    return [value for value in values if value is not None]


def figure(values):
    """Median and spread, as text."""
    if not (values := known(values)):
        return "saturated"
    if len(values) == 1:
        return f"{values[0]:.1f}"
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"


def ratio(values, floor):
    """The median of the rounds' ratios, or None."""
    ratios = [a / b for a, b in zip(values, floor, strict=False) if a is not None and b is not None]
    return statistics.median(ratios) if ratios else None


def cell(subjects, name, what):
    values = subjects.get(name, {}).get(what)
    if not values:
        return "-"
    times = ratio(values, subjects.get(FLOOR, {}).get(what, ()))
    return figure(values) + (f" **{times:.2f}x**" if times and name != FLOOR else "")


def table(subjects, names):
    """One server's table."""
    columns = [what for what in COLUMNS if any(what in figures for figures in subjects.values())]
    yield "| | " + " | ".join(COLUMNS[what] for what in columns) + " |"
    yield "|---" * (len(columns) + 1) + "|"
    for name in names:
        yield f"| {name} | " + " | ".join(cell(subjects, name, what) for what in columns) + " |"


def targets(figures):
    """What was to be reached and what was."""
    yield "| server | what | at most | measured | |"
    yield "|---|---|---|---|---|"
    for server, subjects in figures.items():
        for name, what, limits in TARGETS:
            if server in limits and (values := known(subjects.get(name, {}).get(what, ()))):
                yield target(server, subjects, name, what, limits[server], values)


def target(server, subjects, name, what, limit, values):
    if what == "namespace":
        measured, unit = statistics.median(values), " KB"
    else:
        measured, unit = ratio(subjects[name][what], subjects.get(FLOOR, {}).get(what, ())), "x the floor"
    if measured is None:
        return f"| {server} | {name}: {COLUMNS[what]} | {limit:g}{unit} | not comparable | |"
    verdict = "reached" if measured <= limit else "**not reached**"
    return f"| {server} | {name}: {COLUMNS[what]} | {limit:g}{unit} | {measured:.2f}{unit} | {verdict} |"


def machine():
    """Processor, kernel and Python."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return f"{model}, Linux {platform.release().partition('-')[0]}"


def versions():
    """Of the interpreter and the packages that the servers run with."""
    code = (
        "import importlib.metadata as m, platform, sys\n"
        "print('Python', platform.python_version())\n"
        "for name in sys.argv[1:]: print(name, m.version(name))"
    )
    done = subprocess.run([servers.python(), "-c", code, *PACKAGES], capture_output=True, text=True, check=True)
    return ", ".join(done.stdout.split("\n")[:-1])


def document(run, names):
    """The whole page."""
    plan = run.plan
    lines = ["# Benchmark results", "", f"Made by `python3 benchmarks/run.py`. {machine()}.", "", f"{versions()}.", ""]
    lines += [METHOD.format(load=run.highest_load), ""]
    lines += [f"Rounds: {plan.rounds} of {plan.seconds:g} s after {plan.warm_up:g} s to warm up; memory: "]
    lines[-1] += f"{plan.memory_rounds}, each with {plan.clients} clients in a fresh process."
    for server, subjects in run.figures.items():
        lines += ["", f"## {server}", "", *table(subjects, names)]
    lines += ["", "## Targets", "", *targets(run.figures)]
    if run.problems:
        lines += ["", "## Not measured", "", *(f"- {problem}" for problem in dict.fromkeys(run.problems))]
    return "\n".join(lines) + "\n"
