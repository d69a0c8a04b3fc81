"""Measuring: one server under load, all of them by turns, and one server's start."""
from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

import dns
import tools
from consul import Agent
from processes import Process, Processes, free_port
from servers import Server, Setup
from workloads import Workload

MOST_WARM_UP_STEPS = 20
SATURATED = 0.95  # of its core: below that the server was not what limited the rate


@dataclasses.dataclass(frozen=True)
class Plan:
    rounds: int
    seconds: float  # a server and round
    warm_up: float  # seconds a step, before all rounds; as many steps as it takes
    ramp: float  # seconds of load before each measurement
    starts: int
    server_core: int
    load_core: int


@dataclasses.dataclass(frozen=True)
class Round:
    """One server under load for a few seconds."""

    rate: float  # right replies a second
    cpu_us: float  # of the server's process, a reply
    busy: float  # part of its core that the server took
    generator_busy: float
    sent: int
    lost: int
    wrong: int
    stray: int
    mean_bytes: float
    p50_us: float
    p99_us: float


@dataclasses.dataclass
class Result:
    """One server in one workload."""

    server: Server
    workload: Workload
    rounds: list[Round] = dataclasses.field(default_factory=list)
    rss_mb: float = 0.0  # after the load

    def median(self, of: str) -> float:
        return statistics.median(getattr(one, of) for one in self.rounds)

    def spread(self, of: str) -> float:
        """Half of the distance from the least to the greatest, as a part of the median."""
        values = [getattr(one, of) for one in self.rounds]
        middle = statistics.median(values)
        return (max(values) - min(values)) / 2 / middle if middle else 0.0

    def total(self, of: str) -> int:
        return sum(getattr(one, of) for one in self.rounds)

    def saturated(self) -> bool:
        return self.median("busy") >= SATURATED


def ratio(ours: Result, theirs: Result, of: str) -> float | None:
    """Median of the rounds' ratios; each compares what ran within seconds. No ratio of rates where a core was not full."""
    if of == "rate" and not (ours.saturated() and theirs.saturated()):
        return None
    pairs = [(getattr(one, of), getattr(other, of)) for one, other in zip(ours.rounds, theirs.rounds)]
    return statistics.median(one / other for one, other in pairs) if pairs and all(other for _, other in pairs) else None


@dataclasses.dataclass(frozen=True)
class Start:
    """How one server starts, with all cores to itself."""

    server: Server
    seconds: list[float]  # from the fork to the first right answer
    idle_rss_mb: float  # two seconds after that


