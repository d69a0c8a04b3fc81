"""What the project promises of itself, each goal with what was measured."""
from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from measure import Result, ratio


@dataclasses.dataclass(frozen=True)
class Measured:
    value: float | None  # None: it could not be
    note: str = ""

    @staticmethod
    def times_as_fast(ours: Result | None, theirs: Result | None) -> Measured:
        """By rate where both filled their cores, else by CPU a query: a core that is not full could have given more."""
        if ours is None or theirs is None:
            return Measured(None, "one of the two was not there")
        by_rate = ratio(ours, theirs, "rate")
        if by_rate is not None:
            return Measured(by_rate)
        by_cpu = ratio(ours, theirs, "cpu_us")
        return Measured(1 / by_cpu if by_cpu else None, "by CPU a query, since a core was not full")

    @staticmethod
    def times_the_cost(ours: Result | None, theirs: Result | None) -> Measured:
        if ours is None or theirs is None:
            return Measured(None, "one of the two was not there")
        return Measured(ratio(ours, theirs, "cpu_us"))


@dataclasses.dataclass(frozen=True)
class Goal:
    key: str
    what: str
    bound: float
    at_least: bool
    unit: str = " x"

    def line(self, measured: Measured) -> str:
        wanted = f"{self.what} {'>=' if self.at_least else '<='} {self.bound:,g}{self.unit}"
        if measured.value is None:
            return f"{wanted}: not measured: {measured.note}"
        value = measured.value
        met = value >= self.bound if self.at_least else value <= self.bound
        by = f"missed by {abs(value - self.bound) / self.bound:.0%}" if self.bound else "missed"
        digits = 0 if value >= 1000 else 1 if value >= 10 else 2
        note = f" ({measured.note})" if measured.note else ""
        return f"{wanted}: {value:,.{digits}f}{self.unit}, {'met' if met else by}{note}"


def _faster(workload: str, name: str) -> list[Goal]:
    return [
        Goal(f"{workload}.{peer}", f"{name}, rate to {'the agent' if peer == 'agent' else peer}'s", bound, at_least=True)
        for peer, bound in (("unbound", 1.3), ("dnsmasq", 1.6), ("coredns", 4), ("agent", 10))
    ]


HITS = {
    1: [*_faster("a", "A hits"), Goal("a.netty", "A hits by Netty's loop (JDK 17), rate to unbound's", 1.0, at_least=True)],
    2: [Goal("a.floor", "A hits, CPU a query to the C floor's", 1.15, at_least=False)],
    3: [*_faster("srv", "SRV hits"), *_faster("a10", "A hits of 10 instances")],
    4: [
        Goal("instances.1500", "A of 1,500 instances without EDNS, cost to 3 instances'", 1.5, at_least=False),
        Goal("instances.74", "A of 1,500 instances with EDNS 1232, cost to 74 instances'", 1.2, at_least=False),
    ],
    5: [Goal("cores.unbound", "Two loops on two cores with the load, rate to unbound's", 1.1, at_least=True)],
    6: [
        Goal("growth.rate", "1,000,000 names, rate to that of 1,000", 0.85, at_least=True),
        Goal("growth.bytes", "Heap a name over its payload", 400, at_least=False, unit=" bytes"),
    ],
    7: [
        Goal("tcp.unbound", "TCP hits over 64 connections, rate to unbound's", 1.3, at_least=True),
        Goal("tcp-once.unbound", "TCP hits, a connection each, rate to unbound's", 0.9, at_least=True),
    ],
    8: [
        Goal("tail.p999", "p99.9 at half of each one's most, to unbound's", 1.0, at_least=False),
        Goal("tail.safepoint", "Longest safepoint with 1,000,000 names", 5, at_least=False, unit=" ms"),
        Goal("hang.p99", "p99 of hits while the agent hangs and 5% are unknown", 1, at_least=False, unit=" ms"),
        Goal("hang.lost", "Hits lost meanwhile", 0, at_least=False, unit=""),
        Goal("pieces.bytes", "Allocated by a hit over UDP (JMH)", 0, at_least=False, unit=" bytes"),
        Goal("pieces.hit", "A hit without sockets (JMH)", 400, at_least=False, unit=" ns"),
    ],
    9: [
        Goal("start.launcher", "Start to first answer, from the launcher", 0.4, at_least=False, unit=" s"),
        Goal("start.plain", "Start to first answer, by java -jar", 1.5, at_least=False, unit=" s"),
    ],
    10: [
        Goal("memory.idle", "RSS idle", 72, at_least=False, unit=" MB"),
        Goal("memory.loaded", "RSS with 100,000 names under full load", 128, at_least=False, unit=" MB"),
    ],
}


def _at_ttl_0(workload: str, name: str, **bounds: float) -> list[Goal]:
    return [
        Goal(f"{workload}.{peer}", f"TTL 0, {name}, rate to {'the agent' if peer == 'agent' else peer}'s", bound, at_least=True)
        for peer, bound in bounds.items()
    ]


TTL_0 = {
    1: [Goal("ttl-0.rate", "A hits at TTL 0, rate to our own at TTL 60", 0.95, at_least=True)],
    2: _at_ttl_0("ttl-0-few", "32 open", unbound=20, dnsmasq=20, coredns=2.5, agent=12),
    3: _at_ttl_0("ttl-0", "2,048 open", unbound=6, dnsmasq=12, agent=12),
    4: [Goal("ttl-0.questions", "Questions to the agent for 1,000 of clients", 1, at_least=False, unit="")],
    5: [
        Goal("cold.agent", "5,000 names: questions to the agent for 1,000 of clients", 1, at_least=False, unit=""),
        Goal("cold.connections", "5,000 names: connections to the agent", 70, at_least=False, unit=""),
        Goal("cold.cpu", "5,000 names: the agent's CPU", 0.02, at_least=False, unit=" of a core"),
    ],
    6: [Goal("watch.cost", "A hits with watching, cost to that without", 1.05, at_least=False)],
}

LIBRARY = {
    1: [
        *(
            Goal(f"library.pick.{instances}", f"Pick from a cached service of {instances:,} instances", 50, at_least=False, unit=" ns")
            for instances in (3, 100, 10_000)
        ),
        Goal("library.pick.bytes", "Allocated by a pick", 0, at_least=False, unit=" bytes"),
    ],
    2: [Goal("library.resolve", "Resolve a cached service", 100, at_least=False, unit=" ns")],
    3: [Goal("library.spotify", "Cached lookup, time of com.spotify:dns's to ours", 10, at_least=True)],
    4: [Goal("library.cold", "Cold lookup of 100 instances, time to the agent's own", 1.2, at_least=False)],
    5: [Goal("library.watched", "10,000 watched names", 100, at_least=False, unit=" MB")],
}


def lines(measured: Mapping[str, Measured]) -> list[str]:
    """A line a goal that was measured, or that could not be, in order; and one for those that were not tried."""
    wanted = next((of for prefix, of in (("ttl-0.", TTL_0), ("library.", LIBRARY)) if any(key.startswith(prefix) for key in measured)), HITS)
    tried = [f"{number:>2}  {goal.line(measured[goal.key])}" for number, goals in wanted.items() for goal in goals if goal.key in measured]
    others = [f"{number} ({goal.key})" for number, goals in wanted.items() for goal in goals if goal.key not in measured]
    return tried + (["Not measured in this run: " + ", ".join(others)] if others else [])
