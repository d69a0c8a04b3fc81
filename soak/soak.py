"""The command line of script/soak."""
from __future__ import annotations

import argparse
import json
import pathlib
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence

import churn
import consul
import crowd
import fuzzing
import generators
import mixed
import nodes
import outage
import resolver
import tools
from verdict import Verdict


def run(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    if not sys.platform.startswith("linux"):
        return _fail("script/soak needs Linux: it reads what the server holds from /proc.")
    for end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(end, lambda number, _: sys.exit(128 + number))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    directory = pathlib.Path(tempfile.mkdtemp(prefix="consul-resolver-soak-"))
    try:
        if options.outage or options.fuzz or options.idle_connections or options.minutes and not options.churn:
            generators.build()
            tools.build()
        program = resolver.program(options.jar)
        verdicts = []
        for number, part in enumerate(_wanted(options)):
            place = directory / str(number)
            place.mkdir()
            verdicts.append(part(program, place))
            print("\n" + verdicts[-1].text(), flush=True)
    except KeyboardInterrupt:
        return 130
    except (tools.ToolError, consul.ConsulError, resolver.ResolverError) as error:
        return _fail(f"{error}\nLogs are in {directory}.")
    if options.json:
        options.json.write_text(json.dumps([verdict.as_json() for verdict in verdicts], indent=2) + "\n")
    met = all(verdict.met for verdict in verdicts)
    if met:
        shutil.rmtree(directory)
    else:
        print(f"\nLogs are in {directory}.")
    return 0 if met else 1


def _wanted(options: argparse.Namespace) -> list[Callable[[resolver.Program, pathlib.Path], Verdict]]:
    parts: list[Callable[[resolver.Program, pathlib.Path], Verdict]] = []
    if options.churn:
        seconds = options.seconds or (options.minutes or 1) * 60
        seed = random.randrange(1 << 32) if options.seed is None else options.seed
        wish = churn.Wish(seconds, options.changes_per_second, options.queries, seed, options.watches, not options.only_right)
        for found in churn.versions(options.consul_version):
            parts.append(lambda program, place, found=found: churn.run(program, place, found, wish))
    elif options.minutes:
        parts.append(lambda program, place: mixed.run(program, place, options.minutes))
    if options.outage:
        parts.append(lambda program, place: outage.run(program, place, options.outage))
    if options.fuzz:
        parts.append(lambda program, place: fuzzing.run(program, place, options.packets, 1035 if options.seed is None else options.seed))
    if options.nodes:
        for found in churn.versions(options.consul_version):
            parts.append(lambda _, place, found=found: nodes.run(place, found, options.nodes, options.seconds or 30))
    if options.idle_connections:
        parts += [crowd.kept, crowd.replaced, crowd.flood]
    return parts


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/soak",
        description="Puts the server through bad days, with real Consul agents where Consul matters, and says for each goal whether it was met.",
        epilog="Several parts may be asked for at once; they run one after the other. Uses loopback only, needs no root, and ends everything that it "
        "started. Exit code 0 when all goals are met, 1 when one is missed or a part could not be run.",
    )
    parser.add_argument(
        "--minutes",
        type=_minutes,
        metavar="N",
        help="without --churn, mixed load (UDP, TCP, unknown names, floods) for so many minutes, while the agent is paused, killed, restarted, and the recursor is dead, "
        "slow, lying: memory and descriptors stay flat",
    )
    parser.add_argument(
        "--outage",
        type=_duration,
        metavar="DURATION",
        help="an agent paused for 20 s, then killed, then without a leader, for so long altogether (5m): known names are answered to the end",
    )
    parser.add_argument("--fuzz", action="store_true", help="wrong packets of clients, wrong replies of upstreams: the right code or silence")
    parser.add_argument("--packets", type=_count, default=1_000_000, metavar="N", help="of --fuzz (default: 1000000; 10000000 take about five minutes)")
    parser.add_argument(
        "--seed", type=int, metavar="N", help="of --fuzz: the same packets for the same seed (default: 1035); of --churn: the same changes (default: another each time)"
    )
    parser.add_argument(
        "--idle-connections",
        action="store_true",
        help="10,000 idle TCP connections, kept where the limit allows, else the oldest closed for new ones; and 20,000 distinct names at a dead recursor",
    )
    parser.add_argument(
        "--churn",
        action="store_true",
        help="a catalogue that changes all the time, TTL 0, and clients whose every answer is held against what was true: for as many --minutes or --seconds "
        "(default: a minute)",
    )
    parser.add_argument(
        "--nodes",
        type=_nodes,
        metavar="N",
        help="what so many nodes that watch cost Consul's server, at several rates of changes, --seconds each (default: 30): CPU, bytes and wake-ups",
    )
    parser.add_argument("--seconds", type=_seconds, metavar="N", help="of --churn and --nodes")
    parser.add_argument("--consul-version", type=_version, default="newest", metavar="VERSION", help='of --churn and --nodes: one like 1.8.7, "newest" (default) or "all", one after the other')
    parser.add_argument("--changes-per-second", type=_rate, default=20, metavar="N", help="of --churn, over 50 services (default: 20)")
    parser.add_argument("--queries", type=_rate, default=1000, metavar="N", help="of --churn: questions of clients a second (default: 1000)")
    parser.add_argument("--watches", type=_watches, metavar="N", help="of --churn: the server's setting; fewer than names in use (default: the server's own)")
    parser.add_argument("--only-right", action="store_true", help="of --churn: judge what was answered, not how soon: for machines that are busy with other things")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="also write goals and figures to this file")
    parser.add_argument("--jar", type=_file, metavar="FILE", help="try this server instead of building one")
    options = parser.parse_args(arguments)
    if not (options.churn or options.minutes or options.outage or options.fuzz or options.idle_connections or options.nodes):
        parser.error("one of --minutes, --outage, --fuzz, --idle-connections, --churn, --nodes is needed")
    if options.seconds and (options.minutes or not (options.churn or options.nodes)):
        parser.error("--seconds goes with --churn or --nodes, and not with --minutes")
    return options