class Measurement:
    """Everything of one run."""

    def __init__(self, processes: Processes, agent: Agent, directory: pathlib.Path, plan: Plan):
        self._processes = processes
        self._agent = agent
        self._directory = directory
        self._plan = plan
        self.left_out: list[str] = []

    def workload(self, workload: Workload, servers: Sequence[Server]) -> list[Result]:
        """Starts every server, warms it up, and loads one after the other, round by round, each second round backwards."""
        reply_size = round(statistics.mean(self._answers(self._agent.dns_port, workload)))
        running: list[tuple[Result, Process, int]] = []
        for server in servers:
            started = self._start(server, workload, reply_size)
            if started is not None:
                running.append((Result(server, workload), *started))
        for result, process, port in running:
            say(f"warming up {result.server.label} ({workload.name})")
            self._warm_up(process, port, workload)
        for number in range(self._plan.rounds):
            say(f"round {number + 1} of {self._plan.rounds} ({workload.name})")
            for result, process, port in running if number % 2 == 0 else reversed(running):
                result.rounds.append(self._load(process, port, workload, self._plan.ramp, self._plan.seconds))
        for result, process, _ in running:
            result.rss_mb = process.rss_mb()
            if process is not self._agent.process:
                self._processes.end(process)
        return [result for result, _, _ in running]

    def start(self, server: Server, workload: Workload) -> Start:
        """Starts a server again and again, and asks it every 10 ms until it answers."""
        say(f"starting {server.label}, {self._plan.starts} times")
        seconds = []
        idle = 0.0
        for number in range(self._plan.starts):
            port = free_port()
            command = self._command(server, workload, port, 0, one_core=False)
            before = time.monotonic()
            process = self._processes.start(command, self._log(server), None)
            if dns.ask(port, workload.questions[0], workload.edns_size, workload.least_answers, timeout=20, again=0.01) is None:
                raise MeasurementError(f"{server.label} did not answer within 20 s of its start: {process.last_words()}")
            seconds.append(time.monotonic() - before)
            if number == self._plan.starts - 1:
                time.sleep(2)
                idle = process.rss_mb()
            self._processes.end(process)
        return Start(server, seconds, idle)

    def _start(self, server: Server, workload: Workload, reply_size: int) -> tuple[Process, int] | None:
        """Starts a server on its core and sees that it answers every question right; None, and a line, where it does not."""
        if server.command is None:
            return self._agent.process, self._agent.dns_port
        port = free_port()
        process = self._processes.start(
            self._command(server, workload, port, reply_size, one_core=True), self._log(server), {self._plan.server_core}
        )
        try:
            self._answers(port, workload)
        except MeasurementError as error:
            self._processes.end(process)
            self.left_out.append(f"{server.label} was left out: {error} Its last words: {process.last_words()}")
            return None
        return process, port

    def _warm_up(self, process: Process, port: int, workload: Workload) -> None:
        """Loads until three steps in a row cost no less than the best before them: compilers of the JVM are then done."""
        best, no_better = float("inf"), 0
        for _ in range(MOST_WARM_UP_STEPS):
            cost = self._load(process, port, workload, 0, self._plan.warm_up).cpu_us
            no_better = no_better + 1 if cost > 0.97 * best else 0
            best = min(best, cost)
            if no_better == 3:
                return

    def _command(self, server: Server, workload: Workload, port: int, reply_size: int, one_core: bool) -> Sequence[object]:
        directory = self._directory / f"{server.key}-{port}"
        directory.mkdir()
        return server.command(Setup(port, self._agent, directory, workload, reply_size, one_core))

    def _log(self, server: Server) -> pathlib.Path:
        return self._directory / f"{server.key}.log"

    def _answers(self, port: int, workload: Workload) -> list[int]:
        """The size of the right reply to each question; the first may take until the server is up."""
        sizes = []
        for question in workload.questions:
            timeout = 5 if sizes else 20
            size = dns.ask(port, question, workload.edns_size, workload.least_answers, timeout, again=0.25)
            if size is None:
                raise MeasurementError(f"{question.name} {question.type} got no right answer within {timeout} s.")
            sizes.append(size)
        return sizes

    def _load(self, process: Process, port: int, workload: Workload, ramp: float, seconds: float) -> Round:
        questions = self._directory / f"{workload.name}.questions"
        if not questions.exists():
            questions.write_text("".join(f"{question.name} {question.type}\n" for question in workload.questions))
        command = [tools.DNSLOAD, "-t", seconds, "-r", ramp, "-e", workload.edns_size, "-a", workload.least_answers, port, questions]
        with subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {self._plan.load_core}),
        ) as generator:
            watchdog = threading.Timer(ramp + seconds + 20, generator.kill)
            watchdog.start()
            try:
                begun = generator.stdout.readline().strip() == "measuring"
                cpu = process.cpu_seconds()
                line = generator.stdout.readline()
                cpu = process.cpu_seconds() - cpu
            finally:
                watchdog.cancel()
                watchdog.join()  # the next fork shall copy one thread only
                generator.kill()
        if not begun or not line or not process.running():
            raise MeasurementError(f"The load on port {port} came to no end, or the server ended: {process.last_words()}")
        counted = json.loads(line)
        replies = counted["right"] + counted["wrong"]
        return Round(
            rate=counted["rate"],
            cpu_us=cpu * 1e6 / replies if replies else 0.0,
            busy=cpu / counted["seconds"],
            **{key: counted[key] for key in ("generator_busy", "sent", "lost", "wrong", "stray", "mean_bytes", "p50_us", "p99_us")},
        )


class MeasurementError(Exception):
    """What could not be measured."""


def say(what: str) -> None:
    print(f"  {what} ...", file=sys.stderr, flush=True)
