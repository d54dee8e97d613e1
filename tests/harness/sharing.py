"""How the workers of pytest-xdist share the tests: what needs the same servers together, and the longest first."""

from xdist.scheduler import LoadScopeScheduling

# Seconds of what takes long, measured on two cores. A folder is one here because its tests share servers or a browser,
# which each worker would have to start for itself; all other files are shared one by one.
SECONDS = {
    "tests/browser": 350, "tests/roundrobin": 240, "tests/clients": 230, "tests/recovery": 210, "tests/media": 190,
    "tests/faults": 190, "tests/servers": 180, "tests/conformance": 100, "tests/cluster": 75,
}  # fmt: skip


class Sharing(LoadScopeScheduling):
    """A scheduler of xdist whose units of work are folders and files."""

    def _split_scope(self, nodeid):
        path = nodeid.partition("::")[0]
        folder = "/".join(path.split("/")[:2])
        return folder if folder in SECONDS else path

    def _assign_work_unit(self, node):
        longest = max(self.workqueue, key=lambda unit: (SECONDS.get(unit, 0), len(self.workqueue[unit])))
        self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)
