"""What the kernel knows about a process: processor time, waiting time, memory, and the port it listens on."""

import os
import time
from pathlib import Path


def processor_time(pid):
    """Seconds of processor time of all threads so far, those that ended included.

    The same sum as utime + stime in ``/proc/<pid>/stat``, in nanoseconds instead of ticks of 10 ms: the number of
    the clock is what clock_getcpuclockid(3) returns for the process.
    """
    return time.clock_gettime((~pid << 3) | 2)


def waiting_time(pid):
    """Seconds in which the main thread could have run and another process had its core."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def memory(pid):
    """Bytes of resident memory, shared pages by their share (PSS)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise OSError("no Pss in smaps_rollup")


def listening_port(pid):
    """The TCP port on which the process listens, or None."""
    own = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            own.add(os.readlink(descriptor))
        except OSError:
            continue  # closed while we looked
    for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in own:  # 0A: LISTEN
            return int(fields[1].rpartition(":")[2], 16)
    return None


def processor_time_of(pids):
    """The same of several processes together."""
    return sum(map(processor_time, pids))


def family(pid):
    """The process and all that it has started and that live: some servers work in a child."""
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def threads(pids):
    """The numbers of all threads of these processes."""
    return [int(task.name) for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()]
