"""The benchmark: us, the peers and the bare application, side by side in the same run.

``python3 benchmarks/run.py [--quick] [--servers daphne,uvicorn] [--only echo,broadcast,memory]`` prints the figures
and writes them to ``benchmarks/RESULTS.md``. Everything is on loopback: the server on one core, the load generator on
another. What is measured is the server's processor time, which neighbours on the machine disturb far less than the
clock on the wall, and its memory.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import report  # noqa: E402
import servers  # noqa: E402

USERS = 20


@dataclasses.dataclass(frozen=True)
class Subject:
    """One application that is measured."""

    name: str
    application: str
    namespaces: bool = True  # False: an engine without Socket.IO; messages come back as they are
    further: int = 0  # namespaces besides "/"


SUBJECTS = (
    Subject("bare application (floor)", "floor"),
    Subject("ours, engine alone", "engine_alone", namespaces=False),
    Subject("ours, namespace and logged-in user", "ours", further=4),
    Subject("python-socketio", "peer_python_socketio", further=4),
    Subject("Channels consumer and group", "peer_channels"),
)
FLOWS = {
    "echo": (("echo 1", 20, 1), ("echo 50", 20, 50)),  # what, clients, outstanding
    "broadcast": (("broadcast", 200, 1),),  # two would let some servers write both at once
}


@dataclasses.dataclass(frozen=True)
class Plan:
    """How long and how often."""

    rounds: int
    memory_rounds: int
    warm_up: float
    seconds: float
    clients: int = 1000  # idle ones, for the memory


QUICK = Plan(rounds=5, memory_rounds=1, warm_up=0.15, seconds=0.4)
FULL = Plan(rounds=7, memory_rounds=3, warm_up=0.5, seconds=1.5)


class Run:
    """One run of the benchmark; ``figures[server][subject][what]`` is a list with one value (or None) per round."""

    def __init__(self, plan, environment, cookies):
        self.plan, self.environment, self.cookies = plan, environment, cookies
        self.server_core, self.load_core = cores()
        self.figures, self.problems, self.highest_load = {}, [], 0.0

    def record(self, server, subject, what, value):
        self.figures.setdefault(server, {}).setdefault(subject.name, {}).setdefault(what, []).append(value)

    def start(self, server, subject):
        """A context with (pid, port) of the subject under that server."""
        application = f"benchmarks.{subject.application}:application"
        return servers.running(server, application, self.server_core, self.environment)

    def flows(self, server, works):
        """All subjects side by side, round by round."""
        with contextlib.ExitStack() as stack:
            addresses = {}
            for subject in SUBJECTS:
                with self.noting(server, subject, "start"):
                    addresses[subject] = stack.enter_context(self.start(server, subject))
            for _ in range(self.plan.rounds):
                for work in works:
                    for what, clients, outstanding in FLOWS[work]:
                        for subject, address in addresses.items():
                            if work == "echo" or subject.namespaces:
                                self.flow(server, subject, address, work, what, clients, outstanding)

    def flow(self, server, subject, address, work, what, clients, outstanding):
        """One subject, one kind of work, once; a saturated generator gives no figure."""
        with self.noting(server, subject, what):
            result = self.load(subject, address, work=work, clients=clients, outstanding=outstanding, bytes=32)
            self.highest_load = max(self.highest_load, result["load"])
            value = None if result["saturated"] else result["microseconds"]
            self.record(server, subject, what, value)
            say(f"{server:8} {subject.name:36} {what:10} {result['microseconds'] or 0:8.1f} us", result["saturated"])

    def memories(self, server):
        """Each subject in a fresh process."""
        for _ in range(self.plan.memory_rounds):
            for subject in SUBJECTS:
                with self.noting(server, subject, "memory"), self.start(server, subject) as address:
                    self.memory(server, subject, address)

    def memory(self, server, subject, address):
        result = self.load(subject, address, work="memory", clients=self.plan.clients, further=subject.further)
        for what, size in result.items():
            if size is not None:
                self.record(server, subject, what, size / 1024)
                say(f"{server:8} {subject.name:36} {what:10} {size / 1024:8.1f} KB", False)

    def load(self, subject, address, **task):
        """Run the load generator to its end."""
        pid, port = address
        task |= {"pid": pid, "port": port, "core": self.load_core, "cookies": self.cookies, "path": "socket.io"}
        task |= {"namespaces": subject.namespaces, "warm_up": self.plan.warm_up, "seconds": self.plan.seconds}
        command = [sys.executable, str(HERE / "load.py"), json.dumps(task)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise servers.StartError(done.stderr.strip().splitlines()[-1])
        return json.loads(done.stdout)

    @contextlib.contextmanager
    def noting(self, server, subject, what):
        """A failure of one subject goes to the report; the others are measured all the same."""
        try:
            yield
        except (servers.StartError, subprocess.TimeoutExpired) as error:
            self.problems.append(f"{server}, {subject.name}, {what}: {str(error).splitlines()[-1][:200]}")
            say(self.problems[-1], False)


def say(text, saturated):
    print(text + (" (generator saturated: not counted)" if saturated else ""), file=sys.stderr, flush=True)


def cores():
    """The first two cores that this process may use: for the server, and for the load."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        sys.exit("The benchmark needs two processor cores: one for the server, one for the load.")
    return allowed[:2]


def raise_file_limit():
    """As many open files as we may have; the children inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def prepare(environment):
    """Make the database of this run; return the session keys of its users."""
    command = [servers.python(), "-m", "benchmarks.project", str(USERS)]
    done = subprocess.run(command, cwd=servers.ROOT, env={**os.environ, **environment}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout.split()


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="about two minutes instead of ten")
    parser.add_argument("--servers", default="daphne,uvicorn", help="comma-separated: " + ", ".join(servers.COMMANDS))
    parser.add_argument("--only", default="echo,broadcast,memory", help="comma-separated")
    parser.add_argument("--output", type=Path, default=HERE / "RESULTS.md")
    return parser.parse_args()


def main():
    options = arguments()
    raise_file_limit()
    only = options.only.split(",")
    with tempfile.TemporaryDirectory() as folder:
        environment = {"BENCH_DATABASE": str(Path(folder) / "benchmark.sqlite3")}
        run = Run(QUICK if options.quick else FULL, environment, prepare(environment))
        for server in options.servers.split(","):
            if works := [work for work in FLOWS if work in only]:
                run.flows(server, works)
            if "memory" in only:
                run.memories(server)
    text = report.document(run, [subject.name for subject in SUBJECTS])
    options.output.write_text(text)
    print(text)
    sys.exit(1 if run.problems else 0)


if __name__ == "__main__":
    main()
