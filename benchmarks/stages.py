"""The stages of the benchmark: what is started, in which order it is measured, and what is kept of it."""

import contextlib
import json
import subprocess
import sys
import time
import traceback

import figures
import plan as plans
import servers
from generator import Generator

WARM_UP = 1.0  # seconds, or 5,000 messages, before the first round: Node compiles what it runs often
LEAST = {"request": 10}  # of what a figure is per, in a round; 100 of anything else
LEAST_CROWD = 100  # clients whose memory can be told from the process's own
TRIES = 4  # for a figure in a round


class Run:
    """One run of the benchmark. ``figures[work][subject]`` has one result (or None) for each round."""

    def __init__(self, command, plan, environment, cookies, subjects, cores, problems):
        self.command, self.plan, self.environment, self.cookies = command, plan, environment, cookies
        self.subjects, (self.server_core, self.load_core) = subjects, cores
        self.figures, self.problems, self.highest_load = {}, problems, 0.0
        self.began, self.micros = time.monotonic(), {}

    def stage(self, name):
        """One of the stages by its name. Whatever goes wrong in it, the others are measured."""
        start = time.monotonic()
        try:
            getattr(self, name)()
        except Exception as error:
            traceback.print_exc()
            self.problems.append(f"{name}: {error!r}")
        say(f"{time.monotonic() - self.began:5.0f} s  {name} took {time.monotonic() - start:.0f} s")

    # -- the stages -----------------------------------------------------------------------------------------

    def flows(self):
        """Echoes, broadcasts and rooms; the clients of each server only become more."""
        works = [*map(plans.broadcast, self.plan.broadcasts), *self.plan.echoes, *map(plans.rooms, self.plan.rooms)]
        with self.side_by_side({work.needs for work in works}) as generators:
            for work in sorted(works, key=lambda work: work.clients):
                able = self.able(generators, work)
                for subject, generator in able.items():
                    with self.noting(subject, work.name, generators):
                        generator.do("connect", total=work.clients)
                        if work.needs == "rooms":
                            generator.do("rooms", rooms=work.command["rooms"])
                self.rounds((work, able))

    def other(self):
        """What needs clients of another kind: a view, Engine.IO 3, polling."""
        works = ((plans.VIEW, {}), (plans.EIO3, {"eio": 3}), (plans.POLLING, {}))
        with self.side_by_side({work.needs for work, _ in works}) as generators:
            for work, options in works:
                able = self.able(generators, work)
                for subject, generator in able.items():
                    with self.noting(subject, work.name, generators):
                        generator.do("disconnect")
                        generator.do("connect", total=work.clients, **options)
                self.rounds((work, able))

    def connect(self):
        """Clients that come, 10 on their way at a time, with a Django user and without."""
        with self.side_by_side({"connect", "anonymous"}) as generators:
            for name, needs, options in (
                ("connect with a Django user", "connect", {}),
                ("connect", "anonymous", {"cookies": []}),
            ):
                able = {subject: each for subject, each in generators.items() if needs in subject.does}
                for number in range(self.plan.rounds + 1):
                    for subject, generator in list(able.items()):
                        with self.noting(subject, name, able):
                            generator.do("disconnect")
                            done = generator.do("connect", total=self.plan.connects, at_once=10, **options)
                            if number:  # the first one loads what is loaded once
                                self.record(name, subject, per_client(done))

    def memory(self):
        """Each subject in a fresh process: idle clients, then crowds, and broadcasts to them."""
        for subject in self.those_that({"memory"}):
            with self.noting(subject, "memory"), self.alone(subject) as generator:
                generator.do("connect", total=20)
                generator.do("disconnect", rest=self.plan.rest)
                base = self.memory_of(generator)
                sizes = self.plan.crowds if "crowd" in subject.does else ()
                for size in sorted({*sizes, self.plan.idle}):
                    self.crowd(subject, generator, size, base, sizes)

    def crowd(self, subject, generator, size, base, sizes):
        """So many idle clients: what each takes, and what a broadcast to all of them costs."""
        generator.do("connect", total=size)
        if size >= LEAST_CROWD:
            taken = (self.memory_of(generator) - base) / size / 1024
            self.record(f"memory at {size:,} clients", subject, {"kilobytes": taken})
        if size in sizes and "growth" in subject.does:
            work = plans.Work(f"growth: broadcast to {size:,}", "growth", "delivery", plans.broadcast(1).command)
            self.rounds((work, {subject: generator}))
        if size == self.plan.idle and subject.further and self.plan.further:
            before = self.memory_of(generator)
            generator.do("further", number=subject.further)
            more = (self.memory_of(generator) - before) / size / subject.further / 1024
            self.record("further namespace", subject, {"kilobytes": more})

    def memory_of(self, generator):
        return generator.do("memory", rest=self.plan.rest)["bytes"]

    def redis(self):
        """One process of each, and two over a Redis server of their own, in turn."""
        with contextlib.ExitStack() as stack:
            one = stack.enter_context(self.side_by_side({"redis"}))
            two = stack.enter_context(self.side_by_side({"redis"}, lambda: self.redis_of(stack), count=2))
            for work, generators in ((plans.ONE, one), (plans.REDIS, two)):
                for subject, generator in list(generators.items()):
                    with self.noting(subject, work.name, generators):
                        generator.do("connect", total=work.clients)
            time.sleep(1)  # subscriptions are on their way
            self.rounds((plans.ONE, one), (plans.REDIS, two))

    def redis_of(self, stack):
        """What names a new Redis server: with one for all, they would hear each other."""
        return {"BENCH_REDIS": stack.enter_context(servers.redis(self.load_core))}

    def restart(self):
        """A server is killed that has many clients, and when there is one again, they all come back at once."""
        for _ in range(self.plan.restarts):
            for subject in self.those_that({"restart"}):
                with self.noting(subject, plans.restart(self.plan.back)), contextlib.ExitStack() as stack:
                    self.come_back(subject, {**self.redis_of(stack), "BENCH_RECOVERY": "1"}, stack)

    def come_back(self, subject, environment, stack):
        before = stack.enter_context(self.server(subject, environment))
        generator = stack.enter_context(contextlib.closing(self.generator(subject, before)))
        generator.do("connect", total=self.plan.back)
        generator.do("remember")
        before.kill()
        after = stack.enter_context(self.server(subject, environment))
        generator.do("move", pids=after.pids, ports=after.ports)
        done = generator.do("connect", total=self.plan.back, at_once=self.plan.back, back=True)
        self.record(plans.restart(self.plan.back), subject, {**per_client(done), "recovered": done["recovered"]})

    def micro(self):
        """The pure floors alone, without a server."""
        command = [servers.python(), "benchmarks/micro.py", "--json"]
        done = subprocess.run(command, cwd=servers.ROOT, capture_output=True, text=True)
        if done.returncode:
            self.problems.append(f"the pure floors: {done.stderr.splitlines()[-1]}")
        else:
            self.micros = json.loads(done.stdout)

    # -- what they have in common ---------------------------------------------------------------------------

    def those_that(self, do):
        return [subject for subject in self.subjects if subject.does & do]

    def able(self, generators, work):
        return {subject: generator for subject, generator in generators.items() if work.needs in subject.does}

    @contextlib.contextmanager
    def side_by_side(self, do, environment=dict, count=1):
        """All servers that do any of it, started together, with a load generator each."""
        with contextlib.ExitStack() as stack:
            started, generators = {}, {}
            for subject in self.those_that(do):
                with self.noting(subject, "start"):
                    started[subject] = self.start(subject, environment(), count)
                    stack.callback(started[subject].end)
            for subject, server in started.items():
                with self.noting(subject, "start"):
                    server.wait()
                    generators[subject] = self.generator(subject, server)
                    stack.callback(generators[subject].close)
            yield generators

    @contextlib.contextmanager
    def alone(self, subject):
        """A fresh server's generator."""
        with self.server(subject) as server, contextlib.closing(self.generator(subject, server)) as generator:
            yield generator

    @contextlib.contextmanager
    def server(self, subject, environment=None):
        """A fresh server that is ready."""
        server = self.start(subject, environment)
        try:
            server.wait()
            yield server
        finally:
            server.end()

    def generator(self, subject, server):
        return Generator(subject, server, self.load_core, self.cookies)

    def start(self, subject, environment=None, count=1):
        environment = {**self.environment, **(environment or {})}
        return servers.Server(subject.server, subject.application, self.server_core, environment, count)

    def rounds(self, *courses):
        """Round by round, each subject of each (work, generators) once, after one that does not count."""
        for number in range(self.plan.rounds + 1):
            for work, generators in courses:
                for subject, generator in list(generators.items()):
                    with self.noting(subject, work.name, generators):
                        self.flow(work, subject, generator, counted=number > 0)

    def flow(self, work, subject, generator, counted=True):
        """One subject, one kind of work, once. The first is to warm up."""
        if not counted:
            generator.do("run", warm_up=WARM_UP, enough=5000, seconds=0.05, **work.command)
            return
        self.record(work.name, subject, self.measured(work, generator))

    def measured(self, work, generator):
        """A result, or None: a saturated generator and too few messages give no figure, and another, longer try."""
        for tries in range(TRIES):
            seconds = self.plan.seconds * 2**tries
            result = generator.do("run", warm_up=self.plan.warm_up, seconds=seconds, **work.command)
            if result["messages"] >= LEAST.get(work.unit, 100) and not result["saturated"]:
                self.highest_load = max(self.highest_load, result["load"])
                return result
        return None

    def record(self, work, subject, result):
        self.figures.setdefault(work, {}).setdefault(subject.name, []).append(result)
        figure = "no figure: too few, or the generator was saturated" if result is None else figures.brief(result)
        say(f"{time.monotonic() - self.began:5.0f} s  {work:34} {subject.name:38} {figure}")

    @contextlib.contextmanager
    def noting(self, subject, what, generators=None):
        """A failure of one subject goes to the report, and it is out of this stage; the others are measured."""
        try:
            yield
        except (servers.StartError, OSError) as error:
            self.problems.append(f"{subject.name}, {what}: {str(error).splitlines()[-1][:200]}")
            say(self.problems[-1])
            if generators is not None:
                generators.pop(subject, None)


def per_client(done):
    """The figures of clients that came."""
    opened = done["opened"]
    return {"microseconds": done["server"] / opened * 1e6, "per_second": opened / done["wall"], "wall": done["wall"]}


def say(text):
    print(text, file=sys.stderr, flush=True)
