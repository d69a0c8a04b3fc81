"""Measuring: servers under load, by turns, and one server's start."""
from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence

import consul
import dns
import machine
import tools
from consul import Agent
from processes import Process, Processes, free_port
from servers import US, Server, Setup
from workloads import TCP, TCP_ONCE, UDP, Service, Workload

MOST_WARM_UP_STEPS = 20
GENTLE_RATE = 50_000  # queries a second
FILLED_AT_A_TIME = 25_000
SATURATED = 0.95  # of its core: below that the server was not what limited the rate


@dataclasses.dataclass(frozen=True)
class Plan:
    rounds: int
    seconds: float  # a server and round
    gentle: float  # seconds of warm-up that leave the core mostly idle
    warm_up: float  # seconds a step, before all rounds; as many steps as it takes
    settle: float  # seconds of load by turns before the first round
    ramp: float  # seconds of load before each measurement
    starts: int
    server_core: int
    load_core: int


@dataclasses.dataclass(frozen=True)
class Layout:
    """Where the server and the generators run; each generator has a core."""

    server: frozenset[int]
    load: tuple[int, ...]

    def shared(self) -> bool:
        return not self.server.isdisjoint(self.load)


@dataclasses.dataclass(frozen=True)
class Round:
    """One server under load for a few seconds."""

    rate: float  # right replies a second
    cpu_us: float  # of the server's process, a reply
    busy: float  # cores that the server took
    full: float  # part of its cores that was taken: by itself, and by the load where that shares them
    generator_busy: float
    sent: int
    lost: int
    wrong: int
    stray: int
    mean_bytes: float = 0
    p50_us: float = 0
    p99_us: float = 0
    p999_us: float = 0
    unknown: int = 0
    unknown_answered: int = 0


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
        return self.median("full") >= SATURATED


def ratio(ours: Result, theirs: Result, of: str) -> float | None:
    """Median of the rounds' ratios; each compares what ran within seconds. No ratio of rates where a core was not full."""
    if of == "rate" and not (ours.saturated() and theirs.saturated()):
        return None
    pairs = [(getattr(one, of), getattr(other, of)) for one, other in zip(ours.rounds, theirs.rounds)]
    return statistics.median(one / other for one, other in pairs) if pairs and all(other for _, other in pairs) else None


