"""A process dies, or stands still, while another one asks it: a partial answer is told from a whole one."""

import contextlib
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.cluster import Cluster, ask, eventually
from tests.faults.fleet import Fleet

pytestmark = [pytest.mark.redis, pytest.mark.nginx, pytest.mark.node]

TIMEOUT, LEASE = 5, 5  # seconds: CLUSTER_TIMEOUT, and how long who was heard last counts as alive
SLOW = 5  # seconds more for a machine that has much to do
DEEDS = "fetch", "join", "tell"


def all_asked(server):
    with ThreadPoolExecutor(len(DEEDS)) as pool:
        return dict(zip(DEEDS, pool.map(lambda deed: ask(server, "asked", what=deed), DEEDS), strict=True))


def sockets(server):
    """How many are found, None where the answer is a partial one."""
    told = ask(server, "asked", what="fetch")
    return told["answers"] if told["error"] is None else None


@pytest.mark.parametrize("server, fault", [("daphne", signal.SIGKILL), ("uvicorn", signal.SIGSTOP)])
def test_who_asks_a_process_that_is_silent_gets_an_error_with_what_the_others_said(figure, server, fault):
    with Cluster(3, server=server) as cluster, contextlib.ExitStack() as stack:
        asking, _, silent = cluster.servers
        for each in cluster.servers:
            stack.enter_context(Fleet(each.url, 1))
        assert eventually(lambda: sockets(asking) == 3, 30)
        silent.popen.send_signal(fault)
        try:
            since = time.monotonic()
            told = all_asked(asking)
            assert eventually(lambda: sockets(asking) == 2, LEASE + SLOW)
            whole = time.monotonic() - since
        finally:
            silent.popen.send_signal(signal.SIGCONT)
        if fault == signal.SIGSTOP:
            assert eventually(lambda: sockets(asking) == 3, 30)
    figure(
        f"a process is {'killed' if fault == signal.SIGKILL else 'stopped'} while another asks, {server}",
        raised_after_s=max(each["seconds"] for each in told.values()), not_asked_after_s=whole,
    )  # fmt: skip
    for deed, answers in (("fetch", 2), ("join", 0), ("tell", 1)):
        assert told[deed]["answers"] == answers, told
        assert "1 of 2 other processes answered in time; silent: " in told[deed]["error"], told
        assert told[deed]["error"].endswith(f":{silent.pid}")
        assert told[deed]["seconds"] < TIMEOUT + SLOW, told
