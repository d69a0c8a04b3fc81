"""The client library beside its peers: what a pick, a lookup and a watched name cost. script/bench --library."""
from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence

import consul
import goals
from goals import Measured
from measure import say
from processes import Processes
from servers import ROOT
from workloads import Service

SCRIPT = ROOT / "script" / "jmh"
BUILT = ROOT / "bench" / "jmh" / "target"
PACKAGE = "io.github.consulresolver.discovery"
CACHED, COLD = Service("orders", 3), Service("large", 100)
WATCHED = 10_000
PEERS = {
    "spotify": "com.spotify:dns",
    "netty": "Netty's DnsNameResolver (addresses without ports)",
    "springCloud": "Spring Cloud Consul's DiscoveryClient (asks the agent each time)",
    "springCloudCached": "the same behind Spring Cloud LoadBalancer's cache",
}


@dataclasses.dataclass(frozen=True)
class Score:
    """What JMH says of one benchmark."""

    ns: float
    error: float
    allocated: float

    def __str__(self) -> str:
        return f"{self.ns:12,.1f} ns ± {self.error:,.1f}, {self.allocated:,.1f} bytes allocated"


class LibraryError(Exception):
    """Why the library could not be measured."""


def measure(here: Mapping[str, object], core: int, quick: bool) -> tuple[list[str], dict[str, Measured]]:
    """Returns lines to print, and what was measured of each goal."""
    lines: list[str] = []
    found: dict[str, Measured] = {}
    binary = consul.newest()
    lines.append(f"{here['cpu']}, {here['cores']} cores, Linux {here['kernel']}, {binary}, load average {here['load_average']:.2f} at the start")
    with tempfile.TemporaryDirectory(prefix="consul-resolver-bench-") as directory, Processes() as processes:

        @contextlib.contextmanager
        def agent(name: str, ttl: str, services: Sequence[Service]) -> Iterator[consul.Agent]:
            say(f"starting the agent and registering {sum(service.instances for service in services):,} instances")
            running = consul.start(processes, binary, pathlib.Path(directory) / name, core, services, ttl)
            yield running
            processes.end(running.process)

        report = pathlib.Path(directory) / "jmh.json"
        _picks(_jmh(r"PickBenchmark\.pick$", report, quick), lines, found)
        with agent("cached", consul.TTL, [CACHED]) as running:
            _cached(_jmh(r"CachedLookupBenchmark", report, quick, running), lines, found)
        with agent("cold", "0s", [COLD]) as running:
            _cold(_jmh(r"ColdLookupBenchmark", report, quick, running), lines, found)
        with agent("watched", consul.TTL, [Service(f"watched-{number}", 3) for number in range(WATCHED)]) as running:
            _watched(running, lines, found)
    return lines, found


def _jmh(pattern: str, report: pathlib.Path, quick: bool, agent: consul.Agent | None = None) -> dict[str, Score]:
    """The scores of the benchmarks that ran, by the name of the method and of its parameters."""
    say(f"measuring {pattern.rstrip('$')} with JMH")
    options = ["-prof", "gc", "-rf", "json", "-rff", report]
    if agent:
        options += ["-jvmArgsAppend", f"-Dbench.agent={agent.dns_port},{agent.http_port}"]
    if quick:
        options += ["-f", "1", "-wi", "2", "-i", "3"]
    report.unlink(missing_ok=True)
    command = [SCRIPT, rf"discovery\.{pattern}", *options]
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0 or not report.exists():
        raise LibraryError(f"script/jmh failed:\n{done.stdout[-2000:]}")
    return {_name(one): _score(one) for one in json.loads(report.read_text())}


def _name(one: dict) -> str:
    return " ".join([one["benchmark"].rsplit(".", 1)[1], *one.get("params", {}).values()])


def _score(one: dict) -> Score:
    primary = one["primaryMetric"]
    return Score(primary["score"], float(primary["scoreError"]), one["secondaryMetrics"]["gc.alloc.rate.norm"]["score"])


def _picks(scores: Mapping[str, Score], lines: list[str], found: dict[str, Measured]) -> None:
    for name, score in scores.items():
        instances = int(name.split()[1])
        lines.append(f"pick from {instances:,} instances".ljust(68) + str(score))
        found[f"library.pick.{instances}"] = Measured(score.ns)
    found["library.pick.bytes"] = Measured(round(max(score.allocated for score in scores.values()), 1))


def _cached(scores: Mapping[str, Score], lines: list[str], found: dict[str, Measured]) -> None:
    ours = scores["resolve"]
    for name, what in {"resolve": "resolve", "resolveName": "resolve, by a ServiceName", "resolveAndPick": "resolve and pick"}.items():
        lines.append(f"{what}, cached".ljust(68) + str(scores[name]))
    found["library.resolve"] = Measured(ours.ns, f"{ours.allocated:.1f} bytes allocated")
    for name, what in PEERS.items():
        if name in scores:
            lines.append(what.ljust(68) + f"{scores[name]}: {scores[name].ns / ours.ns:,.1f} x ours")
        else:
            lines.append(f"{what}: did not run, script/jmh CachedLookupBenchmark.{name} says why")
    found["library.spotify"] = Measured(scores["spotify"].ns / ours.ns) if "spotify" in scores else Measured(None, "it did not run")


def _cold(scores: Mapping[str, Score], lines: list[str], found: dict[str, Measured]) -> None:
    lines.append(f"lookup of {COLD.instances} instances, not cached".ljust(68) + str(scores["library"]))
    lines.append("the agent's own time: its datagram, unread".ljust(68) + str(scores["agent"]))
    found["library.cold"] = Measured(scores["library"].ns / scores["agent"].ns)


def _watched(agent: consul.Agent, lines: list[str], found: dict[str, Measured]) -> None:
    say(f"watching {WATCHED:,} names")
    java = (BUILT / "java").read_text().strip()
    classes = f"{BUILT / 'classes'}:{(BUILT / 'class-path').read_text().strip()}"
    command = [java, "-Xmx1g", "-cp", classes, f"{PACKAGE}.WatchedNames", agent.dns_port, agent.http_port, WATCHED]
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    try:
        before, after, seconds = map(float, done.stdout.split()[-3:])
    except ValueError:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        found["library.watched"] = Measured(None, f"it failed: {said[-1] if said else 'it said nothing'}")
        return
    lines.append(f"{WATCHED:,} names of 3 instances watched: {after:.1f} MB of heap, {before:.1f} MB before; all known in {seconds:.1f} s")
    found["library.watched"] = Measured(after, f"all of the heap; {before:.1f} MB before the first watch")
