"""script/soak --minutes: a node's day in short, again and again. What the server holds stays flat."""
from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator

import consul
import machine
import tools
from cluster import Agent, Cluster
from generators import StandIn, Steady
from processes import Processes, free_port
from resolver import Program, Resolver, Sample, rcode
from verdict import Verdict, say

NAMES = 100
RATE = 1000  # questions a second for known names
UNKNOWN_RATE = 20
FAULT = 8  # seconds that a fault lasts
REST = 12  # seconds from then on, until what the server holds is looked at: time-outs are over, and kernel sockets closed
LOOKING = 6  # seconds of looks: what compilers took for a while, and garbage, it gives back every five
KNOWN_AFTER = 8  # seconds until each name was answered once, and compilers are mostly done
WARM_UP = 0.35  # of all rounds: compilers are done, and the heap has its size
FLAT = 0.05
# So small that it is full when the measuring begins: one that still fills looks like a leak, and is none.
CACHE = ("--cache-size", "512k", "--negative-cache-size", "512k")


@dataclasses.dataclass(frozen=True)
class Scene:
    agent: Agent
    recursor: StandIn
    server: Resolver
    directory: pathlib.Path


@contextlib.contextmanager
def _agent_paused(scene: Scene) -> Iterator[None]:
    scene.agent.pause()
    yield
    scene.agent.resume()


@contextlib.contextmanager
def _agent_killed(scene: Scene) -> Iterator[None]:
    scene.agent.kill()
    yield
    scene.agent.start()
    scene.agent.wait_for_leader()


def _recursor(how: str) -> Callable:
    @contextlib.contextmanager
    def behaving(scene: Scene) -> Iterator[None]:
        scene.recursor.behave(how)
        yield
        scene.recursor.behave("right")

    return behaving


@contextlib.contextmanager
def _flood(scene: Scene) -> Iterator[None]:
    """Names that nobody has asked before, 3,000 a second, between questions for known ones."""
    questions = scene.directory / "flood"
    questions.write_text("known-000.service.consul A\n")
    with _running(tools.DNSLOAD, "-o", 4000, "-u", 75, "-t", FAULT - 1, "-r", 0, "-s", 4, scene.server.port, questions):
        yield


@contextlib.contextmanager
def _tcp_clients(scene: Scene) -> Iterator[None]:
    """A connection for each question, as many as go."""
    questions = scene.directory / "tcp"
    questions.write_text("".join(f"known-{number:03d}.service.consul A\n" for number in range(NAMES)))
    with _running(tools.TCPLOAD, "-c", 32, "-w", 1, "-t", FAULT - 1, "-r", 0, scene.server.port, questions):
        yield


@contextlib.contextmanager
def _running(*command: object) -> Iterator[None]:
    process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
    finally:
        process.kill()
        process.wait()


FAULTS = {
    "a flood of unknown names": _flood,
    "the agent is paused": _agent_paused,
    "many TCP clients": _tcp_clients,
    "the recursor says nothing": _recursor("silent"),
    "the agent is killed, and started again": _agent_killed,
    "the recursor is slow": _recursor("slow 1000"),
    "the recursor lies": _recursor("lying"),
    "the recursor fails": _recursor("failing"),
    "the recursor says strange things": _recursor("strange"),
}


def run(program: Program, directory: pathlib.Path, minutes: float) -> Verdict:
    verdict = Verdict(f"Mixed load with faults: {minutes:g} minutes")
    with Processes() as processes, StandIn(free_port(), ttl=30) as recursor:
        say("starting three servers, a client agent, and the server")
        agent = Cluster(processes, consul.newest(), directory / "consul").client
        agent.register(NAMES)
        names = directory / "names"
        names.write_text("".join(f"known-{number:03d}.service.consul {kind}\n" for number in range(NAMES) for kind in ("A 3", "AAAA 0")))
        server = Resolver(processes, program, directory, agent.ports["dns"], agent.ports["http"], recursor.port, leaks="simple", settings=CACHE)
        scene = Scene(agent, recursor, server, directory)
        dropped = machine.datagrams_dropped()
        with Steady(server.port, names, RATE, UNKNOWN_RATE) as clients:
            time.sleep(KNOWN_AFTER)
            samples, elsewhere = _rounds(scene, clients, time.monotonic() + minutes * 60)
            phases = clients.phases()
        verdict.figures["datagrams that the server's sockets had no room for"] = server.datagrams_missed()
        _judge(verdict, phases, samples, elsewhere, dropped)
        complaints = server.complaints()
        verdict.none("lines of the server's log that tell of a defect or a leak", len(complaints))
        for line in complaints[:5]:
            say(line)
    return verdict


