"""script/soak --fuzz: millions of wrong packets from clients, and wrong replies from upstreams."""
from __future__ import annotations

import pathlib
import queue
import subprocess
import time

import resolver
from generators import FUZZ, QUERIES, StandIn, Tool
from processes import Processes, free_port
from resolver import Program, Resolver
from verdict import Verdict, say

GOOD = 200  # names that the stand-ins answer right whatever they do to others
MOST_RSS_GROWTH = 64  # MB
SILENT_FOR = 60  # seconds without a sign of the generator: it hangs


def run(program: Program, directory: pathlib.Path, packets: int, seed: int) -> Verdict:
    verdict = Verdict(f"Fuzzing: {packets:,} packets, seed {seed}")
    with Processes() as processes, StandIn(free_port(), seed=seed) as agent, StandIn(free_port(), seed=seed + 1) as recursor:
        server = Resolver(processes, program, directory, agent.port, None, recursor.port)
        agent.behave("strange")
        recursor.behave("strange")
        _sweep(server)
        say("warming up")
        _fuzz(server, max(packets // 20, 1), seed + 1, verdict=None)
        before = server.sample()
        total = _fuzz(server, packets, seed, verdict)
        _judge(verdict, total, packets)
        _aftermath(verdict, server, before, total)
        agent.behave("right")
        recursor.behave("right")
    _in_process(verdict, directory, packets, seed)
    return verdict


def _fuzz(server: Resolver, packets: int, seed: int, verdict: Verdict | None) -> dict:
    """Runs the generator, and asks good names all the while."""
    counted: dict = {}
    asked = answered = 0
    with Tool(FUZZ, "-n", packets, "-s", seed, "-t", 1, server.port, QUERIES) as fuzz:
        heard, told = time.monotonic(), 0.0
        while True:
            try:
                line = fuzz.hear(timeout=0.2)
                if line is None:
                    break
                counted, heard = line, time.monotonic()
                if verdict and heard - told > 20 and line["state"] == "running":
                    told = heard
                    rate = line["sent"] / line["seconds"]
                    say(f"{line['sent']:,} packets ({rate:,.0f} a second), {line['wrong'] + line['tcp_wrong']} wrong; {_words(server)}")
            except queue.Empty:
                if time.monotonic() - heard > SILENT_FOR:
                    break
            asked += 1
            answered += server.answers(f"good-{asked % GOOD}.service.consul") and server.answers(f"good-{asked % GOOD}.example")
    if verdict:
        verdict.all("good names asked meanwhile that were answered", answered, asked)
        verdict.goal("the generator came to its end", "yes", counted.get("state", "it never spoke"), counted.get("state") == "done")
    return counted


def _words(server: Resolver) -> str:
    sample = server.sample()
    return f"RSS {sample.rss_mb:.0f} MB, {sample.descriptors} descriptors"


def _judge(verdict: Verdict, total: dict, packets: int) -> None:
    sent = total.get("sent", 0) + total.get("tcp_sent", 0)
    verdict.goal("packets sent", f"{packets:,}", f"{sent:,}", sent >= packets)
    verdict.none("replies over UDP that are wrong, or come where silence is right", total.get("wrong", -1))
    verdict.none("replies over TCP that are wrong", total.get("tcp_wrong", -1))
    verdict.none("queries over TCP without a reply", total.get("tcp_lost", -1))
    verdict.none("connections that should have been ended and were not", total.get("tcp_stuck", -1))
    verdict.most("queries over UDP without a reply, of a million", round(total.get("lost", 0) / max(sent, 1) * 1e6), 10)
    for what in ("answered", "errors", "silent", "lost", "stray", "tcp_connections", "tcp_sent", "tcp_answered", "seconds"):
        verdict.figures[what] = total.get(what)


def _aftermath(verdict: Verdict, server: Resolver, before: resolver.Sample, total: dict) -> None:
    """When all is over, nothing is left of it."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and (server.metric("consul_resolver_flights") > 0 or server.metric("consul_resolver_tcp_connections") > 0):
        time.sleep(0.2)
    verdict.none("questions still under way", int(server.metric("consul_resolver_flights")))
    verdict.none("connections still open", int(server.metric("consul_resolver_tcp_connections")))
    right = sum(server.answers(f"good-{number}.service.consul", least=3) for number in range(GOOD))
    verdict.all("good names answered right afterwards", right, GOOD)
    after = server.sample()
    verdict.most("growth of RSS after warm-up", round(after.rss_mb - before.rss_mb, 1), MOST_RSS_GROWTH, " MB")
    verdict.most("descriptors more than before", after.descriptors - before.descriptors, 4)
    verdict.most("threads more than before", after.threads - before.threads, 2)
    complaints = server.complaints()
    verdict.none("lines of the server's log that tell of a defect or a leak", len(complaints))
    for line in complaints[:5]:
        say(line)
    verdict.figures["RSS"] = f"{before.rss_mb:.0f} MB, then {after.rss_mb:.0f} MB"


def _sweep(server: Resolver) -> None:
    for number in range(GOOD):
        server.answers(f"good-{number}.service.consul")
        server.answers(f"good-{number}.example")


def _in_process(verdict: Verdict, directory: pathlib.Path, packets: int, seed: int) -> None:
    """Everything that reads bytes and is not reached over a socket: the tests of script/test, with another seed, and for longer."""
    factor = max(1, packets // 1_000_000)
    say(f"what reads replies, bodies, configuration, in process: {factor} times what script/test does")
    script = """
        set -euo pipefail
        source script/lib/common.sh; source script/lib/java.sh; source script/lib/maven.sh
        maven "$(newest_jdk 17)" "$1" test -pl resolver-core,resolver-server -am '-Dtest=Mutated*Test,!MutatedTrafficTest' "-Dfuzz.seed=$2" "-Dfuzz.factor=$3"
    """
    log = directory / "in-process.log"
    done = subprocess.run(
        ["bash", "-c", script, "soak", log, str(seed), str(factor)], cwd=resolver.ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=3600
    )
    told = [line for line in log.read_text(errors="replace").splitlines() if "-Dfuzz.seed=" in line] if log.exists() else []
    verdict.goal("readers in process", "nothing but rejections", "as wanted" if done.returncode == 0 else f"see {log}", done.returncode == 0)
    for line in told[:5]:
        say(line)
