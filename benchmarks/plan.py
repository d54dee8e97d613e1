"""What is measured: the subjects, the kinds of work, and how long."""

import dataclasses

SERVERS = ("daphne", "uvicorn", "uvicorn, our class", "hypercorn", "granian", "daphne, socketio_serve")
READY = "uvicorn, our class"
ALL = frozenset({"echo", "sizes", "binary", "broadcast", "rooms", "growth", "connect", "memory", "crowd", "restart"})


@dataclasses.dataclass(frozen=True)
class Subject:
    """One application under one server. ``does``: the kinds of work that it can do and that are worth the time."""

    name: str
    server: str
    application: str
    does: frozenset
    cookies: bool = True
    further: int = 0  # namespaces besides "/"

    def __str__(self):
        return self.name

    @property
    def floor(self):
        """The name of the bare application under the same server."""
        return f"floor, {self.server}"


def floor(server):
    more = {"crowd", "growth"} if server == READY else set()
    main = {"sizes", "binary", "rooms"} if server in SERVERS[:3] else set()
    does = frozenset({"echo", "broadcast", "memory"} | main | more)
    return Subject(f"floor, {server}", server, "floor:application", does)


def ours(server):
    does = {"echo", "broadcast", "polling", "memory", "connect", "anonymous"}
    if server in SERVERS[:3]:
        does |= {"sizes", "binary", "rooms", "eio3", "view", "redis"}
    if server == READY:
        does |= {"growth", "crowd", "restart"}
    return Subject(f"ours, {server}", server, "ours:application", frozenset(does), further=4)


def subjects():
    """All, the floors first."""
    python = {"echo", "broadcast", "memory", "anonymous"}
    return [
        *map(floor, SERVERS),
        *map(ours, SERVERS),
        Subject(
            "Node socket.io and ws", "node", "", cookies=False, further=4,
            does=frozenset(ALL - {"connect"} | {"polling", "anonymous", "eio3", "view", "redis"}),
        ),
        Subject(
            "python-socketio, daphne", "daphne", "peer_python_socketio:application", cookies=False, further=4,
            does=frozenset(python | {"redis"}),
        ),
        Subject(
            "python-socketio, uvicorn", "uvicorn", "peer_python_socketio:application", cookies=False, further=4,
            does=frozenset(python | {"sizes", "binary", "rooms", "polling", "redis", "growth", "crowd", "restart"}),
        ),
        Subject(
            "Channels consumer and groups, daphne", "daphne", "peer_channels:application", cookies=False,
            does=frozenset(python | {"sizes", "rooms", "view", "redis"}),
        ),
        Subject("ours with Channels' login, uvicorn", "uvicorn", "ours:with_stock_stack", frozenset({"connect"})),
        Subject("Channels consumer and login, uvicorn", "uvicorn", "peer_channels:with_user", frozenset({"connect"})),
    ]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Work:
    """One kind of work. ``command`` is the load generator's, ``clients`` how many it has then."""

    name: str
    needs: str
    unit: str
    command: dict
    clients: int = 20


def echo(name, needs, size=32, **more):
    return Work(name, needs, "message", {"work": "echo", "bytes": size, "outstanding": 1, **more})


ECHOES = (
    echo("acked echo, 1 outstanding", "echo"),
    echo("acked echo, 50 outstanding", "echo", outstanding=50),
    echo("acked echo, 1 KB", "sizes", 1000),
    echo("acked echo, 64 KB", "sizes", 64_000),
    echo("acked echo, 32 bytes binary", "binary", binary=True),
    echo("acked echo, 1 KB binary", "binary", 1000, binary=True),
    echo("acked echo, 64 KB binary", "binary", 64_000, binary=True),
)


def broadcast(members):
    return Work(f"broadcast to {members:,}", "broadcast", "delivery", {"work": "broadcast", "bytes": 32}, members)


def restart(clients):
    """The name of that work."""
    return f"{clients:,} clients come back after a restart"


ROOMERS = 1000  # clients, whatever the number of rooms


def rooms(number):
    command = {"work": "rooms", "bytes": 32, "rooms": number}
    return Work(f"{number:,} rooms of 5", "rooms", "delivery", command, ROOMERS)


POLLING = Work("polling echo", "polling", "message", {"work": "polling", "bytes": 32, "clients": 20}, 0)
EIO3 = Work("acked echo, Engine.IO 3", "eio3", "message", {"work": "echo", "bytes": 32, "outstanding": 1}, 20)
VIEW = Work("emit to 100 from a view", "view", "request", {"work": "view", "bytes": 32}, 100)
ONE = Work("one process, broadcast to 200", "redis", "delivery", {"work": "broadcast", "bytes": 32}, 200)
REDIS = dataclasses.replace(ONE, name="two processes over Redis, broadcast to 200")


@dataclasses.dataclass(frozen=True)
class Plan:
    """How much of it, and how long."""

    rounds: int
    warm_up: float
    seconds: float
    echoes: tuple
    broadcasts: tuple
    rooms: tuple
    connects: int  # in each round
    idle: int  # clients for the memory
    crowds: tuple  # numbers of clients at which memory and broadcasts are looked at, in one process
    restarts: int  # rounds
    back: int  # clients that come back at once
    rest: float  # seconds of quiet before the memory is looked at
    further: bool  # whether idle clients join further namespaces too

    def up_to(self, clients):
        """The same, without what needs more clients."""
        return dataclasses.replace(
            self,
            crowds=tuple(size for size in self.crowds if size <= clients),
            broadcasts=tuple(size for size in self.broadcasts if size <= clients),
            rooms=self.rooms if ROOMERS <= clients else (),
            idle=min(self.idle, clients),
            back=min(self.back, clients),
        )

    def __str__(self):
        return f"{self.rounds} rounds of {self.seconds:g} s, each after {self.warm_up:g} s to warm up."


FULL = Plan(
    rounds=5, warm_up=0.05, seconds=0.25, echoes=ECHOES, broadcasts=(10, 100, 200, 1000), rooms=(10, 100, 1000, 10_000),
    connects=200, idle=1000, crowds=(10, 100, 1000, 10_000), restarts=5, back=1000, rest=1.0, further=True,
)  # fmt: skip
QUICK = Plan(
    rounds=5, warm_up=0.05, seconds=0.12, echoes=ECHOES[:2], broadcasts=(200,), rooms=(),
    connects=50, idle=300, crowds=(), restarts=1, back=100, rest=0.4, further=False,
)  # fmt: skip
IN_A_HURRY = (
    r"^(?!python-socketio, daphne|.*login).*(uvicorn|daphne|, our class|ws)$"  # the names that --quick measures
)