@dataclasses.dataclass(frozen=True)
class Running:
    """A server that answers."""

    server: Server
    process: Process
    port: int
    admin: int | None = None  # where our metrics are

    def metric(self, name: str, label: str = "") -> float:
        """The sum of all of our series of this name, and with this label where one is given (state="live")."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics", timeout=5) as page:
            lines = page.read().decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.partition("{")[0].partition(" ")[0] == name and label in line)


class Measurement:
    """What all parts of a run use: servers that are started, warmed up, loaded, and ended."""

    def __init__(self, processes: Processes, agent: Agent, directory: pathlib.Path, plan: Plan):
        self.agent = agent
        self.plan = plan
        self.left_out: list[str] = []
        self.usual = Layout(frozenset({plan.server_core}), (plan.load_core,))
        self.both_cores = Layout(frozenset({plan.server_core, plan.load_core}), (plan.server_core, plan.load_core))
        self._processes = processes
        self._directory = directory

    def beside(self, name: str, ttl: str, services: Iterable[Service]) -> Measurement:
        """Measures with another agent, which gives this TTL."""
        directory = self._directory / name
        directory.mkdir()
        agent = consul.start(self._processes, self.agent.consul, directory / "agent", self.plan.server_core, services, ttl)
        return Measurement(self._processes, agent, directory, self.plan)

    def by_turns(self, workload: Workload, servers: Sequence[Server], layout: Layout | None = None) -> list[Result]:
        """Starts every server, warms it up, and loads one after the other, round by round, each second round backwards."""
        with contextlib.ExitStack() as stack:
            running = [one for server in servers if (one := stack.enter_context(self.started(server, workload, layout))) is not None]
            return self.rounds([(one, workload) for one in running], layout)

    def rounds(self, cases: Sequence[tuple[Running, Workload]], layout: Layout | None = None) -> list[Result]:
        """Warms up, then loads each server with its workload by turns."""
        results = [Result(running.server, workload) for running, workload in cases]
        for running, workload in cases:
            say(f"warming up {running.server.label} ({workload.name})")
            self.warm_up(running, workload, layout)
        turns = list(zip(results, cases))
        self._settle(cases, layout)
        for number in range(self.plan.rounds):
            say(f"round {number + 1} of {self.plan.rounds} ({cases[0][1].name})")
            for result, (running, workload) in turns if number % 2 == 0 else reversed(turns):
                result.rounds.append(self.load(running, workload, self.plan.seconds, layout=layout))
        for result, (running, _) in turns:
            result.rss_mb = running.process.rss_mb()
        return results

    def _settle(self, cases: Sequence[tuple[Running, Workload]], layout: Layout | None) -> None:
        """Loads each for a moment by turns until the first answers' time is over: what happens then for the first time is nobody's usual day."""
        if self.plan.settle:
            say(f"letting them see the end of a TTL ({cases[0][1].name})")
        end = time.monotonic() + self.plan.settle
        while time.monotonic() < end:
            for running, workload in cases:
                self.load(running, workload, self.plan.warm_up, ramp=0, layout=layout)

    @contextlib.contextmanager
    def started(
        self,
        server: Server,
        workload: Workload,
        layout: Layout | None = None,
        upstream: int | None = None,
        settings: tuple[str, ...] = (),
        java: tuple[object, ...] = (),
        metrics: bool = False,
    ) -> Iterator[Running | None]:
        """A server on its cores that has answered every question right (of a thousand); None, and a line, where it did not."""
        if server.command is None:
            yield Running(server, self.agent.process, self.agent.dns_port)
            return
        layout = layout or self.usual
        port = free_port()
        reply_size = round(statistics.mean(self._answers(upstream or self.agent.dns_port, workload)))
        ours = {"settings": settings, "java": java, "admin": free_port() if metrics else None}
        setup = self._setup(server, workload, port, threads=len(layout.server), upstream=upstream, reply_size=reply_size, **ours)
        process = self._processes.start(server.command(setup), self._log(server), set(layout.server))
        try:
            self._answers(port, workload)
        except MeasurementError as error:
            self._processes.end(process)
            self.left_out.append(f"{server.label} was left out ({workload.name}): {error} Its last words: {process.last_words()}")
            yield None
            return
        yield Running(server, process, port, setup.admin)
        self._processes.end(process)

    @contextlib.contextmanager
    def stand_in(self, answers: int) -> Iterator[int]:
        """What answers as an agent does, for any name and as fast as is asked; its port."""
        port = free_port()
        process = self._processes.start([tools.UPSTREAM, port, answers], self._directory / "upstream.log", {self.plan.load_core})
        yield port
        self._processes.end(process)

    def first_answer(self, server: Server, workload: Workload, plain: bool = False) -> float:
        """Seconds from the start of a process, with all cores, to its first right answer; asked for every 10 ms."""
        command = server.plain if plain else server.command
        port = free_port()
        arguments = command(self._setup(server, workload, port))
        before = time.monotonic()
        process = self._processes.start(arguments, self._log(server), None)
        if dns.ask(port, workload.questions[0], workload.edns_size, workload.least_answers, timeout=20, again=0.01) is None:
            raise MeasurementError(f"{server.label} did not answer within 20 s of its start: {process.last_words()}")
        seconds = time.monotonic() - before
        self._processes.end(process)
        return seconds

    def idle(self, server: Server, workload: Workload) -> Process:
        """Starts a server as script/server does, asks it once, and leaves it alone."""
        port = free_port()
        process = self._processes.start(
            server.command(self._setup(server, workload, port)), self._log(server), None
        )
        dns.ask(port, workload.questions[0], workload.edns_size, workload.least_answers, timeout=20, again=0.1)
        return process

    def end(self, process: Process) -> None:
        self._processes.end(process)

    def warm_up(self, running: Running, workload: Workload, layout: Layout | None = None) -> None:
        """Loads until three steps in a row cost no less than the best before them: compilers of the JVM are then done.

        Before that it loads us gently, because a full core leaves little to those compilers, which step back for hits.
        """
        if workload.over == UDP and running.server.key == US:
            self.load(running, workload, self.plan.gentle, ramp=0, layout=layout, rate=GENTLE_RATE)
        best, no_better = float("inf"), 0
        for _ in range(MOST_WARM_UP_STEPS):
            cost = self.load(running, workload, self.plan.warm_up, ramp=0, layout=layout).cpu_us
            no_better = no_better + 1 if cost > 0.97 * best else 0
            best = min(best, cost)
            if no_better == 3:
                return

    def fill(self, running: Running, workload: Workload) -> None:
        """Asks every question once, in a pace that loses nothing; what is lost all the same is asked again."""
        for start in range(0, len(workload.questions), FILLED_AT_A_TIME):
            part = dataclasses.replace(
                workload, name=f"{workload.name}-from-{start}", questions=workload.questions[start : start + FILLED_AT_A_TIME]
            )
            machine.wait_for_tracked_connections()
            for _ in range(3):
                command = [tools.DNSLOAD, "-1", "-w", 32, *self._dnsload(running, part, 60, 0)]
                counted = self._generate(running, [command], self.usual)[0]
                if counted["lost"] + counted["wrong"] == 0:
                    break

    def load(
        self,
        running: Running,
        workload: Workload,
        seconds: float,
        ramp: float | None = None,
        layout: Layout | None = None,
        rate: float = 0,
        unknown_percent: float = 0,
    ) -> Round:
        """Loads a server: as much as it can take or, with a rate, so many queries a second."""
        layout = layout or self.usual
        ramp = self.plan.ramp if ramp is None else ramp
        if workload.over == UDP:
            # Sockets are spread over the server's threads by chance: with more of them that is fair.
            shape = ["-o", rate, "-u", unknown_percent, "-s", 16] if rate else ["-s", 32, "-w", 64] if layout.shared() else ["-w", workload.window]
            command = [tools.DNSLOAD, *shape, *self._dnsload(running, workload, seconds, ramp)]
        else:
            if workload.over == TCP_ONCE:
                ramp = 0
                machine.wait_for_tracked_connections()
            shape = {TCP: ["-c", 64, "-w", 16], TCP_ONCE: ["-c", 64, "-1"]}[workload.over]
            times = ["-t", seconds, "-r", ramp, "-a", workload.least_answers]
            command = [tools.TCPLOAD, *shape, *times, running.port, self._questions(workload)]
        counted = self._generate(running, [command] * len(layout.load), layout)
        cpu, elapsed = counted[0]["cpu"], statistics.mean(one["seconds"] for one in counted)
        replies = sum(one["right"] + one["wrong"] for one in counted)
        busy, generator_busy = cpu / elapsed, sum(one["generator_busy"] for one in counted)
        return Round(
            rate=sum(one["rate"] for one in counted),
            cpu_us=cpu * 1e6 / replies if replies else 0.0,
            busy=busy,
            full=(busy + (generator_busy if layout.shared() else 0)) / len(layout.server),
            generator_busy=generator_busy / len(counted),
            **{key: sum(one.get(key, 0) for one in counted) for key in ("sent", "lost", "wrong", "stray", "unknown", "unknown_answered")},
            **{key: max(one.get(key, 0) for one in counted) for key in ("mean_bytes", "p50_us", "p99_us", "p999_us")},
        )

    def file(self, name: str) -> pathlib.Path:
        return self._directory / name

    def _dnsload(self, running: Running, workload: Workload, seconds: float, ramp: float) -> Sequence[object]:
        times = ["-t", seconds, "-r", ramp, "-e", workload.edns_size, "-a", workload.least_answers]
        return [*times, running.port, self._questions(workload)]

    def _questions(self, workload: Workload) -> pathlib.Path:
        questions = self._directory / f"{workload.name}.questions"
        if not questions.exists():
            questions.write_text("".join(f"{question.name} {question.type}\n" for question in workload.questions))
        return questions

    def _generate(self, running: Running, commands: Sequence[Sequence[object]], layout: Layout) -> list[dict]:
        """Runs the generators, each on its core; what they counted, with the server's CPU time meanwhile at the first."""
        with contextlib.ExitStack() as stack:
            generators = [stack.enter_context(_generator(command, core)) for command, core in zip(commands, layout.load)]
            begun = all([generator.stdout.readline().strip() == "measuring" for generator in generators])
            cpu = running.process.cpu_seconds()
            lines = [generator.stdout.readline() for generator in generators]
            cpu = running.process.cpu_seconds() - cpu
        if not begun or not all(lines) or not running.process.running():
            raise MeasurementError(f"The load of {running.server.label} came to no end, or it ended: {running.process.last_words()}")
        counted = [json.loads(line) for line in lines]
        counted[0]["cpu"] = cpu
        return counted

    def _setup(
        self, server: Server, workload: Workload, port: int, threads: int | None = None, upstream: int | None = None, reply_size: int = 0, **ours
    ) -> Setup:
        directory = self._directory / f"{server.key}-{port}"
        directory.mkdir()
        upstream = upstream or self.agent.dns_port
        return Setup(port, upstream, self.agent.http_port, self.agent.recursor, directory, workload, reply_size, threads, **ours)

    def _log(self, server: Server) -> pathlib.Path:
        return self._directory / f"{server.key}.log"

    def _answers(self, port: int, workload: Workload) -> list[int]:
        """The size of the right reply to each question, of a thousand; the first may take until the server is up."""
        sizes = []
        for question in workload.questions[:1000]:
            timeout = 5 if sizes else 20
            size = dns.ask(port, question, workload.edns_size, workload.least_answers, timeout, again=0.25)
            if size is None:
                raise MeasurementError(f"{question.name} {question.type} got no right answer within {timeout} s.")
            sizes.append(size)
        return sizes


@contextlib.contextmanager
def _generator(command: Sequence[object], core: int) -> Iterator[subprocess.Popen]:
    limit = float(command[command.index("-t") + 1]) + 30
    with subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    ) as generator:
        watchdog = threading.Timer(limit, generator.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield generator
        finally:
            watchdog.cancel()
            watchdog.join()  # the next fork shall copy one thread only
            generator.kill()


class MeasurementError(Exception):
    """What could not be measured."""


def say(what: str) -> None:
    print(f"  {what} ...", file=sys.stderr, flush=True)
