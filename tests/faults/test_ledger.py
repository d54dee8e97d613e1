"""The ledger finds what the fault tests look for."""

from tests.faults.ledger import Ledger


def client(name, heard, acked=(), written=0):
    return {
        "name": name, "heard": heard, "acked": list(acked), "written": written, "failed": [], "connects": [],
        "disconnects": [], "upgraded": None, "connected": True,
    }  # fmt: skip


def ledger(*runs, due=5):
    """Of one client that heard these runs of a writer who said ``due`` messages."""
    return Ledger([{"clients": [client("a", {"w": list(runs)})], "latencies": [[3, 9], [40, 1]]}], {"w": due})


def found(ledger):
    return [[number for _, _, number in each] for each in (ledger.lost, ledger.twice, ledger.disordered)]


def test_all_in_order_is_nothing_to_tell():
    assert found(ledger([1, 5])) == [[], [], []]


def test_what_was_not_acknowledged_may_come_or_not():
    assert found(ledger([1, 7])) == [[], [], []]


def test_what_is_missing_is_lost():
    assert found(ledger([1, 2], [4, 4])) == [[3, 5], [], []]


def test_a_client_that_heard_nothing_lost_everything():
    assert found(ledger(due=2)) == [[1, 2], [], []]


def test_what_comes_again_came_twice():
    assert found(ledger([1, 3], [2, 5])) == [[], [2, 3], []]


def test_what_comes_late_is_out_of_order():
    assert found(ledger([1, 2], [4, 5], [3, 3])) == [[], [], [3]]


def test_each_writer_is_due_at_each_client():
    clients = [client("a", {"a": [[1, 2]]}, acked=[[1, 2]], written=3), client("b", {})]
    both = Ledger([{"clients": clients, "latencies": []}])
    assert both.lost == [("b", "a", 1), ("b", "a", 2)]
    assert (both.sent, both.acked, both.deliveries) == (3, 2, 2)


def test_who_came_late_is_due_what_comes_after_the_first():
    clients = [client("a", {"w": [[3, 5], [7, 8]]})]
    assert found(Ledger([{"clients": clients, "latencies": []}], {"w": 8}, since_first=True)) == [[6], [], []]


def test_who_came_back_without_recovery_was_told():
    clients = [client("a", {}), client("b", {}), client("c", {})]
    for each, recovered in zip(clients, (True, False), strict=False):
        each["connects"] = [{"recovered": False}, {"recovered": recovered}]
    assert Ledger([{"clients": clients, "latencies": []}], {"w": 1}).unsignalled == [("a", "w", 1), ("c", "w", 1)]


def test_latency_is_a_share_of_the_deliveries():
    assert [ledger([1, 5]).latency(share) for share in (0.5, 0.9, 0.99)] == [3, 3, 40]