def _minutes(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text) or not 1 <= float(text) <= 1440:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number of minutes, 1 to 1440")
    return float(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"\d{1,5}", text) or not 5 <= int(text) <= 86400:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number of seconds, 5 to 86400")
    return int(text)


def _nodes(text: str) -> int:
    if not re.fullmatch(r"\d{1,4}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number of nodes, 1 to 9999")
    return int(text)


def _version(text: str) -> str:
    if not re.fullmatch(r"all|newest|\d+\.\d+\.\d+", text):
        raise argparse.ArgumentTypeError(f"{text!r}: expected all, newest, or a version like 1.8.7")
    return text


def _rate(text: str) -> float:
    if not re.fullmatch(r"\d{1,5}(\.\d+)?", text) or not 0.1 <= float(text) <= 5000:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number a second, 0.1 to 5000")
    return float(text)


def _watches(text: str) -> int:
    if not re.fullmatch(r"\d{1,3}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number of watches, 1 to 999")
    return int(text)


def _duration(text: str) -> float:
    match = re.fullmatch(r"(\d+)(s|m|h)", text)
    seconds = int(match.group(1)) * {"s": 1, "m": 60, "h": 3600}[match.group(2)] if match else 0
    if not 60 <= seconds <= 86400:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a time of 1m to 24h, like 5m or 90s")
    return seconds


def _count(text: str) -> int:
    number = int(text.replace("_", "").replace(",", "")) if re.fullmatch(r"[\d_,]+", text) else 0
    if not 1000 <= number <= 1_000_000_000:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number from 1000 to 1000000000")
    return number


def _file(text: str) -> pathlib.Path:
    path = pathlib.Path(text).resolve()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{text}: no such file")
    return path


def _fail(why: str) -> int:
    print(why, file=sys.stderr)
    return 1
