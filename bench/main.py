"""The command line of script/bench."""
from __future__ import annotations

import argparse
import json
import pathlib
import signal
import sys
import tempfile
from collections.abc import Sequence

import consul
import goals
import machine
import measure
import report
import servers
import tools
import workloads
from processes import Processes


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
        return _measure(options, *cores)
    except KeyboardInterrupt:
        return 130
    except (tools.ToolError, consul.ConsulError, servers.ServerError, measure.MeasurementError) as error:
        return _fail(str(error))


def _measure(options: argparse.Namespace, server_core: int, load_core: int) -> int:
    here = machine.describe()
    if here["load_average"] > 0.5:
        print(f"The load average is {here['load_average']:.2f}: other work is running, so the figures will be noisy.", file=sys.stderr)
    tools.build()
    binary = consul.newest()
    ours = servers.us(options.jar) if servers.US in options.only else []
    if options.quick:
        ours = ours[:1]
    peers, left_out = servers.peers(options.only)
    plan = measure.Plan(
        rounds=options.rounds or (3 if options.quick else 5),
        seconds=1 if options.quick else 3,
        warm_up=0.4 if options.quick else 1,
        ramp=0.3 if options.quick else 0.5,
        starts=3 if options.quick else 5,
        server_core=server_core,
        load_core=load_core,
    )

    with tempfile.TemporaryDirectory(prefix="consul-resolver-bench-") as directory, Processes() as processes:
        print("  starting the agent and registering its services ...", file=sys.stderr, flush=True)
        agent = consul.start(processes, binary, pathlib.Path(directory) / "agent", server_core)
        compared = [
            *([servers.floor()] if servers.FLOOR in options.only else []),
            *ours,
            *peers,
            *([servers.agent(agent)] if servers.AGENT in options.only else []),
        ]
        measurement = measure.Measurement(processes, agent, pathlib.Path(directory), plan)
        results = [result for workload in options.workload for result in measurement.workload(workload, compared)]
        starts = [measurement.start(server, options.workload[0]) for server in ours]
    left_out += measurement.left_out

    print(report.header(here, compared))
    print(
        f"  server on core {server_core}, load on core {load_core}, {plan.rounds} rounds of {plan.seconds:g} s by turns, medians; "
        f"{workloads.SERVICES} services of {workloads.INSTANCES} instances, TTL {consul.TTL}"
    )
    print()
    if results:
        print(report.table(results))
    if starts:
        print("\n" + report.memory(starts, results))
    for line in left_out:
        print(line)
    met = [str(goal) for goal in goals.of(results, starts)]
    if met:
        print("\nGoals\n" + "\n".join(f"  {line}" for line in met))
    if options.json:
        options.json.write_text(json.dumps(report.as_json(here, plan, results, starts, left_out), indent=2) + "\n")

    wrong = sum(result.total("wrong") for result in results if result.server.key == servers.US)
    missing = bool(ours) and not any(result.server.key == servers.US for result in results)
    return 1 if wrong or missing or not results else 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/bench",
        description="Measures us beside the Consul agent, the other caches that are installed (unbound, dnsmasq, coredns) and a bare C echo, "
        "all in front of one real agent: rate, CPU a query, ratios; then our start and memory. About four minutes.",
        epilog="Uses loopback only, needs no root, and ends everything that it started. docs/performance.md says what the columns mean. "
        "Exit code 1 where an answer of ours was wrong or nothing could be measured.",
    )
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, the newest JDK only: under a minute")
    parser.add_argument("--rounds", type=_positive, metavar="N", help="rounds a server (default: 5; 3 with --quick)")
    parser.add_argument("--only", type=_servers, default=set(servers.KEYS), metavar="SERVER,...", help=f"of {', '.join(servers.KEYS)} (default: all)")
    parser.add_argument(
        "--workload",
        type=_workloads,
        default=[workloads.A],
        metavar="NAME,...",
        help="; ".join(f"{name}: {workload.title}" for name, workload in workloads.ALL.items()) + " (default: a)",
    )
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="also write everything, round by round, to this file")
    parser.add_argument("--jar", type=_file, metavar="FILE", help="measure this server instead of building one")
    return parser.parse_args(arguments)


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
