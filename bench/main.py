"""The command line of script/bench."""
from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence

import consul
import footprint
import goals
import growth
import library
import machine
import measure
import pieces
import rates
import report
import servers
import tail
import tools
import ttl0
import workloads
from findings import Run
from processes import Processes


@dataclasses.dataclass(frozen=True)
class Part:
    what: str
    minutes: float  # about, with all servers and the usual number of rounds
    services: tuple[workloads.Workload, ...]  # whose services the agent must know, besides those of A
    measure: Callable[[Run], None]


PARTS = {
    "rates": Part("everybody's hits", 6.7, (), lambda run: None),  # see _measure: it knows the workloads
    "instances": Part("services of up to 1,500 instances", 2.7, (workloads.EDNS_74, workloads.EDNS_1500), rates.instances),
    "cores": Part("two threads on two cores", 2.2, (), rates.cores),
    "tcp": Part("hits over TCP", 4.4, (), rates.tcp),
    "tail": Part("the slowest hits, also while the agent hangs", 4.5, (), tail.tail),
    "start": Part("start to first answer", 1, (), footprint.start),
    "memory": Part("memory, idle and with 100,000 names", 1, (), footprint.memory),
    "growth": Part("a million names", 5.7, (), growth.growth),
    "jmh": Part("the pieces of a hit", 4, (), pieces.pieces),
    "ttl0": Part("answers with TTL 0, not among all", 14, (), ttl0.ttl_0),
}
QUICK = ("rates", "start")
ALL = [part for part in PARTS if part != "ttl0"]


