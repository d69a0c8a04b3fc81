"""What the project promises of itself, each goal with what was measured."""
from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterator, Sequence

import servers
import workloads
from measure import Result, Start, ratio


CACHED_HITS = 60_000


@dataclasses.dataclass(frozen=True)
class Goal:
    what: str
    bound: float
    measured: float | None  # None: not in this run, since a core was not full
    at_least: bool
    unit: str = ""

    def __str__(self) -> str:
        wanted = f"{'>=' if self.at_least else '<='} {self.bound:,g}{self.unit}"
        if self.measured is None:
            return f"{self.what} {wanted}: not measured, since a core was not full"
        met = self.measured >= self.bound if self.at_least else self.measured <= self.bound
        missed_by = abs(self.measured - self.bound) / self.bound
        digits = 0 if self.measured >= 1000 else 1 if self.measured >= 10 else 2
        return f"{self.what} {wanted}: {self.measured:,.{digits}f}{self.unit}, " + ("met" if met else f"missed by {missed_by:.0%}")


def of(results: Sequence[Result], starts: Sequence[Start]) -> Iterator[Goal]:
    """The goals for what was measured; us is us on the newest JDK."""
    in_a = [result for result in results if result.workload is workloads.A]
    ours = next((result for result in in_a if result.server.key == servers.US), None)
    agent = next((result for result in in_a if result.server.key == servers.AGENT), None)
    if ours:
        rate = ours.median("rate")
        known = ours.saturated() or rate >= CACHED_HITS  # a core that was not full could have given more
        yield Goal("Cached A hits", CACHED_HITS, rate if known else None, at_least=True, unit=" a second")
    if ours and agent:
        yield Goal("Cached A hits, rate to the agent's", 6, ratio(ours, agent, "rate"), at_least=True, unit=" x")
    if starts:
        yield Goal("Start to first answer", 1.8, statistics.median(starts[0].seconds), at_least=False, unit=" s")
        yield Goal("Idle RSS", 96, starts[0].idle_rss_mb, at_least=False, unit=" MB")
