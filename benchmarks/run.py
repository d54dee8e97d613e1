"""The benchmark: us, the peers and the bare application, side by side in the same run.

``python3 manage.py bench`` prints the figures and writes them to ``benchmarks/RESULTS.md``, with plots. With
``--quick``, ``--subjects`` or ``--stages``, which measure less, they go to ``.cache/benchmark``. Everything is on
loopback: the server on one core, the load generator on another. What is measured is the server's processor time, which
neighbours on the machine disturb far less than the clock on the wall, and its memory.
"""

import argparse
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import plan as plans  # noqa: E402
import report  # noqa: E402
import servers  # noqa: E402
from stages import Run  # noqa: E402

USERS = 20
STAGES = ("flows", "other", "connect", "memory", "redis", "restart", "micro")
SPARE = 200  # open files of a process besides those of its clients


def cores():
    """The first two cores that this process may use: for the server, and for the load."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        sys.exit("The benchmark needs two processor cores: one for the server, one for the load.")
    return allowed[:2]


def allowed_clients(wanted):
    """Raises the limit of open files, which the children inherit; returns how many clients a process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + SPARE
    for limits in ((max(needed, soft), max(needed, hard)), (hard, hard)):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            break
        except (ValueError, OSError):
            pass  # only root may raise the hard limit
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE


def fitted(plan, problems):
    """The plan without what needs more open files than there may be; what that leaves out is a problem."""
    most = max(*plan.crowds, *plan.broadcasts, plan.idle, plan.back)
    allowed = allowed_clients(most)
    if allowed < most:
        problems.append(
            f"over {allowed:,} clients: this process may open {allowed + SPARE:,} files, and {most + SPARE:,} are "
            f"needed; say `ulimit -n {most + SPARE}` first, as root if need be"
        )
    return plan.up_to(allowed)


def prepare(environment):
    """Makes the database of this run; returns the session keys of its users."""
    command = [servers.python(), "-m", "benchmarks.project", str(USERS)]
    done = subprocess.run(command, cwd=servers.ROOT, env={**os.environ, **environment}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout.split()


def stages(text):
    """The names of an option; argparse prints what is wrong with it."""
    names = text.split(",")
    if unknown := [name for name in names if name not in STAGES]:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}; the stages are {', '.join(STAGES)}")
    return names


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two minutes instead of fifteen")
    help = "a regular expression: only subjects with such a name (--quick leaves some out)"
    parser.add_argument("--subjects", help=help)
    parser.add_argument(
        "--stages", type=stages, default=",".join(STAGES), help=f"comma-separated, of {', '.join(STAGES)}"
    )
    parser.add_argument("--output", type=Path, help="the folder of RESULTS.md, results.json and plots/")
    return parser.parse_args()


def main():
    options = arguments()
    whole = not options.quick and options.subjects is None and tuple(options.stages) == STAGES
    output = options.output or (HERE if whole else servers.ROOT / ".cache/benchmark")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are ended too
    servers.install_node()
    pattern = options.subjects or (plans.IN_A_HURRY if options.quick else "")
    wanted = [subject for subject in plans.subjects() if re.search(pattern, subject.name)]
    if not wanted:
        sys.exit(f"No subject is called like {pattern!r}. There are:\n" + "\n".join(map(str, plans.subjects())))
    problems = []
    plan = fitted(plans.QUICK if options.quick else plans.FULL, problems)
    with tempfile.TemporaryDirectory() as folder:
        environment = {"BENCH_DATABASE": str(Path(folder) / "benchmark.sqlite3")}
        run = Run(command(), plan, environment, prepare(environment), wanted, cores(), problems)
        for stage in options.stages:
            run.stage(stage)
    print(report.write(run, output))
    sys.exit(1 if run.problems else 0)


def command():
    """What was typed, as far as it decides what is measured."""
    return " ".join(["python3 manage.py bench", *sys.argv[1:]])


if __name__ == "__main__":
    main()