def _rounds(scene: Scene, clients: Steady, end: float) -> tuple[list[Sample], list[int]]:
    """One fault after the other; what the server held after each, and names elsewhere that were asked while all was well, and answered."""
    samples, elsewhere, number = [], [0, 0], 0
    while time.monotonic() < end or not samples:
        name, fault = list(FAULTS.items())[number % len(FAULTS)]
        clients.phase(f"{number} {name}")
        began = time.monotonic()
        with fault(scene):
            while (now := time.monotonic()) < began + FAULT:
                rcode(scene.server.port, f"x{number}-{now:.3f}.example", timeout=0.5)
                time.sleep(0.05)
        clients.phase(f"{number} rest")
        rest = time.monotonic() + REST
        while time.monotonic() < rest:
            # A recursor that failed is not asked at once again: what is asked in the first seconds is no measure.
            if time.monotonic() > rest - REST / 2:
                elsewhere[0] += 1
                elsewhere[1] += rcode(scene.server.port, f"y{number}-{time.monotonic():.3f}.example") == 0
            time.sleep(0.1)
        samples.append(_least(scene.server))
        say(
            f"{number + 1}: {name}; then RSS {samples[-1].rss_mb:.0f} MB, {samples[-1].descriptors} descriptors, {samples[-1].threads} threads; "
            f"{max(0, end - time.monotonic()) / 60:.1f} minutes to go"
        )
        number += 1
    return samples, elsewhere


def _least(server: Resolver) -> Sample:
    """The least of some looks: between two of them the questions under way have changed."""
    looks = []
    for _ in range(10 * LOOKING):
        looks.append(server.sample())
        time.sleep(0.1)
    return Sample(*(min(getattr(look, field.name) for look in looks) for field in dataclasses.fields(Sample)))


def _judge(verdict: Verdict, phases: dict[str, dict], samples: list[Sample], elsewhere: list[int], dropped: int) -> None:
    faults = [found for name, found in phases.items() if name != "start"]
    for name in ("sent", "right", "stale", "servfail", "nxdomain", "wrong", "lost", "unknown"):
        verdict.figures[name] = sum(found[name] for found in faults)
    verdict.all("questions for known names answered right", sum(found["right"] for found in faults), sum(found["sent"] for found in faults))
    for name, found in phases.items():
        if name != "start" and found["right"] != found["sent"]:
            verdict.figures[f"in \"{name}\""] = f"{found['right']:,} of {found['sent']:,} right, {found['servfail']:,} SERVFAIL, {found['nxdomain']:,} NXDOMAIN, {found['wrong']:,} wrong, {found['lost']:,} lost"
    verdict.none("unknown names that got no reply within 5 s", sum(found["unknown_lost"] for found in faults))
    verdict.none("forged answers", sum(found["forged"] for found in faults))
    verdict.all("names elsewhere answered while the recursor was well", elsewhere[1], elsewhere[0])
    warm = samples[int(len(samples) * WARM_UP) :]
    for what in ("rss_mb", "descriptors", "threads"):
        values = [getattr(sample, what) for sample in warm]
        middle = statistics.median(values)
        apart = max(max(values) - middle, middle - min(values))
        # A descriptor or two of so few are more than five percent, and no leak.
        allowed = middle * FLAT if what == "rss_mb" else max(middle * FLAT, 3)
        verdict.goal(
            f"{what.replace('_mb', ' in MB')} at rest after warm-up",
            f"flat (within {allowed:.1f} of the median)",
            f"{min(values):.0f} to {max(values):.0f}, median {middle:.0f}, of {len(values)} looks",
            apart <= allowed,
        )
    verdict.figures["datagrams that the kernel had no room for, of all programs"] = machine.datagrams_dropped() - dropped
    verdict.figures["RSS of all looks"] = " ".join(f"{sample.rss_mb:.0f}" for sample in samples)
    verdict.figures["descriptors of all looks"] = " ".join(str(sample.descriptors) for sample in samples)
