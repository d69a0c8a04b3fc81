"""What a run prints, and what it writes as JSON."""
from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import goals
import servers
from findings import Run
from measure import SATURATED, Result, ratio
from processes import TICKS

COLUMNS = ("server", "queries/s", "±", "CPU µs/query", "±", "cores", "lost", "wrong", "us/it rate", "us/it CPU")


def header(machine: dict[str, object], compared: Sequence[servers.Server]) -> str:
    versions = [f"  {server.label:16} {server.version}" for server in compared]
    return "\n".join([f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}", *versions])


def table(results: Sequence[Result]) -> str:
    """One table: a block a workload, a row a server, the fastest by CPU first."""
    rows: list[Sequence[str]] = [COLUMNS]
    for workload in dict.fromkeys(result.workload for result in results):
        block = [result for result in results if result.workload is workload]
        ours = next((result for result in block if result.server.key == servers.US), None)
        rows.append((workload.title,))
        for result in sorted(block, key=lambda result: result.median("cpu_us")):
            rows.append(_row(result, ours))
    return "\n".join([*_aligned(rows), *_notes(results)])


def _row(result: Result, ours: Result | None) -> Sequence[str]:
    lost = result.total("lost") / max(1, result.total("sent"))
    return (
        "  " + result.server.label,
        f"{result.median('rate'):,.0f}",
        f"{result.spread('rate'):.0%}",
        f"{result.median('cpu_us'):.2f}",
        f"{result.spread('cpu_us'):.0%}",
        f"{result.median('busy'):.0%}" + ("" if result.saturated() else "*"),
        f"{lost:.2%}" if lost else "0",
        f"{result.total('wrong'):,}",
        _times(ours, result, "rate"),
        _times(ours, result, "cpu_us"),
    )


def _times(ours: Result | None, result: Result, of: str) -> str:
    if ours is None or ours is result:
        return ""
    value = ratio(ours, result, of)
    return "-" if value is None else f"{value:.2f} x"


def _notes(results: Sequence[Result]) -> list[str]:
    """Says of whom the rate says little, and why."""
    labels: dict[str, dict[str, None]] = {}
    for result in results:
        if not result.saturated():
            reason = (
                "the generator was the bottleneck"
                if result.median("generator_busy") >= 0.9
                else "other work on this machine took part of that core or of the generator's"
            )
            labels.setdefault(reason, {})[result.server.label] = None
    return [
        f"* below {SATURATED:.0%} of its core: {reason}. There the rate says little, and only CPU a query compares ({', '.join(whose)})."
        for reason, whose in labels.items()
    ]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows if len(row) == len(COLUMNS)) for column in range(len(COLUMNS))]
    return [
        row[0] if len(row) == 1 else "  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))])
        for row in rows
    ]


def as_json(machine: dict[str, object], run: Run) -> dict:
    def compared(result: Result) -> dict[str, object]:
        ours = next((one for one in run.results if one.server.key == servers.US and one.workload is result.workload), None)
        return {
            "server": result.server.label,
            "version": result.server.version,
            "workload": result.workload.name,
            "rate": result.median("rate"),
            "cpu_us": round(result.median("cpu_us"), 3),
            "busy": round(result.median("busy"), 3),
            "saturated": result.saturated(),
            "our_rate_ratio": ratio(ours, result, "rate") if ours else None,
            "our_cpu_ratio": ratio(ours, result, "cpu_us") if ours else None,
            "rss_mb": round(result.rss_mb, 1),
            "rounds": [dataclasses.asdict(one) for one in result.rounds],
        }

    return {
        "machine": machine,
        "plan": dataclasses.asdict(run.measurement.plan),
        "cpu_resolution_seconds": 1 / TICKS,
        "results": [compared(result) for result in run.results],
        "goals": {key: dataclasses.asdict(measured) for key, measured in run.goals.items()},
        "goal_lines": goals.lines(run.goals),
        "lines": run.lines,
        "left_out": run.measurement.left_out,
    }
