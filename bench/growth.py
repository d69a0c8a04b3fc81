"""A million names: what they cost in rate, in memory, and in pauses: goals 6 and, in part, 8."""
from __future__ import annotations

import dataclasses
import pathlib
import random
import re
import subprocess

import workloads
from findings import Run
from goals import Measured
from measure import Running, ratio, say
from workloads import Workload

ANSWERS = 3
FEW, MANY = 1_000, 1_000_000
CACHE_MB, HEAP_MB = 900, 1400
PAUSE_SECONDS = 60


def growth(run: Run) -> None:
    us = run.us()
    if us is None:
        return
    measurement = run.measurement
    few, many = _in_any_order(workloads.made_up(FEW, ANSWERS)), _in_any_order(workloads.made_up(MANY, ANSWERS))
    log = measurement.file("safepoints.log")
    settings = (f"cache-size: {CACHE_MB}m",)
    room = {"settings": settings, "java": (f"-Xmx{HEAP_MB}m",)}
    watched = {"settings": settings, "java": (f"-Xmx{HEAP_MB}m", f"-Xlog:safepoint:file={log}:uptime:filecount=0")}
    with measurement.stand_in(ANSWERS) as upstream, measurement.started(
        us, few, upstream=upstream, **room
    ) as small, measurement.started(us, few, upstream=upstream, **watched) as large:
        if small is None or large is None:
            return
        heap_before = _heap_used(large)
        say(f"asking {MANY:,} names once")
        measurement.fill(large, many)
        heap_after = _heap_used(large)
        results = measurement.rounds([(small, few), (large, many)])
        run.results += results
        of_few, of_many = results
        if of_many.total("lost") > of_many.total("sent") * 0.01:
            run.goals["growth.rate"] = Measured(None, f"{of_many.total('lost')} of {of_many.total('sent')} queries were lost")
        else:
            by_rate = ratio(of_many, of_few, "rate")
            by_cpu = ratio(of_few, of_many, "cpu_us")
            run.goals["growth.rate"] = Measured(by_rate) if by_rate else Measured(by_cpu, "by CPU a query, since a core was not full")
        if heap_before and heap_after:
            payload = of_many.median("mean_bytes")
            a_name = (heap_after - heap_before) / MANY
            run.goals["growth.bytes"] = Measured(a_name - payload, f"{a_name:.0f} in all, of which {payload:.0f} are the reply on the wire")
        _pauses(run, large, many, log, of_many.median("rate"))


def _in_any_order(workload: Workload) -> Workload:
    """Names that are asked in the order in which they came would find the next one in the processor's caches."""
    questions = list(workload.questions)
    random.Random(5).shuffle(questions)
    return dataclasses.replace(workload, questions=tuple(questions))


def _heap_used(running: Running) -> int | None:
    """Bytes, after a full collection; by the JDK's own jcmd."""
    jcmd = pathlib.Path(f"/proc/{running.process.pid}/exe").resolve().with_name("jcmd")
    try:
        for command in ("GC.run", "GC.run"):
            subprocess.run([jcmd, str(running.process.pid), command], capture_output=True, timeout=60, check=True)
        said = subprocess.run([jcmd, str(running.process.pid), "GC.heap_info"], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    used = re.findall(r"(?:DefNew|[Tt]enured)\D+total \d+K, used (\d+)K", said.stdout)
    return sum(map(int, used)) * 1024 if used else None


def _pauses(run: Run, running: Running, workload: Workload, log: pathlib.Path, most: float) -> None:
    say(f"watching for pauses, {PAUSE_SECONDS} s")
    before = log.stat().st_size if log.exists() else 0
    load = run.measurement.load(running, workload, PAUSE_SECONDS, rate=most / 2)
    with log.open(errors="replace") as lines:
        lines.seek(before)
        pauses = [int(match.group(1)) for line in lines if (match := re.search(r"Total:\s+(\d+) ns", line))]
    longest = max(pauses, default=0) / 1e6
    run.goals["tail.safepoint"] = Measured(longest, f"{len(pauses)} in {PAUSE_SECONDS} s at {load.rate:,.0f} a second")
    run.lines.append(f"1,000,000 names at half of the most, {PAUSE_SECONDS} s: p50 {load.p50_us:.0f}, p99 {load.p99_us:.0f}, p99.9 {load.p999_us:.0f} us, {load.lost} lost")
