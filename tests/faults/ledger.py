"""What was acknowledged against what was heard: what is lost, what came twice, what came out of order. Pure."""

from collections import Counter


def numbers(runs):
    """The numbers of runs [[first, last], ...], in their order."""
    for first, last in runs:
        yield from range(first, last + 1)


class Ledger:
    """Of the reports of fleets: ``{"clients": [...], "latencies": [...]}`` each, as fleet.js makes them.

    ``written`` {writer: number of messages} names further messages that everybody must have heard, such as a flood's.
    ``since_first`` is for clients that came when much had been said: what is due begins with the first that they heard.
    """

    def __init__(self, reports, written=None, since_first=False):
        self.since_first = since_first
        self.clients = [client for report in reports for client in report["clients"]]
        self.latencies = Counter()
        for report in reports:
            self.latencies.update(dict(report["latencies"]))
        self.due = {client["name"]: set(numbers(client["acked"])) for client in self.clients}
        self.due |= {writer: set(range(1, last + 1)) for writer, last in (written or {}).items()}
        self.lost, self.twice, self.disordered = [], [], []  # of (client, writer, number)
        for client in self.clients:
            for writer in self.due.keys() | client["heard"].keys():
                self._audit(client["name"], writer, client["heard"].get(writer, []))

    def _audit(self, client, writer, runs):
        heard, highest = set(), 0
        for first, last in runs:
            seen = heard.intersection(range(first, last + 1))
            self.twice += [(client, writer, number) for number in sorted(seen)]
            late = range(first, min(last + 1, highest))
            self.disordered += [(client, writer, number) for number in late if number not in seen]
            heard.update(range(first, last + 1))
            highest = max(highest, last)
        due = self.due.get(writer, set())
        if self.since_first and runs:
            due = {number for number in due if number > runs[0][0]}
        self.lost += [(client, writer, number) for number in sorted(due - heard)]

    @property
    def faults(self):
        """How many were (lost, twice, out of order): (0, 0, 0)."""
        return len(self.lost), len(self.twice), len(self.disordered)

    @property
    def unsignalled(self):
        """What clients lost who were never told: all that came back to them said ``recovered``, and no word came that
        something may be missing.
        """
        told = {
            client["name"]
            for client in self.clients
            if client.get("warned") or not all(each["recovered"] for each in client["connects"][1:])
        }
        return [each for each in self.lost if each[0] not in told]

    @property
    def sent(self):
        return sum(client["written"] for client in self.clients)

    @property
    def acked(self):
        return sum(len(list(numbers(client["acked"]))) for client in self.clients)

    @property
    def failed(self):
        """Why messages were not acknowledged: {reason: how many}."""
        return Counter(why for client in self.clients for _, why, _ in client["failed"])

    @property
    def deliveries(self):
        return sum(
            last - first + 1 for client in self.clients for runs in client["heard"].values() for first, last in runs
        )

    @property
    def closed(self):
        """Why connections ended: {reason: how many}."""
        return Counter(each["reason"] for client in self.clients for each in client["disconnects"])

    @property
    def returned(self):
        """The connects of those that came back, in one list."""
        return [each for client in self.clients for each in client["connects"][1:]]

    @property
    def recovered(self):
        """How many of those that came back recovered, with the id that they had."""
        return sum(each["recovered"] and each["same"] for each in self.returned)

    def slowest(self, since):
        """Seconds from a time (in seconds) until the last client was back; 0 where nobody was away."""
        return max((each["at"] / 1000 - since for each in self.returned), default=0.0)

    def latency(self, share):
        """The milliseconds within which this share of the deliveries came."""
        wanted, passed = share * self.latencies.total(), 0
        for late in sorted(self.latencies):
            passed += self.latencies[late]
            if passed >= wanted:
                return late
        return 0