def run(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    if not sys.platform.startswith("linux"):
        return _fail("The benchmark needs Linux: it pins processes to cores and reads their CPU time from /proc.")
    cores = machine.two_cores()
    if cores is None:
        return _fail("The benchmark needs two cores: one for the server, one for the load.")
    for end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(end, lambda number, _: sys.exit(128 + number))
    try:
        return _measure_library(options, cores[0]) if options.library else _measure(options, *cores)
    except KeyboardInterrupt:
        return 130
    except (tools.ToolError, consul.ConsulError, servers.ServerError, measure.MeasurementError, library.LibraryError) as error:
        return _fail(str(error))


def _measure(options: argparse.Namespace, server_core: int, load_core: int) -> int:
    here = _look_around()
    tools.build()
    binary = consul.newest()
    ours = servers.us(options.jar) if servers.US in options.only else []
    if options.quick:
        ours = ours[:1]
    peers, left_out = servers.peers(options.only)
    plan = measure.Plan(
        rounds=options.rounds or (2 if options.quick else 5),
        seconds=1 if options.quick else 3,
        gentle=1.5,
        warm_up=0.4 if options.quick else 1,
        settle=0 if options.quick else consul.TTL_SECONDS + 10,
        ramp=0.2 if options.quick else 0.5,
        starts=2 if options.quick else 7,
        server_core=server_core,
        load_core=load_core,
    )
    _announce(options, plan)
    began = time.monotonic()
    needed = [workloads.A, *options.workload, *(workload for part in options.part for workload in PARTS[part].services)]
    services = dict.fromkeys(service for workload in needed for service in workload.services)

    with tempfile.TemporaryDirectory(prefix="consul-resolver-bench-") as directory, Processes() as processes:
        print("  starting the agent and registering its services ...", file=sys.stderr, flush=True)
        agent = consul.start(processes, binary, pathlib.Path(directory) / "agent", server_core, services)
        compared = [
            *([servers.floor()] if servers.FLOOR in options.only else []),
            *ours,
            *peers,
            *([servers.agent(agent)] if servers.AGENT in options.only else []),
        ]
        found = Run(measure.Measurement(processes, agent, pathlib.Path(directory), plan), compared, options.quick)
        found.measurement.left_out += left_out
        idle = footprint.Idle(found) if ours and {"start", "memory"} & set(options.part) else None
        for part in options.part:
            if part == "rates":
                rates.peers(found, options.workload)
            else:
                PARTS[part].measure(found)
        if idle:
            idle.look(found)

    print(report.header(here, compared))
    print(
        f"  server on core {server_core}, load on core {load_core}, {plan.rounds} rounds of {plan.seconds:g} s by turns, medians; "
        f"{workloads.SERVICES} services of {workloads.INSTANCES} instances, TTL {consul.TTL}; {(time.monotonic() - began) / 60:.1f} minutes"
    )
    if found.results:
        print("\n" + report.table(found.results))
    if found.lines:
        print("\nBesides\n" + "\n".join(f"  {line}" for line in found.lines))
    for line in found.measurement.left_out:
        print(line)
    if ours:
        print("\nGoals\n" + "\n".join(f"  {line}" for line in goals.lines(found.goals)))
    if options.json:
        options.json.write_text(json.dumps(report.as_json(here, found), indent=2) + "\n")

    wrong = sum(result.total("wrong") for result in found.results if result.server.key == servers.US)
    return 1 if wrong or not (found.results or found.goals) else 0


def _measure_library(options: argparse.Namespace, agent_core: int) -> int:
    lines, found = library.measure(_look_around(), agent_core, options.quick)
    wanted = goals.lines(found)
    print("\n".join(lines) + "\n\nGoals\n" + "\n".join(f"  {line}" for line in wanted))
    if options.json:
        measured = {key: dataclasses.asdict(one) for key, one in found.items()}
        options.json.write_text(json.dumps({"lines": lines, "goals": measured, "goal_lines": wanted}, indent=2) + "\n")
    return 0


def _look_around() -> dict[str, object]:
    here = machine.describe()
    if here["load_average"] > 0.5:
        print(f"The load average is {here['load_average']:.2f}: other work is running, so the figures will be noisy.", file=sys.stderr)
    return here


def _announce(options: argparse.Namespace, plan: measure.Plan) -> None:
    if not options.quick:
        minutes = sum(
            PARTS[part].minutes * (len(options.workload) * len(options.only) / len(servers.KEYS) if part == "rates" else 1) for part in options.part
        )
        print(f"  measuring {', '.join(options.part)}: about {minutes * (0.5 + plan.rounds / 10):.0f} minutes", file=sys.stderr, flush=True)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/bench",
        description="Measures us beside the Consul agent, the other caches that are installed (unbound, dnsmasq, coredns) and a bare C echo, "
        "all in front of one real agent; then says of each goal whether it was met. About 40 minutes; it says how long at its start.",
        epilog="Uses loopback only, needs no root, and ends everything that it started. docs/performance.md says what the columns mean. "
        "Exit code 1 where an answer of ours was wrong or nothing could be measured.",
    )
    parser.add_argument("--quick", action="store_true", help=f"fewer and shorter rounds, the newest JDK, A, and {', '.join(QUICK)} only: under a minute")
    parser.add_argument("--ttl0", action="store_true", help="the same as --part ttl0: Consul's default, TTL 0, with goals of its own")
    parser.add_argument(
        "--library", action="store_true", help="instead of the server the client library, with JMH, beside its peers: about 6 minutes, 2 with --quick"
    )
    parser.add_argument("--rounds", type=_positive, metavar="N", help="rounds a server (default: 5; 2 with --quick)")
    parser.add_argument("--only", type=_servers, default=set(servers.KEYS), metavar="SERVER,...", help=f"of {', '.join(servers.KEYS)} (default: all)")
    parser.add_argument(
        "--part", type=_parts, metavar="NAME,...", help="; ".join(f"{name}: {part.what}" for name, part in PARTS.items()) + " (default: all)"
    )
    parser.add_argument(
        "--workload",
        type=_workloads,
        metavar="NAME,...",
        help="of the part rates: " + "; ".join(f"{name}: {workload.title}" for name, workload in workloads.ALL.items()) + " (default: all)",
    )
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="also write everything, round by round, to this file")
    parser.add_argument("--jar", type=_file, metavar="FILE", help="measure this server instead of building one")
    options = parser.parse_args(arguments)
    options.part = options.part or (["ttl0"] if options.ttl0 else list(QUICK if options.quick else ALL))
    options.workload = options.workload or ([workloads.A] if options.quick else list(workloads.ALL.values()))
    return options


def _positive(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number from 1 to 100")
    return int(text)


def _file(text: str) -> pathlib.Path:
    path = pathlib.Path(text).resolve()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{text}: no such file")
    return path


def _servers(text: str) -> set[str]:
    return set(_names(text, servers.KEYS))


def _parts(text: str) -> list[str]:
    return _names(text, tuple(PARTS))


def _workloads(text: str) -> list[workloads.Workload]:
    return [workloads.ALL[name] for name in _names(text, tuple(workloads.ALL))]


def _names(text: str, known: Sequence[str]) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known:
            raise argparse.ArgumentTypeError(f"{name!r}: expected one of {', '.join(known)}")
    return names


def _fail(why: str) -> int:
    print(why, file=sys.stderr)
    return 1
