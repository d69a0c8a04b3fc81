"""The command line of script/soak."""
from __future__ import annotations

import argparse
import json
import pathlib
import re
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence

import consul
import crowd
import fuzzing
import generators
import mixed
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
    if options.minutes:
        parts.append(lambda program, place: mixed.run(program, place, options.minutes))
    if options.outage:
        parts.append(lambda program, place: outage.run(program, place, options.outage))
    if options.fuzz:
        parts.append(lambda program, place: fuzzing.run(program, place, options.packets, options.seed))
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
        help="mixed load (UDP, TCP, unknown names, floods) for so many minutes, while the agent is paused, killed, restarted, and the recursor is dead, "
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
    parser.add_argument("--seed", type=int, default=1035, metavar="N", help="of --fuzz: the same packets for the same seed (default: 1035)")
    parser.add_argument(
        "--idle-connections",
        action="store_true",
        help="10,000 idle TCP connections, kept where the limit allows, else the oldest closed for new ones; and 20,000 distinct names at a dead recursor",
    )
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="also write goals and figures to this file")
    parser.add_argument("--jar", type=_file, metavar="FILE", help="try this server instead of building one")
    options = parser.parse_args(arguments)
    if not _wanted(options):
        parser.error("one of --minutes, --outage, --fuzz, --idle-connections is needed")
    return options


def _minutes(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text) or not 1 <= float(text) <= 1440:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number of minutes, 1 to 1440")
    return float(text)


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
