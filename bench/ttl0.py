"""TTL 0, Consul's default: whether answers that are watched are as good as answers that are kept, and what others do."""
from __future__ import annotations

import pathlib
import statistics
import time

import servers
import workloads
from findings import Run, find
from goals import Measured
from measure import Measurement, Result, Running, say

QUIET_SECONDS = 10
LOOKED_AT_WITHIN = 120  # seconds; each name without a watch is compared with the catalogue once, 100 a second


def ttl_0(run: Run) -> None:
    us = run.us()
    if us is None:
        return
    at_60 = run.measurement
    at_0 = at_60.beside("ttl-0", "0s", [*workloads.A.services, *workloads.COLD.services])
    for workload in (workloads.TTL_0_FEW, workloads.TTL_0):
        _peers(run, at_0, workload)
    _beside_ttl_60(run, at_60, at_0)
    _watching(run, at_60)
    _many_names(run, at_0)


def _peers(run: Run, at_0: Measurement, workload: workloads.Workload) -> None:
    results = at_0.by_turns(workload, run.only(servers.US, *servers.PEERS, servers.AGENT))
    run.results += results
    ours = find(results, run.us())
    for theirs in results:
        if ours and theirs is not ours:
            # Not by CPU: most of what is asked here the agent answers, whose CPU is not theirs.
            rates = [one.rate / other.rate for one, other in zip(ours.rounds, theirs.rounds) if other.rate]
            run.goals[f"{workload.name}.{theirs.server.key}"] = Measured(statistics.median(rates) if rates else None)


def _beside_ttl_60(run: Run, at_60: Measurement, at_0: Measurement) -> None:
    us = run.us()
    with at_60.started(us, workloads.A) as kept, at_0.started(us, workloads.TTL_0, metrics=True) as watched:
        if kept is None or watched is None:
            return
        results = at_60.rounds([(kept, workloads.A), (watched, workloads.TTL_0)])
        run.goals["ttl-0.rate"] = Measured.times_as_fast(results[1], results[0])
        say("counting questions to the agent")
        run.goals["ttl-0.questions"] = _asked(at_0, watched, workloads.TTL_0, 0)


def _asked(measurement: Measurement, running: Running, workload: workloads.Workload, rate: float) -> Measured:
    before = running.metric("consul_resolver_upstream_latency_seconds_count")
    load = measurement.load(running, workload, QUIET_SECONDS, ramp=0, rate=rate)
    asked = running.metric("consul_resolver_upstream_latency_seconds_count") - before
    return Measured(1000 * asked / max(1, load.sent), f"{asked:,.0f} for {load.sent:,}, {load.wrong} wrong")


def _watching(run: Run, at_60: Measurement) -> None:
    us = run.us()
    with at_60.started(us, workloads.A) as watching, at_60.started(us, workloads.A, settings=("watch: off",)) as alone:
        if watching and alone:
            results = at_60.rounds([(watching, workloads.A), (alone, workloads.A)])
            run.goals["watch.cost"] = Measured.times_the_cost(*results)


def _many_names(run: Run, at_0: Measurement) -> None:
    """Nothing changes in the catalogue, and all names are asked for, again and again."""
    us, agent = run.us(), at_0.agent.process
    with at_0.started(us, workloads.COLD, metrics=True) as running:
        if running is None:
            return
        result = Result(us, workloads.COLD)
        say("asking 5,000 names")
        at_0.warm_up(running, workloads.COLD)
        waited = _until_all_are_looked_at(at_0, running)
        before, since = agent.cpu_seconds(), time.monotonic()
        run.goals["cold.agent"] = _asked(at_0, running, workloads.COLD, 50_000)
        run.goals["cold.cpu"] = Measured((agent.cpu_seconds() - before) / (time.monotonic() - since), f"at 50,000 a second, {waited:.0f} s after the warm-up: all had been looked at")
        run.goals["cold.connections"] = Measured(_connections(running.process.pid, at_0.agent.http_port))
        result.rounds += [at_0.load(running, workloads.COLD, at_0.plan.seconds) for _ in range(at_0.plan.rounds)]
        result.rss_mb = running.process.rss_mb()
        run.results.append(result)


def _until_all_are_looked_at(measurement: Measurement, running: Running) -> float:
    """Asks on; how long it took, in seconds."""
    began = time.monotonic()
    while running.metric("consul_resolver_signal_services", 'state="waiting"') > 0 and time.monotonic() < began + LOOKED_AT_WITHIN:
        measurement.load(running, workloads.COLD, 2, ramp=0, rate=10_000)
    return time.monotonic() - began


def _connections(pid: int, port: int) -> int:
    """How many TCP connections of a process to a port of this host are established."""
    links = [link for link in pathlib.Path(f"/proc/{pid}/fd").iterdir()]
    own = {str(link.readlink()) for link in links if link.is_symlink()}
    count = 0
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            established, remote = fields[3] == "01", int(fields[2].rpartition(":")[2], 16)
            count += established and remote == port and f"socket:[{fields[9]}]" in own
    return count
