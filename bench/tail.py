"""The slowest hits: at half of the most that each server can, and while the agent hangs: goal 8."""
from __future__ import annotations

import dataclasses
import os
import signal
import statistics

import dns
import servers
import workloads
from findings import Run, find
from goals import Measured
from measure import Measurement, Result, Running, say

UNKNOWN_PERCENT = 5
HANG_SECONDS = 8  # with the warm-up less than the TTL: hits stay hits


def tail(run: Run) -> None:
    measurement, workload = run.measurement, workloads.A
    compared = run.only(servers.US, *servers.PEERS)
    slowest: list[tuple[str, list[float]]] = []
    for server in compared:
        with measurement.started(server, workload) as running:
            if running is None:
                continue
            most = _most(measurement, running)
            say(f"{server.label} at half of its most")
            rounds = [measurement.load(running, workload, measurement.plan.seconds, rate=most / 2) for _ in range(measurement.plan.rounds)]
        slowest.append((server.key, [one.p999_us for one in rounds]))
        run.lines.append(
            f"{server.label} at {most / 2:,.0f} a second: p50 {_median(rounds, 'p50_us'):.0f}, p99 {_median(rounds, 'p99_us'):.0f}, "
            f"p99.9 {_median(rounds, 'p999_us'):.0f} us (the rounds' {min(one.p999_us for one in rounds):.0f} to "
            f"{max(one.p999_us for one in rounds):.0f}), {sum(one.lost for one in rounds)} lost"
        )
    medians = {key: statistics.median(values) for key, values in slowest}
    if servers.US in medians and medians.get("unbound"):
        run.goals["tail.p999"] = Measured(medians[servers.US] / medians["unbound"])
    for server in compared:
        _hang(run, server)


def _median(rounds, of: str) -> float:
    return statistics.median(getattr(one, of) for one in rounds)


def _most(measurement: Measurement, running: Running) -> float:
    say(f"warming up {running.server.label} (tail)")
    measurement.warm_up(running, workloads.A)
    return statistics.median(measurement.load(running, workloads.A, measurement.plan.warm_up).rate for _ in range(3))


def _hang(run: Run, server: servers.Server) -> None:
    """The agent's process is stopped, so that it takes questions and answers none; it goes on afterwards."""
    measurement, agent = run.measurement, run.measurement.agent
    with measurement.started(server, workloads.A) as running:
        if running is None:
            return
        most = _most(measurement, running)
        say(f"{server.label} while the agent hangs")
        try:
            os.kill(agent.process.pid, signal.SIGSTOP)
            load = measurement.load(running, workloads.A, HANG_SECONDS, rate=most / 2, unknown_percent=UNKNOWN_PERCENT)
        finally:
            os.kill(agent.process.pid, signal.SIGCONT)
    dns.ask(agent.dns_port, workloads.A.questions[0], 0, workloads.A.least_answers, timeout=30, again=0.5)
    hits = load.sent - load.unknown
    run.lines.append(
        f"{server.label} while the agent hangs, at {most / 2:,.0f} a second of which {UNKNOWN_PERCENT}% are unknown: "
        f"p99 {load.p99_us / 1000:.2f} ms, {load.lost + load.wrong} of {hits} hits lost ({(load.lost + load.wrong) / max(1, hits):.2%})"
    )
    if server is run.us():
        run.goals["hang.p99"] = Measured(load.p99_us / 1000)
        run.goals["hang.lost"] = Measured(load.lost + load.wrong, f"of {hits:,}")
