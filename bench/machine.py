"""The machine: what it is, whether it is quiet, and which cores the server and the load get."""
from __future__ import annotations

import os
import pathlib
import platform
import time


def describe() -> dict[str, object]:
    model = "unknown CPU"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {"cpu": model, "cores": len(os.sched_getaffinity(0)), "kernel": platform.release(), "load_average": os.getloadavg()[0]}


def _siblings(core: int) -> set[int]:
    """The hardware threads that share this one's core."""
    path = pathlib.Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list")
    if not path.exists():
        return {core}
    threads: set[int] = set()
    for part in path.read_text().strip().split(","):
        first, _, last = part.partition("-")
        threads.update(range(int(first), int(last or first) + 1))
    return threads


def two_cores() -> tuple[int, int] | None:
    """A core for the server and another for the load, which share no hardware core where that can be; None with one core."""
    ours = sorted(os.sched_getaffinity(0), reverse=True)
    if len(ours) < 2:
        return None
    server = ours[0]
    apart = [core for core in ours if core not in _siblings(server)]
    return server, (apart or ours[1:])[0]


def wait_for_tracked_connections() -> None:
    """Waits until the kernel's table of connections, where there is one, has room again: a full one drops everybody's packets.

    Each question to an upstream is an entry for half a minute, each TCP connection one for ten seconds.
    """
    here = pathlib.Path("/proc/sys/net/netfilter")
    count, most = here / "nf_conntrack_count", here / "nf_conntrack_max"
    deadline = time.monotonic() + 150
    while count.exists() and int(count.read_text()) > 0.55 * int(most.read_text()) and time.monotonic() < deadline:
        time.sleep(0.5)


def datagrams_dropped() -> int:
    """How many UDP datagrams the kernel has thrown away since its start because a program did not fetch them in time."""
    lines = [line.split() for line in pathlib.Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Udp:")]
    return int(dict(zip(lines[0][1:], lines[1][1:]))["RcvbufErrors"])
