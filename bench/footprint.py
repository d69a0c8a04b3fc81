"""How soon we answer, and how much memory we take: goals 9 and 10."""
from __future__ import annotations

import statistics
import time

import servers
import workloads
from findings import Run
from goals import Measured
from measure import say

NAMES, ANSWERS = 100_000, 3
CACHE_MB = 64  # the default holds fewer of these names
IDLE_SECONDS = 15  # after which the JVM has given back what its compilers took


class Idle:
    """A server that is started now, asked once, and looked at later; meanwhile it does nothing."""

    def __init__(self, run: Run):
        self._process = run.measurement.idle(run.us(), workloads.A)
        self._since = time.monotonic()

    def look(self, run: Run) -> None:
        time.sleep(max(0.0, IDLE_SECONDS - (time.monotonic() - self._since)))
        run.goals["memory.idle"] = Measured(self._process.rss_mb(), f"{time.monotonic() - self._since:.0f} s after its start")
        run.measurement.end(self._process)


def start(run: Run) -> None:
    """Of every JDK, by the launcher's flags and by none; the goals are those of the newest."""
    for server in (one for one in run.compared if one.key == servers.US and (not run.quick or one is run.us())):
        for key, plain in (("start.launcher", False), ("start.plain", True)):
            count = run.measurement.plan.starts
            say(f"starting {server.label} {count} times, {'by java -jar' if plain else 'as the launcher does'}")
            times = [run.measurement.first_answer(server, workloads.A, plain) for _ in range(count)]
            said = f"{min(times):.2f} to {max(times):.2f}, {count} starts"
            if server is run.us():
                run.goals[key] = Measured(statistics.median(times), said)
            else:
                run.lines.append(f"{server.label}, start to first answer {'by java -jar' if plain else 'from the launcher'}: {statistics.median(times):.2f} s ({said})")


def memory(run: Run) -> None:
    us = run.us()
    if us is None:
        return
    many = workloads.made_up(NAMES, ANSWERS)
    with run.measurement.stand_in(ANSWERS) as upstream, run.measurement.started(us, many, upstream=upstream, settings=(f"cache-size: {CACHE_MB}m",)) as running:
        if running is None:
            return
        say(f"asking {NAMES:,} names, then loading")
        run.measurement.fill(running, many)
        filled = running.process.rss_mb()
        rounds = []
        for _ in range(run.measurement.plan.rounds):
            load = run.measurement.load(running, many, run.measurement.plan.seconds)
            rounds.append(running.process.rss_mb())
        run.goals["memory.loaded"] = Measured(statistics.median(rounds), f"cache-size {CACHE_MB}m, {load.rate:,.0f} a second, {load.lost} lost")
        run.lines.append(f"RSS with {NAMES:,} names: {filled:.0f} MB when they had come, {min(rounds):.0f} to {max(rounds):.0f} MB under full load")
